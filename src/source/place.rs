//! Byte offset → line and column, by reading the file again: only when something is wrong, so that a right file
//! pays nothing.

use super::FileRef;
use super::container;
use super::encoding::{Declared, Utf8};
use crate::diagnostic::{Code, Diagnostic, Location};
use std::io::Read as _;

/// An error at a byte of the file's text, with line and column (characters, from 1).
pub(super) fn error_at(
    file: &FileRef,
    code: Code,
    offset: u64,
    declared: Declared<'_>,
    what: &str,
) -> Diagnostic {
    let Some((line, column)) = find(file, offset, declared) else {
        return Diagnostic::error(code, what).at(Location::file(&file.name));
    };
    Diagnostic::error(code, format!("{what} (line {line}, character {column})"))
        .at(Location::line(&file.name, line))
}

fn find(file: &FileRef, offset: u64, declared: Declared<'_>) -> Option<(u64, u64)> {
    let opened = container::open(file).ok()?;
    let mut text = Utf8::open(opened.stream, declared).ok()?.take(offset);
    let (mut line, mut column, mut buffer) = (1, 1, vec![0_u8; 64 << 10]);
    loop {
        let n = text.read(&mut buffer).ok()?;
        if n == 0 {
            return Some((line, column));
        }
        for byte in buffer.get(..n)? {
            match byte {
                b'\n' => (line, column) = (line + 1, 1),
                0x80..=0xBF => {}
                _ => column += 1,
            }
        }
    }
}
