//! The key that a state is encrypted with, and where it is found.
//!
//! In this order: `VELA_KEY` (the key itself), `VELA_KEY_FILE` (a file with it), the file beside the state
//! with `.key` after its name, the keyring of the system (an entry with the attributes `service=vela` and
//! `state=`PATH). A new state for which there is none gets a file beside it that only its owner can read.

use crate::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use vela_exec::secret::Key;
use vela_exec::store::StoreError;

/// The key of a state.
pub(super) fn find(state: &Path, is_sealed: bool) -> Result<Key, Error> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(text) = set("VELA_KEY") {
        return parse(&text, "VELA_KEY");
    }
    if let Some(path) = set("VELA_KEY_FILE") {
        return read(Path::new(&path));
    }
    let beside = beside(state);
    if beside.exists() {
        return read(&beside);
    }
    if let Some(text) = keyring(state) {
        return parse(&text, "the entry in the keyring");
    }
    if is_sealed {
        return Err(refused("its key is nowhere: neither in VELA_KEY nor beside the state"));
    }
    let text = Key::generate().map_err(|why| refused(&why.to_string()))?;
    write(&beside, &text)
        .map_err(|error| refused(&format!("{} can't be written: {error}", beside.display())))?;
    parse(&text, "the new key")
}

fn beside(state: &Path) -> PathBuf {
    let mut name = state.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}

fn refused(why: &str) -> Error {
    StoreError::Key(why.to_owned()).into()
}

fn parse(text: &str, whence: &str) -> Result<Key, Error> {
    Key::parse(text).map_err(|why| refused(&format!("{whence}: {why}")))
}

fn read(path: &Path) -> Result<Key, Error> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| refused(&format!("{shown} can't be read: {error}")))?;
    parse(&text, &shown)
}

/// Writes a key where nobody else can read it, and not over another one.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

/// What the system's keyring has for a state, by the tool that comes with it.
fn keyring(state: &Path) -> Option<String> {
    let state = state.to_str()?;
    let mut command = if cfg!(target_os = "macos") {
        let mut command = Command::new("security");
        command.args(["find-generic-password", "-s", "vela", "-a", state, "-w"]);
        command
    } else {
        // Without a session bus there is no keyring, and asking might wait for one.
        std::env::var_os("DBUS_SESSION_BUS_ADDRESS")?;
        let mut command = Command::new("secret-tool");
        command.args(["lookup", "service", "vela", "state", state]);
        command
    };
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| output.status.success() && !text.is_empty())
}
