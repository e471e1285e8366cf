//! Damaged files: right, or refused with a reason; never wrong, never a panic.

use crate::disk::{Disk, Image, holds, write};
use crate::random::Random;
use crate::{say, setting};
use std::panic::{AssertUnwindSafe, catch_unwind};
use vela_exec::store::RedbStore;

const PAGE: usize = 4096;
const TRANSACTIONS: u64 = 60;

#[derive(Default)]
struct Count {
    right: u64,
    refused: u64,
    wrong: u64,
    panics: u64,
}

impl Count {
    fn try_on(&mut self, what: &str, bytes: &[u8]) {
        let look = || -> Result<(), Option<String>> {
            // An error that says why is what a damaged file is to give.
            let store = RedbStore::on(Disk::with(Image::of(bytes))).map_err(|_| None)?;
            holds(&store, TRANSACTIONS, TRANSACTIONS).map_err(|why| {
                let clear = why.contains("damaged") || why.contains("can't be read");
                if clear { None } else { Some(why) }
            })?;
            Ok(())
        };
        match catch_unwind(AssertUnwindSafe(look)) {
            Ok(Ok(())) => self.right += 1,
            Ok(Err(None)) => self.refused += 1,
            Ok(Err(Some(why))) => {
                self.wrong += 1;
                say(&format!("{what}: {why}"));
            }
            Err(_) => {
                self.panics += 1;
                say(&format!("{what}: a panic"));
            }
        }
    }
}

#[test]
fn a_damaged_file_is_right_or_refused() {
    let wanted = setting("VELA_MUTATIONS", 200) as usize;
    let mut random = Random::new(setting("VELA_FIRST_SEED", 1));
    let disk = Disk::default();
    write(&disk, 0, TRANSACTIONS);
    let whole = disk.live().bytes();
    let pages = whole.len() / PAGE;
    let begun = std::time::Instant::now();
    let mut count = Count::default();
    count.try_on("unharmed", &whole);
    assert_eq!(count.right, 1);
    let every = (pages * 3).div_ceil(wanted).max(1);
    for page in (0..pages).step_by(every) {
        let at = page * PAGE;
        let mut zeroed = whole.clone();
        zeroed[at..at + PAGE].fill(0);
        count.try_on(&format!("page {page} zeroed"), &zeroed);
        if page > 0 {
            // A file of no length is one that is not there yet.
            count.try_on(&format!("cut off at page {page}"), &whole[..at]);
        }
        let mut torn = whole.clone();
        let (from, to) = (at, random.below(pages as u64) as usize * PAGE);
        torn.copy_within(from..from + PAGE, to);
        count.try_on(&format!("page {page} in the place of page {}", to / PAGE), &torn);
    }
    // Most of a file is free space: two thirds of the flips are where something stands.
    let used: Vec<usize> = (0..pages)
        .filter(|page| whole[page * PAGE..(page + 1) * PAGE].iter().any(|byte| *byte != 0))
        .collect();
    while count.right + count.refused + count.wrong + count.panics < wanted as u64 {
        let page = match random.below(3) {
            0 => random.below(pages as u64) as usize,
            1 => used[random.below(used.len() as u64) as usize],
            _ => used[random.below(used.len().min(8) as u64) as usize],
        };
        let bit = random.below(PAGE as u64 * 8) as usize;
        let mut flipped = whole.clone();
        flipped[page * PAGE + bit / 8] ^= 1 << (bit % 8);
        count.try_on(&format!("bit {bit} of page {page} flipped"), &flipped);
    }
    let Count { right, refused, wrong, panics } = count;
    say(&format!(
        "corruption: {pages} pages, {right} right, {refused} refused, {wrong} wrong, {panics} panics, {:?}",
        begun.elapsed()
    ));
    assert_eq!((wrong, panics), (0, 0));
}
