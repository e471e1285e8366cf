//! Questions on a terminal.

use super::output;
use crate::failure::{Failure, status};
use crate::terminal;
use std::io::{BufRead, IsTerminal};

/// Whether there is somebody to ask.
pub(crate) fn possible() -> bool {
    std::io::stdin().is_terminal() && terminal::is_interactive()
}

/// Asks; anything but a yes ends the command.
pub(crate) fn agreed(question: &str) -> Result<(), Failure> {
    output::text(&format!("{question} [y/N] "))?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new("nothing was done").with_status(status::FAILED)),
    }
}
