//! A disk that crashes: what was written and not synced is lost, kept or torn, in any mixture.
//!
//! [`Disk`] is a backend of the store's file with an image of what is synced and a list of what is not. At any
//! moment a crash image is the synced image with any subset of the pending writes, each whole or torn at
//! sectors. The store must open on every one of them, with all that it had acknowledged, and nothing that
//! was never written.

use crate::random::Random;
use crate::{say, setting};
use redb::StorageBackend;
use std::io::{Error, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vela_exec::engine::{Event, Outcome, Record, StepIx, VERSION};
use vela_exec::store::{RedbStore, StateStore, StoreError, Table, Transaction};

const PAGE: usize = 4096;
const SECTOR: usize = 512;

/// A file as pages that images share.
#[derive(Clone, Default)]
pub(crate) struct Image {
    pages: Vec<Arc<[u8; PAGE]>>,
    length: u64,
}

impl Image {
    pub(crate) fn of(bytes: &[u8]) -> Image {
        let mut image = Image::default();
        image.set_len(bytes.len() as u64);
        image.write(0, bytes);
        image
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.pages.iter().flat_map(|page| page.iter().copied()).collect();
        bytes.truncate(self.length as usize);
        bytes
    }

    fn set_len(&mut self, length: u64) {
        self.length = length;
        let pages = (length as usize).div_ceil(PAGE);
        self.pages.truncate(pages);
        if let Some(last) = self.pages.last_mut()
            && !(length as usize).is_multiple_of(PAGE)
        {
            Arc::make_mut(last)[length as usize % PAGE..].fill(0);
        }
        if self.pages.len() < pages {
            let zero = Arc::new([0; PAGE]);
            self.pages.resize(pages, zero);
        }
    }

    fn write(&mut self, offset: u64, mut data: &[u8]) {
        let end = offset + data.len() as u64;
        if end > self.length {
            self.set_len(end);
        }
        let mut at = offset as usize;
        while !data.is_empty() {
            let (page, inside) = (at / PAGE, at % PAGE);
            let many = data.len().min(PAGE - inside);
            Arc::make_mut(&mut self.pages[page])[inside..inside + many]
                .copy_from_slice(&data[..many]);
            data = &data[many..];
            at += many;
        }
    }

    fn read(&self, offset: u64, mut out: &mut [u8]) -> bool {
        if offset + out.len() as u64 > self.length {
            return false;
        }
        let mut at = offset as usize;
        while !out.is_empty() {
            let (page, inside) = (at / PAGE, at % PAGE);
            let many = out.len().min(PAGE - inside);
            out[..many].copy_from_slice(&self.pages[page][inside..inside + many]);
            out = &mut out[many..];
            at += many;
        }
        true
    }
}

#[derive(Clone)]
enum Pending {
    Write(u64, Arc<[u8]>),
    Length(u64),
}

/// A moment at which the power could have gone.
struct Moment {
    synced: Image,
    pending: Vec<Pending>,
    /// How many transactions had been acknowledged.
    acknowledged: u64,
}

#[derive(Default)]
struct State {
    live: Image,
    synced: Image,
    pending: Vec<Pending>,
    /// Operations so far, and from which one on they fail.
    operations: u64,
    fails_at: Option<u64>,
    /// Whether only what needs space fails, and goes on failing.
    full: bool,
    acknowledged: u64,
    /// Moments are kept if anybody wants them.
    moments: Option<Vec<Moment>>,
}

/// The disk.
#[derive(Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<State>>);

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disk")
    }
}

impl Disk {
    pub(crate) fn with(image: Image) -> Disk {
        Disk(Arc::new(Mutex::new(State { live: image.clone(), synced: image, ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn live(&self) -> Image {
        self.state().live.clone()
    }
}

impl State {
    fn operation(&mut self, needs_space: bool) -> Result<(), Error> {
        self.operations += 1;
        match self.fails_at {
            Some(at) if self.full && needs_space && self.operations >= at => {
                Err(Error::from(ErrorKind::StorageFull))
            }
            Some(at) if !self.full && self.operations == at => Err(Error::other("a bad sector")),
            _ => Ok(()),
        }
    }

    fn keep_moment(&mut self) {
        let moment = Moment {
            synced: self.synced.clone(),
            pending: self.pending.clone(),
            acknowledged: self.acknowledged,
        };
        if let Some(moments) = &mut self.moments {
            moments.push(moment);
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, Error> {
        Ok(self.state().live.length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), Error> {
        let mut state = self.state();
        state.operation(false)?;
        if state.live.read(offset, out) { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    fn set_len(&self, length: u64) -> Result<(), Error> {
        let mut state = self.state();
        let grows = length > state.live.length;
        state.operation(grows)?;
        state.live.set_len(length);
        state.pending.push(Pending::Length(length));
        Ok(())
    }

    fn sync_data(&self) -> Result<(), Error> {
        let mut state = self.state();
        state.operation(false)?;
        state.keep_moment();
        state.pending.clear();
        state.synced = state.live.clone();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), Error> {
        let mut state = self.state();
        // Space for what is inside of the file may be given only when it is written.
        state.operation(true)?;
        state.live.write(offset, data);
        state.pending.push(Pending::Write(offset, data.into()));
        Ok(())
    }
}

impl Moment {
    /// What a crash may leave.
    fn image(&self, random: &mut Random) -> Image {
        let mut image = self.synced.clone();
        let taste = random.below(4);
        for pending in &self.pending {
            let fate = match taste {
                0 => 0,
                1 => 1,
                _ => random.below(3),
            };
            match (pending, fate) {
                (_, 0) => {}
                (Pending::Length(length), _) => image.set_len(*length),
                (Pending::Write(offset, data), 1) => image.write(*offset, data),
                (Pending::Write(offset, data), _) => {
                    for (sector, part) in data.chunks(SECTOR).enumerate() {
                        if random.one_in(2) {
                            image.write(offset + (sector * SECTOR) as u64, part);
                        }
                    }
                }
            }
        }
        image
    }
}

fn record(seq: u64) -> Record {
    let value = serde_json::json!({"text": "x".repeat((seq % 7 * 90) as usize), "seq": seq});
    Record {
        v: VERSION,
        seq,
        at: 1_000 + seq,
        token: 1,
        event: Event::Returned {
            step: StepIx(seq as u32 % 9),
            pass: 1,
            path: "c0".to_owned(),
            outcome: Outcome::Value { value },
            keep: true,
        },
    }
}

/// The transaction of that number: two records, and values that tell it.
fn transaction(number: u64) -> Transaction {
    let mut transaction = Transaction::default();
    for seq in [2 * number, 2 * number + 1] {
        transaction.append.push(("run".to_owned(), record(seq)));
    }
    transaction.put(Table::Configs, "number", number.to_string().into_bytes());
    let large = vec![number as u8; (number as usize * 977) % 9_000];
    transaction.put(Table::Objects, format!("object {}", number % 13), large);
    if number % 5 == 4 {
        transaction.delete(Table::Objects, format!("object {}", (number + 7) % 13));
    }
    transaction
}

/// Whether a store has exactly the transactions up to a number, which lies between two.
pub(crate) fn holds(store: &RedbStore, least: u64, most: u64) -> Result<u64, String> {
    let events = store.events("run", 0).map_err(|e| format!("the log: {e}"))?;
    let many = events.len() as u64 / 2;
    if events.len() % 2 != 0 || many < least || many > most {
        return Err(format!(
            "{} records, where {least} to {most} transactions are right",
            events.len()
        ));
    }
    if let Some(wrong) = events.iter().find(|event| **event != record(event.seq)) {
        return Err(format!("record {} is not what was written", wrong.seq));
    }
    let number = store.get(Table::Configs, "number").map_err(|e| format!("the number: {e}"))?;
    let right = many.checked_sub(1).map(|number| number.to_string().into_bytes());
    if number != right {
        return Err(format!("the number is {number:?} after {many} transactions"));
    }
    let mut objects = std::collections::BTreeMap::new();
    for number in 0..many {
        for write in transaction(number).writes {
            if write.table == Table::Objects {
                match write.value {
                    Some(value) => objects.insert(write.key, value),
                    None => objects.remove(&write.key),
                };
            }
        }
    }
    let found = store.scan(Table::Objects, "").map_err(|e| format!("the objects: {e}"))?;
    if found != objects.into_iter().collect::<Vec<_>>() {
        return Err(format!("the objects are not those of {many} transactions"));
    }
    Ok(many)
}

/// Writes transactions until one fails; gives how many were acknowledged.
pub(crate) fn write(disk: &Disk, from: u64, to: u64) -> (u64, Option<StoreError>) {
    let store = match RedbStore::on(disk.clone()) {
        Ok(store) => store,
        Err(why) => return (from, Some(why)),
    };
    for number in from..to {
        if let Err(why) = store.commit(&transaction(number)) {
            return (number, Some(why));
        }
        disk.state().acknowledged = number + 1;
    }
    (to, None)
}

/// Opens a crash image, dies in the repair as often as it is told to, and holds what is there against what
/// must be.
fn survive(moment: &Moment, random: &mut Random) -> Result<u64, String> {
    let mut image = moment.image(random);
    let mut images = 1;
    for _ in 0..random.below(3) {
        let disk = Disk::with(image.clone());
        disk.state().moments = Some(Vec::new());
        drop(RedbStore::on(disk.clone()));
        let moments = disk.state().moments.take().unwrap_or_default();
        if moments.is_empty() {
            break;
        }
        image = moments[random.below(moments.len() as u64) as usize].image(random);
        images += 1;
    }
    let store =
        RedbStore::on(Disk::with(image)).map_err(|why| format!("it does not open: {why}"))?;
    let least = moment.acknowledged;
    let many = holds(&store, least, least + 1)?;
    store.commit(&transaction(many)).map_err(|why| format!("it takes no more: {why}"))?;
    holds(&store, many + 1, many + 1)?;
    Ok(images)
}

#[test]
fn every_crash_image_opens_with_all_that_was_acknowledged() {
    let wanted = setting("VELA_IMAGES", 60);
    let mut random = Random::new(setting("VELA_FIRST_SEED", 1));
    let begun = std::time::Instant::now();
    let (mut images, mut rounds, mut wrong) = (0, 0, 0);
    while images < wanted {
        rounds += 1;
        let disk = Disk::default();
        let before = random.below(40);
        write(&disk, 0, before);
        disk.state().moments = Some(Vec::new());
        let (_, failed) = write(&disk, before, before + 12);
        assert_eq!(failed, None);
        let moments = disk.state().moments.take().unwrap_or_default();
        for moment in &moments {
            for _ in 0..wanted.div_ceil(60).min(8) {
                match survive(moment, &mut random) {
                    Ok(more) => images += more,
                    Err(why) => {
                        wrong += 1;
                        say(&format!(
                            "round {rounds}, {} acknowledged: {why}",
                            moment.acknowledged
                        ));
                        assert!(wrong < 20, "too much is wrong to go on");
                    }
                }
            }
        }
    }
    say(&format!(
        "disk: {images} crash images of {rounds} disks, {wrong} wrong, {:?}",
        begun.elapsed()
    ));
    assert_eq!(wrong, 0);
}

/// The Nth operation fails, for every N until nothing fails any more.
fn each_operation(full: bool, step: u64) -> u64 {
    let mut at = 1;
    loop {
        let disk = Disk::default();
        {
            let mut state = disk.state();
            state.fails_at = Some(at);
            state.full = full;
        }
        let (acknowledged, failed) = write(&disk, 0, 25);
        let over = disk.state().operations < at;
        disk.state().fails_at = None;
        if let Some(why) = &failed {
            let clear = matches!(why, StoreError::Medium(_) | StoreError::Damaged(_));
            assert!(clear, "operation {at}: {why}");
        }
        let image = disk.live();
        // A file gets its name once it is whole: one that was never whole is nobody's.
        let whole = image.bytes().starts_with(b"redb");
        let store = match RedbStore::on(Disk::with(image)) {
            Err(StoreError::Damaged(_)) if !whole && acknowledged == 0 => {
                at += 1;
                continue;
            }
            Err(why) => panic!("operation {at}: it does not open: {why}"),
            Ok(store) => store,
        };
        if let Err(why) = holds(&store, acknowledged, acknowledged + 1) {
            panic!("operation {at}, {failed:?}: {why}");
        }
        if over {
            return at;
        }
        at += if at < 40 { 1 } else { step };
    }
}

#[test]
fn an_operation_that_fails_loses_nothing() {
    let step = setting("VELA_IO_STEP", 7);
    let failing = each_operation(false, step);
    let full = each_operation(true, step);
    say(&format!(
        "disk: each of {failing} operations failed once, a disk full from each of {full} on"
    ));
}
