//! The reader's pager, for a text longer than the screen.

use crate::env::Env;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// What is used without `PAGER`: ends at once where the text fits after all, keeps our colours, leaves the text standing.
const USUAL: &str = "less -FRX";

/// Shows `text` in the pager of `PAGER`; false when there is none or it cannot be started. The text is safe by now: no
/// byte in it but our colours acts on a terminal.
pub(super) fn show(text: &str, env: &Env) -> bool {
    let line = env.var("PAGER").unwrap_or(USUAL);
    let mut words = line.split_whitespace();
    let Some(program) = words.next().filter(|p| *p != "cat") else { return false };
    let Ok(mut child) = Command::new(program).args(words).stdin(Stdio::piped()).spawn() else { return false };
    if let Some(mut input) = child.stdin.take() {
        // A reader who leaves early closes the pipe.
        drop(input.write_all(text.as_bytes()));
    }
    drop(child.wait());
    true
}
