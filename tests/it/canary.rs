//! Looking for a secret: the value itself and its usual disguises, in text and in every file below a folder.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A value that must be nowhere.
pub struct Canary {
    pub value: String,
    /// Name of the form, and its bytes.
    forms: Vec<(String, Vec<u8>)>,
}

impl Canary {
    pub fn new(value: &str) -> Self {
        let bytes = value.as_bytes();
        let mut forms = vec![("itself".to_owned(), bytes.to_vec())];
        for offset in 0..3 {
            let text = base64_inside(bytes, offset);
            forms.push((format!("base64 at {offset}"), text.clone().into_bytes()));
            forms.push((
                format!("base64url at {offset}"),
                text.replace('+', "-").replace('/', "_").into_bytes(),
            ));
        }
        let hex = bytes.iter().fold(String::new(), |mut text, b| {
            write!(text, "{b:02x}").unwrap();
            text
        });
        forms.push(("HEX".to_owned(), hex.to_uppercase().into_bytes()));
        forms.push(("hex".to_owned(), hex.into_bytes()));
        for (name, plain) in [("URL-encoded", "-._~"), ("form-encoded", "-._*")] {
            let encoded = bytes.iter().fold(String::new(), |mut text, b| {
                let c = char::from(*b);
                if c.is_ascii_alphanumeric() || plain.contains(c) {
                    text.push(c);
                } else {
                    write!(text, "%{b:02X}").unwrap();
                }
                text
            });
            forms.push((name.to_owned(), encoded.clone().into_bytes()));
            forms.push((format!("{name}, small"), encoded.to_lowercase().into_bytes()));
        }
        forms.push(("UTF-16".to_owned(), value.encode_utf16().flat_map(u16::to_le_bytes).collect()));
        Self { value: value.to_owned(), forms }
    }

    /// The forms in which it stands there.
    pub fn forms_in(&self, bytes: &[u8]) -> Vec<&str> {
        let there = |form: &[u8]| memchr::memmem::find(bytes, form).is_some();
        self.forms.iter().filter(|(_, form)| there(form)).map(|(name, _)| name.as_str()).collect()
    }

    /// Files below a folder that hold it, or are called so; and how many were looked into.
    pub fn files_in(&self, folder: &Path) -> (Vec<String>, usize) {
        let all = below(folder);
        let mut found = Vec::new();
        for path in all.iter().filter(|p| p.is_file()) {
            let mut bytes = std::fs::read(path).unwrap();
            if path.extension().is_some_and(|e| e == "gz") {
                flate2::read::GzDecoder::new(bytes.clone().as_slice()).read_to_end(&mut bytes).unwrap();
            }
            for form in self.forms_in(&bytes) {
                found.push(format!("{} holds it ({form})", path.display()));
            }
        }
        for path in &all {
            for form in self.forms_in(path.to_string_lossy().as_bytes()) {
                found.push(format!("{} is called so ({form})", path.display()));
            }
        }
        (found, all.len())
    }
}

/// Everything below a folder, the folder itself left out.
pub fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && !path.is_symlink() {
                open.push(path.clone());
            }
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The characters of a base64 text that depend on these bytes alone, when so many others stand before them.
fn base64_inside(bytes: &[u8], before: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |n: usize| -> Option<usize> {
        let byte = *bytes.get((n / 8).checked_sub(before)?)?;
        Some(usize::from(byte >> (7 - n % 8) & 1))
    };
    (0..(before + bytes.len()) * 8 / 6)
        .filter_map(|letter| (0..6).try_fold(0, |value, n| Some(value << 1 | bit(letter * 6 + n)?)))
        .map(|value| char::from(LETTERS[value]))
        .collect()
}

#[test]
fn each_disguise_is_seen_through() {
    let canary = Canary::new("canary+/=&% ~4711");
    let there = |text: &str| !canary.forms_in(text.as_bytes()).is_empty();
    // What `base64` makes of it, alone and behind "a" and "ab"; then without padding and for addresses.
    for text in [
        "x canary+/=&% ~4711 x",
        "Y2FuYXJ5Ky89JiUgfjQ3MTE=",
        "YWNhbmFyeSsvPSYlIH40NzEx",
        "YWJjYW5hcnkrLz0mJSB+NDcxMQ==",
        "YWJjYW5hcnkrLz0mJSB-NDcxMQ",
        "63616e6172792b2f3d2625207e34373131",
        "63616E6172792B2F3D2625207E34373131",
        "canary%2B%2F%3D%26%25%20~4711",
        "canary%2b%2f%3d%26%25%20~4711",
    ] {
        assert!(there(text), "{text}");
    }
    assert!(!there("canary+/=&% ~471") && !there("Y2FuYXJ5Ky89") && !there("63616e6172792b2f3d262520"));
}
