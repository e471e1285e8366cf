//! Every store must do the same.

use super::{
    InventoryEntry, MemoryStore, RunMeta, StateStore, StoreError, Table, Transaction, Write,
    acquire, export, forget_runs, import, inventory, latest_run, load_run, new_run, open_runs,
    release, remove_entry, run_ids, runs, verify,
};
use crate::engine::{Event, Record, RunPhase, VERSION};
use crate::fake::plan;
use crate::object::ObjectRef;
use serde_json::json;
use vela_dag::plan::Target;

/// The stores to test.
pub(crate) fn stores() -> Vec<Box<dyn StateStore>> {
    vec![
        Box::new(MemoryStore::new()),
        #[cfg(feature = "redb")]
        Box::new(in_memory_redb()),
    ]
}

#[cfg(feature = "redb")]
pub(crate) fn in_memory_redb() -> super::RedbStore {
    super::RedbStore::on(redb::backends::InMemoryBackend::new()).expect("in memory")
}

fn record(seq: u64) -> Record {
    Record { v: VERSION, seq, at: 7, token: 0, event: Event::Ticked }
}

#[test]
fn records_have_no_gaps_and_no_doubles() {
    for store in stores() {
        let append = |seqs: &[u64]| {
            let append = seqs.iter().map(|seq| ("r".to_owned(), record(*seq))).collect();
            store.commit(&Transaction { append, ..Transaction::default() })
        };
        append(&[0, 1]).unwrap();
        for wrong in [&[1][..], &[3], &[2, 2], &[0]] {
            assert!(matches!(append(wrong), Err(StoreError::Conflict(_))), "{wrong:?}");
        }
        append(&[2]).unwrap();
        let seqs: Vec<u64> = store.events("r", 1).unwrap().iter().map(|r| r.seq).collect();
        assert_eq!(seqs, [1, 2]);
        assert!(store.events("other", 0).unwrap().is_empty());
    }
}

#[test]
fn a_transaction_is_kept_whole_or_not_at_all() {
    for store in stores() {
        let mut first = Transaction::default();
        first.put(Table::Configs, "a", b"1".to_vec());
        store.commit(&first).unwrap();
        let mut second = Transaction::default();
        second.expect.push(Write {
            table: Table::Configs,
            key: "a".to_owned(),
            value: Some(b"2".to_vec()),
        });
        second.put(Table::Configs, "a", b"3".to_vec());
        assert!(matches!(store.commit(&second), Err(StoreError::Conflict(_))));
        let mut third =
            Transaction { append: vec![("r".to_owned(), record(5))], ..Transaction::default() };
        third.put(Table::Configs, "a", b"4".to_vec());
        assert!(store.commit(&third).is_err());
        assert_eq!(store.get(Table::Configs, "a").unwrap().as_deref(), Some(&b"1"[..]));
        first.writes[0].value = None;
        store.commit(&first).unwrap();
        assert_eq!(store.get(Table::Configs, "a").unwrap(), None);
    }
}

#[test]
fn scans_are_ordered_and_stay_in_their_table() {
    for store in stores() {
        let mut transaction = Transaction::default();
        for (table, key) in [
            (Table::Objects, "b/2"),
            (Table::Objects, "b/10"),
            (Table::Objects, "a"),
            (Table::Objects, "c"),
            (Table::Configs, "b/3"),
        ] {
            transaction.put(table, key, key.as_bytes().to_vec());
        }
        store.commit(&transaction).unwrap();
        let keys = |prefix: &str| -> Vec<String> {
            store.scan(Table::Objects, prefix).unwrap().into_iter().map(|(key, _)| key).collect()
        };
        assert_eq!(keys("b/"), ["b/10", "b/2"]);
        assert_eq!(keys(""), ["a", "b/10", "b/2", "c"]);
    }
}

#[test]
fn one_owner_at_a_time() {
    for store in stores() {
        let store = &*store;
        let mine = acquire(store, "r", "me", 100, 200).unwrap();
        if !store.is_exclusive() {
            let error = acquire(store, "r", "you", 150, 250).unwrap_err().to_string();
            assert!(error.contains("me"), "{error}");
        }
        // The lease has run out: the new owner's token shuts the old one out.
        let yours = acquire(store, "r", "you", 201, 300).unwrap();
        let mut late =
            Transaction { append: vec![("r".to_owned(), record(0))], ..Transaction::default() };
        mine.fence(&mut late);
        assert!(matches!(store.commit(&late), Err(StoreError::Conflict(_))));
        let mut right =
            Transaction { append: vec![("r".to_owned(), record(0))], ..Transaction::default() };
        yours.renew(400, &mut right);
        store.commit(&right).unwrap();
        assert_eq!(
            acquire(store, "other", "me", 350, 500).map(|lease| lease.run().to_owned()).as_deref(),
            Ok("other")
        );
        release(store, &yours).unwrap();
        acquire(store, "r", "me", 350, 500).unwrap();
    }
}

#[test]
fn runs_and_inventories() {
    for store in stores() {
        let store = &*store;
        let plan = plan(&json!({"steps": []}));
        assert_eq!(latest_run(store, "default", "app").unwrap(), None);
        let one = new_run(store, &plan, 1).unwrap();
        let two = new_run(store, &plan, 2).unwrap();
        assert_eq!(
            (one.id.as_str(), two.id.as_str()),
            ("default/app/000001", "default/app/000002")
        );
        assert_eq!(runs(store, "default", "app").unwrap(), [one.clone(), two.clone()]);
        assert_eq!(latest_run(store, "default", "app").unwrap(), Some(two));
        assert_eq!(load_run(store, &one.id).unwrap(), Some(one));
        assert_eq!(runs(store, "default", "ap").unwrap(), []);

        let entry = |name: &str| InventoryEntry {
            application: "default/app".to_owned(),
            target: Target {
                kind: "local".into(),
                cluster: "local".into(),
                namespace: "default".into(),
            },
            object: ObjectRef {
                api_version: "v1".into(),
                kind: "Service".into(),
                namespace: "default".into(),
                name: name.into(),
            },
            fate: Default::default(),
            component: None,
            run: "r".to_owned(),
        };
        let mut transaction = Transaction::default();
        for name in ["b", "a", "b"] {
            entry(name).put(&mut transaction).unwrap();
        }
        store.commit(&transaction).unwrap();
        assert_eq!(inventory(store, "default/app").unwrap(), [entry("a"), entry("b")]);
        remove_entry(store, &entry("a")).unwrap();
        assert_eq!(inventory(store, "default/app").unwrap(), [entry("b")]);
        assert_eq!(inventory(store, "default/a").unwrap(), []);
    }
}

#[test]
fn a_state_goes_through_lines_and_back() {
    for (store, other) in stores().into_iter().zip(stores().into_iter().rev()) {
        let plan = plan(&json!({"steps": []}));
        let run = new_run(&*store, &plan, 1).unwrap();
        let append = (0..3).map(|seq| (run.id.clone(), record(seq))).collect();
        let mut transaction = Transaction { append, ..Transaction::default() };
        transaction.put(Table::Objects, "o", vec![0xff, 0]);
        store.commit(&transaction).unwrap();
        let mut lines = Vec::new();
        let counts = export(&*store, &mut lines).unwrap();
        assert_eq!((counts.runs, counts.records), (1, 3));
        assert!(import(&*other, &mut &lines[..lines.len() - 20]).is_err());
        let Some(fresh) = stores().pop() else { continue };
        assert_eq!(import(&*fresh, &mut &lines[..]).unwrap(), counts);
        let mut again = Vec::new();
        export(&*fresh, &mut again).unwrap();
        assert_eq!(String::from_utf8(again), String::from_utf8(lines.clone()));
        let error = import(&*fresh, &mut &lines[..]).unwrap_err().to_string();
        assert!(error.contains("already"), "{error}");
        let verified = verify(&*fresh).unwrap();
        assert_eq!((verified.runs, verified.records), (1, 3));
    }
}

#[test]
fn old_runs_are_forgotten_and_what_can_be_gone_back_to_stays() {
    for store in stores() {
        let plan = plan(&json!({"steps": []}));
        let phases = [RunPhase::Succeeded, RunPhase::Failed, RunPhase::Failed, RunPhase::Executing];
        for phase in phases {
            let run = new_run(&*store, &plan, 1).unwrap();
            let mut transaction = Transaction::default();
            transaction.append.push((run.id.clone(), record(0)));
            RunMeta::put_phase(&run.id, phase, &mut transaction).unwrap();
            store.commit(&transaction).unwrap();
        }
        assert_eq!(open_runs(&*store).unwrap().len(), 1);
        assert_eq!(forget_runs(&*store, 1).unwrap(), 2);
        let left = run_ids(&*store).unwrap();
        assert_eq!(left, ["default/app/000001", "default/app/000004"]);
        assert!(store.events("default/app/000002", 0).unwrap().is_empty());
        assert_eq!(runs(&*store, "default", "app").unwrap().len(), 2);
        assert_eq!(new_run(&*store, &plan, 1).unwrap().id, "default/app/000005");
    }
}

#[cfg(feature = "redb")]
mod file {
    use super::record;
    use crate::store::{RedbStore, StateStore, StoreError, Table, Transaction};
    use std::path::PathBuf;

    /// A file that goes when the test ends.
    struct File(PathBuf);

    impl File {
        fn new(name: &str) -> File {
            let path =
                std::env::temp_dir().join(format!("vela-store-{}-{name}.redb", std::process::id()));
            let _ = std::fs::remove_file(&path);
            File(path)
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    #[test]
    fn outlives_the_process_and_is_open_once() {
        let file = File::new("outlives");
        let store = RedbStore::open(&file.0).unwrap();
        let mut transaction =
            Transaction { append: vec![("r".to_owned(), record(0))], ..Transaction::default() };
        transaction.put(Table::Runs, "r", b"x".to_vec());
        store.commit(&transaction).unwrap();
        assert!(matches!(RedbStore::open(&file.0), Err(StoreError::InUse(_))));
        drop(store);
        let store = RedbStore::open(&file.0).unwrap();
        assert_eq!(store.events("r", 0).unwrap(), [record(0)]);
        assert_eq!(store.get(Table::Runs, "r").unwrap().as_deref(), Some(&b"x"[..]));
    }

    #[test]
    fn a_file_has_its_name_once_it_is_whole() {
        let directory = std::env::temp_dir().join(format!("vela-made-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let path = directory.join("state.redb");
        // What a process leaves that died while it made one.
        std::fs::write(directory.join("state.redb.1-2.new"), vec![0; 4096]).unwrap();
        let opened: Vec<_> = std::thread::scope(|scope| {
            let open = || scope.spawn(|| RedbStore::open(&path));
            let both = [open(), open()];
            both.into_iter().map(|one| one.join().unwrap()).collect()
        });
        // One of two has it, and the other is told so, or was there first.
        assert!(opened.iter().any(Result::is_ok));
        for refused in opened.iter().filter_map(|one| one.as_ref().err()) {
            assert!(matches!(refused, StoreError::InUse(_)), "{refused}");
        }
        let names = std::fs::read_dir(&directory).unwrap().count();
        assert_eq!(names, 2, "the file, and what the dead left");
        std::fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn many_are_read_as_one_by_one() {
        let file = File::new("many");
        let store = RedbStore::open(&file.0).unwrap();
        let mut transaction = Transaction::default();
        for run in ["a", "b", "c"] {
            transaction.append.push((run.to_owned(), record(0)));
            transaction.put(Table::Runs, run, run.as_bytes().to_vec());
        }
        store.commit(&transaction).unwrap();
        let values = store.get_all(Table::Runs, &["c", "none", "a"]).unwrap();
        assert_eq!(values, [Some(b"c".to_vec()), None, Some(b"a".to_vec())]);
        let mut logs = Vec::new();
        store.logs(&["b", "none"], &mut |run, log| logs.push((run.to_owned(), log))).unwrap();
        assert_eq!(logs, [("b".to_owned(), vec![record(0)]), ("none".to_owned(), Vec::new())]);
    }

    #[test]
    fn a_reader_follows_the_writer() {
        let file = File::new("reader");
        let store = RedbStore::open(&file.0).unwrap();
        let reader = RedbStore::attach(&file.0).unwrap();
        let append = vec![("r".to_owned(), record(0))];
        store.commit(&Transaction { append, ..Transaction::default() }).unwrap();
        assert_eq!(reader.events("r", 0).unwrap(), [record(0)]);
        let append = vec![("r".to_owned(), record(1))];
        let refused = reader.commit(&Transaction { append, ..Transaction::default() });
        assert!(matches!(refused, Err(StoreError::InUse(_))));
    }

    #[test]
    fn a_file_of_the_first_version_is_brought_forward() {
        let file = File::new("forward");
        {
            use super::super::redb::{EVENTS, META, VALUES};
            let database = redb::Database::create(&file.0).unwrap();
            let write = database.begin_write().unwrap();
            write.open_table(META).unwrap().insert("version", 1).unwrap();
            write.open_table(VALUES).unwrap().insert((5, "c"), &b"x"[..]).unwrap();
            for (run, seq) in [("a", 0), ("a", 1), ("b", 0)] {
                let text =
                    serde_json::to_vec(&crate::engine::Record { v: 1, ..record(seq) }).unwrap();
                write.open_table(EVENTS).unwrap().insert((run, seq), text.as_slice()).unwrap();
            }
            write.commit().unwrap();
        }
        let store = RedbStore::open(&file.0).unwrap();
        assert_eq!(store.get(Table::Configs, "c").unwrap().as_deref(), Some(&b"x"[..]));
        assert_eq!(store.events("a", 0).unwrap().len(), 2);
        let append = vec![("a".to_owned(), record(2)), ("b".to_owned(), record(1))];
        store.commit(&Transaction { append, ..Transaction::default() }).unwrap();
        drop(store);
        let store = RedbStore::open(&file.0).unwrap();
        assert_eq!(store.events("a", 1).unwrap().len(), 2);
        assert_eq!(store.events("b", 0).unwrap().len(), 2);
    }

    #[test]
    fn another_version_is_refused() {
        let file = File::new("version");
        drop(RedbStore::open(&file.0).unwrap());
        {
            let database = redb::Database::create(&file.0).unwrap();
            let write = database.begin_write().unwrap();
            write.open_table(super::super::redb::META).unwrap().insert("version", 99).unwrap();
            write.commit().unwrap();
        }
        let Err(error) = RedbStore::open(&file.0) else { panic!("opened") };
        assert!(error.to_string().contains("version 99"), "{error}");
    }

    #[test]
    fn what_is_no_state_file_is_refused() {
        let file = File::new("garbage");
        std::fs::write(&file.0, vec![b'x'; 100_000]).unwrap();
        assert!(RedbStore::open(&file.0).is_err());
        assert_eq!(std::fs::read(&file.0).unwrap().len(), 100_000);
    }
}
