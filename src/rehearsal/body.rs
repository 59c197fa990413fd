//! What is sent, whatever its form: its rows one by one, and what it says about itself.

use super::{Options, archive, batch};
use crate::spec::platform::{Model, Platform};
use std::collections::BTreeMap;

/// What is wrong with what is sent: a place in it, and messages.
pub(super) type Wrong = (String, String);

/// Takes each row: the model's index, the cells as (field index, text); a field not in the row was not sent.
pub(super) type OnRow<'a> = &'a mut dyn FnMut(usize, &[(usize, &str)]) -> Result<(), Wrong>;

/// The fields of a record type by name in small letters.
pub(super) type Names = BTreeMap<String, usize>;

/// Finds fields whatever the letter case of their names.
pub(super) fn names(model: &Model) -> Names {
    model.fields.iter().enumerate().map(|(n, f)| (f.name.to_lowercase(), n)).collect()
}

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// An archive of files ("Upload Sync File").
    Archive,
    /// Arrays of records in one JSON object ("Create Batch Import").
    Batch,
    /// No records: an installed connector is asked to run ("Create Sync").
    Request,
}

impl Form {
    const WORDS: [(&'static str, Form); 3] =
        [("archive", Form::Archive), ("batch", Form::Batch), ("request", Form::Request)];

    /// Its word in the store.
    pub(super) fn word(self) -> &'static str {
        Form::WORDS.iter().find(|(_, f)| *f == self).map_or("archive", |(word, _)| word)
    }

    /// The form of a word of the store.
    pub(super) fn called(word: &str) -> Form {
        Form::WORDS.iter().find(|(w, _)| *w == word).map_or(Form::Archive, |(_, form)| *form)
    }
}

/// What an upload says about itself, beside its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct About {
    /// The app enrollment it belongs to.
    pub(super) app: Option<String>,
    /// The first upload of its series.
    pub(super) parent: Option<String>,
    /// Its number in the series, from 1.
    pub(super) batch: i64,
    /// How many the series has.
    pub(super) total: i64,
    /// Whether it calls itself complete.
    pub(super) full: bool,
}

impl Default for About {
    fn default() -> Self {
        Self { app: None, parent: None, batch: 1, total: 1, full: false }
    }
}

impl About {
    /// Notes a parameter of the query or a member of the body; `None`, `null` and nothing mean that it is not set,
    /// as SDKs write it (facts 1.11). Other names are left alone.
    pub(super) fn note(&mut self, name: &str, value: &str) -> Result<(), Wrong> {
        let value = value.trim().trim_matches('"');
        if matches!(value, "" | "None" | "null" | "undefined") {
            return Ok(());
        }
        let wrong = || (name.to_owned(), format!("The value '{value}' is not valid."));
        match name.to_lowercase().as_str() {
            "appenrollmentid" => self.app = Some(uuid(value).ok_or_else(wrong)?),
            "parentsyncrequestid" => self.parent = Some(uuid(value).ok_or_else(wrong)?),
            "currentbatch" => self.batch = value.parse().map_err(|_| wrong())?,
            "totalbatches" => self.total = value.parse().map_err(|_| wrong())?,
            "isfullsync" | "runfullsync" => {
                self.full = value.to_lowercase().parse().map_err(|_| wrong())?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether its numbers fit each other.
    pub(super) fn check(&self) -> Result<(), Wrong> {
        if self.batch < 1 || self.batch > self.total {
            let message = format!("Batch {} of {} cannot be.", self.batch, self.total);
            return Err(("currentBatch".to_owned(), message));
        }
        Ok(())
    }
}

fn uuid(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let parts: Vec<usize> = lower.split('-').map(str::len).collect();
    let hex = lower.chars().all(|c| c == '-' || c.is_ascii_hexdigit());
    (hex && parts == [8, 4, 4, 4, 12]).then_some(lower)
}

/// Reads every row; gives what the body says about itself.
pub(super) fn each_row(
    form: Form,
    bytes: &[u8],
    platform: &Platform,
    options: &Options,
    on_row: OnRow<'_>,
) -> Result<About, Wrong> {
    match form {
        Form::Archive => archive::each_row(bytes, platform, options, on_row).map(|()| About::default()),
        Form::Batch => batch::each_row(bytes, platform, options, on_row),
        Form::Request => batch::each_row(bytes, platform, options, &mut |_, _| Ok(())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sdks_send_for_nothing_is_nothing() {
        let mut about = About::default();
        for (name, value) in [("appEnrollmentId", "None"), ("isFullSync", "False"), ("totalBatches", "")] {
            about.note(name, value).unwrap();
        }
        assert_eq!(about, About::default());
        about.note("IsFullSync", "True").unwrap();
        about.note("parentSyncRequestId", "7D4F2A10-0000-4000-A000-000000000001").unwrap();
        assert!(about.full && about.parent.as_deref().unwrap().starts_with("7d4f"));
        assert!(about.note("appEnrollmentId", "x").is_err() && about.note("currentBatch", "1.5").is_err());
        about.note("currentBatch", "3").unwrap();
        assert!(about.check().is_err());
    }
}
