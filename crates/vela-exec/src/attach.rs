//! A second process at a state that another one has open: it reads through the first.
//!
//! A state file belongs to one process at a time. While that works at a run it serves the state on a socket
//! beside the file, readable by the same user only; [`AttachedStore`] is a [`StateStore`] that asks there.
//! So whatever reads a state reads it the same way whether it has the file or not. Writing is refused: what
//! operators want of the run under way is passed on to the process that works at it ([`operate`]).

use crate::engine::{Operation, Record};
use crate::store::{StateStore, StoreError, Table, Transaction};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A longer answer is no answer of ours.
const MOST: u64 = 1 << 30;

/// How long the other process may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is asked: one JSON text a line.
#[derive(Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "camelCase")]
enum Ask {
    Who,
    Get { table: u8, key: String },
    Scan { table: u8, prefix: String },
    Events { run: String, from: u64 },
    Operate { application: String, operation: Operation, step: Option<String> },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Answer {
    Who(String),
    /// Values are base64: they are bytes.
    Get(Option<String>),
    Scan(Vec<(String, String)>),
    Events(Vec<Record>),
    Done,
    Refused(String),
}

/// Passes on what operators want; gives why it can't.
pub type Operate = dyn Fn(&str, Operation, Option<String>) -> Result<(), String> + Send + Sync;

/// The socket beside a state file.
#[must_use]
pub fn socket_of(state: &Path) -> PathBuf {
    let mut name = state.as_os_str().to_owned();
    name.push(".sock");
    PathBuf::from(name)
}

/// Serves a state until it is dropped.
pub struct Served {
    path: PathBuf,
}

impl Drop for Served {
    fn drop(&mut self) {
        // The next process that has the file takes the place of a socket that is left.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Serves a state that this process has open. `who` says what it does, for those who find it in use.
///
/// # Errors
/// The socket can't be made.
pub fn serve(
    state: &Path,
    store: Arc<dyn StateStore>,
    who: String,
    operate: Arc<Operate>,
) -> std::io::Result<Served> {
    let path = socket_of(state);
    // The file is ours, so whoever made a socket here is dead.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let served = Served { path };
    std::thread::Builder::new().name("vela state".to_owned()).spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (store, who, operate) = (Arc::clone(&store), who.clone(), Arc::clone(&operate));
            let thread = std::thread::Builder::new().name("vela reader".to_owned());
            // Without a thread for it the reader is left alone, and says so.
            let _ = thread.spawn(move || attend(&stream, &*store, &who, &*operate));
        }
    })?;
    Ok(served)
}

/// Answers one reader until it goes.
fn attend(stream: &UnixStream, store: &dyn StateStore, who: &str, operate: &Operate) {
    let mut lines = BufReader::new(stream.take(MOST));
    let mut line = String::new();
    while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
        let answer = match serde_json::from_str::<Ask>(&line) {
            Ok(ask) => answer(ask, store, who, operate),
            Err(why) => Answer::Refused(format!("the question can't be read: {why}")),
        };
        if write_line(stream, &answer).is_err() {
            return;
        }
        line.clear();
    }
}

fn answer(ask: Ask, store: &dyn StateStore, who: &str, operate: &Operate) -> Answer {
    let table = |number: u8| {
        Table::ALL.into_iter().find(|table| table.number() == number).ok_or_else(|| {
            StoreError::Medium(format!("there is no table {number}: use the same Vela"))
        })
    };
    let found = match ask {
        Ask::Who => Ok(Answer::Who(who.to_owned())),
        Ask::Get { table: number, key } => table(number)
            .and_then(|table| store.get(table, &key))
            .map(|value| Answer::Get(value.map(|bytes| STANDARD.encode(bytes)))),
        Ask::Scan { table: number, prefix } => {
            table(number).and_then(|table| store.scan(table, &prefix)).map(|found| {
                Answer::Scan(found.into_iter().map(|(key, v)| (key, STANDARD.encode(v))).collect())
            })
        }
        Ask::Events { run, from } => store.events(&run, from).map(Answer::Events),
        Ask::Operate { application, operation, step } => {
            return match operate(&application, operation, step) {
                Ok(()) => Answer::Done,
                Err(why) => Answer::Refused(why),
            };
        }
    };
    found.unwrap_or_else(|error| Answer::Refused(error.to_string()))
}

fn write_line(mut stream: &UnixStream, value: &impl Serialize) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// A state that another process has open.
pub struct AttachedStore {
    shown: String,
    stream: Mutex<BufReader<UnixStream>>,
}

/// Attaches to the process that has a state file open.
///
/// # Errors
/// Nobody serves it.
pub fn attach(state: &Path) -> Result<AttachedStore, StoreError> {
    let shown = state.display().to_string();
    let stream =
        UnixStream::connect(socket_of(state)).map_err(|_| StoreError::InUse(shown.clone()))?;
    for set in [UnixStream::set_read_timeout, UnixStream::set_write_timeout] {
        set(&stream, Some(PATIENCE)).map_err(|error| StoreError::Medium(error.to_string()))?;
    }
    Ok(AttachedStore { shown, stream: Mutex::new(BufReader::new(stream)) })
}

impl AttachedStore {
    fn ask(&self, ask: &Ask) -> Result<Answer, StoreError> {
        let gone = || {
            StoreError::Medium(format!(
                "the process that had {} open has ended: try again",
                self.shown
            ))
        };
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        write_line(stream.get_ref(), ask).map_err(|_| gone())?;
        let mut line = String::new();
        let read = (&mut *stream).take(MOST).read_line(&mut line).map_err(|_| gone())?;
        if read == 0 {
            return Err(gone());
        }
        match serde_json::from_str(&line) {
            Ok(Answer::Refused(why)) => Err(StoreError::Conflict(why)),
            Ok(answer) => Ok(answer),
            Err(why) => Err(StoreError::Damaged(format!("an answer of the other process: {why}"))),
        }
    }

    /// What the process that has the file open does.
    ///
    /// # Errors
    /// It has ended.
    pub fn who(&self) -> Result<String, StoreError> {
        match self.ask(&Ask::Who)? {
            Answer::Who(who) => Ok(who),
            _ => Err(unfit()),
        }
    }

    /// Passes on what an operator wants of the run that the other process works at.
    ///
    /// # Errors
    /// It works at no run of that application, or has ended.
    pub fn operate(
        &self,
        application: &str,
        operation: Operation,
        step: Option<&str>,
    ) -> Result<(), StoreError> {
        let (application, step) = (application.to_owned(), step.map(str::to_owned));
        match self.ask(&Ask::Operate { application, operation, step })? {
            Answer::Done => Ok(()),
            _ => Err(unfit()),
        }
    }
}

fn unfit() -> StoreError {
    StoreError::Damaged("the other process answers something else: use the same Vela".to_owned())
}

fn bytes(text: &str) -> Result<Vec<u8>, StoreError> {
    STANDARD.decode(text).map_err(|_| unfit())
}

impl StateStore for AttachedStore {
    fn commit(&self, _: &Transaction) -> Result<(), StoreError> {
        let who = self.who().map_or_else(|_| String::new(), |who| format!(" ({who})"));
        Err(StoreError::InUse(format!("{}{who}", self.shown)))
    }

    fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.ask(&Ask::Get { table: table.number(), key: key.to_owned() })? {
            Answer::Get(value) => value.as_deref().map(bytes).transpose(),
            _ => Err(unfit()),
        }
    }

    fn scan(&self, table: Table, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        match self.ask(&Ask::Scan { table: table.number(), prefix: prefix.to_owned() })? {
            Answer::Scan(found) => {
                found.into_iter().map(|(key, value)| Ok((key, bytes(&value)?))).collect()
            }
            _ => Err(unfit()),
        }
    }

    fn events(&self, run: &str, from: u64) -> Result<Vec<Record>, StoreError> {
        match self.ask(&Ask::Events { run: run.to_owned(), from })? {
            Answer::Events(found) => Ok(found),
            _ => Err(unfit()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{attach, serve};
    use crate::engine::{Event, Operation, Record, VERSION};
    use crate::store::{MemoryStore, StateStore, StoreError, Table, Transaction};
    use std::sync::{Arc, Mutex};

    #[test]
    fn reads_through_the_owner_and_writes_nothing() {
        let path = std::env::temp_dir().join(format!("vela-attach-{}", std::process::id()));
        let store = Arc::new(MemoryStore::new());
        let mut transaction = Transaction::default();
        transaction.put(Table::Configs, "a/b", vec![0, 255, 10]);
        let record = Record { v: VERSION, seq: 0, at: 7, token: 0, event: Event::Ticked };
        transaction.append.push(("r".to_owned(), record.clone()));
        store.commit(&transaction).unwrap();
        let wishes: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&wishes);
        let served = serve(
            &path,
            store,
            "vela up".to_owned(),
            Arc::new(move |application, operation, step| {
                if application != "default/shop" {
                    return Err(format!("nobody works at {application}"));
                }
                heard.lock().unwrap().push(format!("{operation:?} {step:?}"));
                Ok(())
            }),
        )
        .unwrap();
        let attached = attach(&path).unwrap();
        assert_eq!(attached.get(Table::Configs, "a/b").unwrap(), Some(vec![0, 255, 10]));
        assert_eq!(attached.get(Table::Configs, "a/c").unwrap(), None);
        assert_eq!(attached.scan(Table::Configs, "a").unwrap().len(), 1);
        assert_eq!(attached.events("r", 0).unwrap(), [record]);
        match attached.commit(&Transaction::default()) {
            Err(StoreError::InUse(by)) => assert!(by.ends_with("(vela up)"), "{by}"),
            other => panic!("{other:?}"),
        }
        attached.operate("default/shop", Operation::Suspend, Some("s")).unwrap();
        assert!(attached.operate("default/other", Operation::Suspend, None).is_err());
        assert_eq!(*wishes.lock().unwrap(), ["Suspend Some(\"s\")"]);
        drop(served);
        assert!(matches!(attach(&path), Err(StoreError::InUse(_))));
    }
}
