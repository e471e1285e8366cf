//! Other engines: a process that answers one line for each line.

use crate::compare::Answer;
use crate::ours::{Form, without_blanks};
use serde_json::Value as Json;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// An engine to compare with.
pub trait Peer {
    /// What it is asked for.
    fn form(&self) -> Form;

    /// Its answers, one for each program (the texts of its files).
    ///
    /// # Errors
    /// It cannot be started.
    fn answers(&mut self, programs: &[Vec<String>]) -> io::Result<Vec<Answer>>;
}

/// A program that reads lines, each a JSON array of the texts of a package's files, and answers each
/// with a line `{"tree": tree-json, "export": JSON text or null}`.
#[derive(Debug)]
pub struct Lines {
    command: String,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    input: ChildStdin,
    output: Receiver<String>,
}

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(20);

impl Lines {
    /// The command is started when it is needed, and again after it died.
    pub fn new(command: &str) -> Lines {
        Lines { command: command.to_owned(), running: None }
    }

    fn start(&self) -> io::Result<Running> {
        let mut child = Command::new(&self.command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let missing = || io::Error::other("no pipe");
        let input = child.stdin.take().ok_or_else(missing)?;
        let output = child.stdout.take().ok_or_else(missing)?;
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Running { child, input, output: receiver })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Peer for Lines {
    fn form(&self) -> Form {
        Form::Tree
    }

    fn answers(&mut self, programs: &[Vec<String>]) -> io::Result<Vec<Answer>> {
        let mut found: Vec<Answer> = Vec::with_capacity(programs.len());
        while found.len() < programs.len() {
            let mut running = match self.running.take() {
                Some(running) => running,
                None => self.start()?,
            };
            // Few enough that the pipe's buffer holds them: nobody waits for the other.
            let batch: Vec<&Vec<String>> = programs[found.len()..].iter().take(16).collect();
            let mut written = 0;
            for program in &batch {
                let line = Json::from(program.to_vec()).to_string() + "\n";
                if running.input.write_all(line.as_bytes()).is_err() {
                    break;
                }
                written += 1;
            }
            let sent = running.input.flush().is_ok() && written == batch.len();
            let mut alive = sent;
            for _ in 0..batch.len() {
                match running.output.recv_timeout(PATIENCE) {
                    Ok(line) => found.push(read(&line)),
                    Err(RecvTimeoutError::Timeout) => {
                        found.push(Answer::Died("time".to_owned()));
                        alive = false;
                        break;
                    }
                    Err(RecvTimeoutError::Disconnected) => {
                        found.push(Answer::Died("crash".to_owned()));
                        alive = false;
                        break;
                    }
                }
            }
            if alive {
                self.running = Some(running);
            }
        }
        Ok(found)
    }
}

fn read(line: &str) -> Answer {
    let Ok(answer) = serde_json::from_str::<Json>(line) else {
        return Answer::Died("no JSON".to_owned());
    };
    if let Some(panic) = answer.get("panic").and_then(Json::as_str) {
        return Answer::Died(panic.to_owned());
    }
    Answer::Tree {
        tree: answer["tree"].clone(),
        export: answer["export"].as_str().map(without_blanks),
    }
}
