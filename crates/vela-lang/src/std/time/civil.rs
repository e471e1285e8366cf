//! Instants: civil date and time of the proleptic Gregorian calendar, with an offset from UTC.

/// An instant as a clock with an offset shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Instant {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: u32,
    /// From 1.
    pub(super) day: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) nanosecond: u32,
    /// Seconds east of UTC.
    pub(super) offset: i32,
    /// The abbreviation of the zone, where one is known.
    pub(super) zone: Option<String>,
}

/// Whether the year has a 29 February.
pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The days of a month.
pub(super) fn days_in(year: i64, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01. Years are counted from March, so that the leap day comes last.
fn days_since_epoch(year: i64, month: u32, day: u32) -> i64 {
    let month = i64::from(month);
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date of a day since 1970-01-01.
fn date_of(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, u32::try_from(month).unwrap_or(1), u32::try_from(day_of_month).unwrap_or(1))
}

impl Instant {
    /// The instant of UTC so many nanoseconds after 1970-01-01T00:00:00Z.
    pub(super) fn of_unix_nanoseconds(nanoseconds: i128) -> Instant {
        let seconds = nanoseconds.div_euclid(1_000_000_000);
        let nanosecond = u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).unwrap_or(0);
        let days = i64::try_from(seconds.div_euclid(86_400)).unwrap_or(0);
        let second = u32::try_from(seconds.rem_euclid(86_400)).unwrap_or(0);
        let (year, month, day) = date_of(days);
        Instant {
            year,
            month,
            day,
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            nanosecond,
            offset: 0,
            zone: Some("UTC".to_owned()),
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub(super) fn unix_seconds(&self) -> i64 {
        let second = self.hour * 3600 + self.minute * 60 + self.second;
        days_since_epoch(self.year, self.month, self.day) * 86_400 + i64::from(second)
            - i64::from(self.offset)
    }

    /// The same instant with offset zero.
    pub(super) fn utc(&self) -> Instant {
        let nanoseconds = i128::from(self.unix_seconds()) * 1_000_000_000;
        Instant::of_unix_nanoseconds(nanoseconds + i128::from(self.nanosecond))
    }

    /// The day of the week, from 0 for Sunday.
    pub(super) fn weekday(&self) -> usize {
        let days = days_since_epoch(self.year, self.month, self.day);
        usize::try_from((days + 4).rem_euclid(7)).unwrap_or(0)
    }

    /// The day of the year, from 1.
    pub(super) fn day_of_year(&self) -> u32 {
        (1..self.month).map(|month| days_in(self.year, month)).sum::<u32>() + self.day
    }
}
