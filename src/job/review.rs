//! A review that comes back: the workbook of `show --xlsx` with what people wrote into it, checked whole before the
//! first decision is written down. The file is foreign input: nothing of it is taken that is not understood.

mod read;

use super::apply::Session;
use super::decide::{self, Held};
use super::{Context, approve};
use crate::db::Db;
use crate::diagnostic::{Code, Collector, Diagnostic, Location, Result};
use crate::plan::decisions::{self, Decision};
use crate::plan::file;
use crate::report::workbook::layout;
use crate::source::cell_name;
use crate::sql::workbook as sql;
use crate::state::Lock;
use read::Book;
use std::path::Path;

/// Mistakes of a review that are told one by one.
const TOLD: usize = 100;

/// What a review came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// Changes it says to send.
    pub apply: u64,
    /// Changes it says to hold.
    pub hold: u64,
    /// Decisions and remarks that were new and are written down.
    pub written: usize,
    /// What is held of the plan now, whoever decided it.
    pub held: Held,
}

/// Takes the decisions of a workbook into the decisions of a plan that is not applied yet. All or nothing.
///
/// # Errors
/// E401 when the plan was applied, E402, E403, E408 for each line that is not understood, E409 when the workbook is of
/// another plan, E902, and those of a workbook that cannot be read.
pub fn review(context: &Context, plan: &Path, book: &Path, command: &str) -> Result<Review> {
    let digest = file::digest(plan)?;
    let _lock = Lock::take(&context.place, &context.env, command)?;
    let session = Session::new(context)?;
    let db = session.database()?;
    decide::refuse_applied(&db, context, &digest)?;
    let book = Book::open(book, &digest)?;
    let scratch = context.place.scratch()?;
    let head = file::open(&db, plan, scratch.path())?.head;
    let models: Vec<&str> = head.models.iter().map(|m| m.model.as_str()).collect();
    db.run(sql::review_table())?;
    db.run(&sql::reviewed(&models))?;
    let mut all = Collector::default();
    book.lines(&mut all, &mut |lines| db.run(&sql::add_lines(lines)))?;
    unknown(&db, &book, &mut all)?;
    contradictions(&db, &book, &mut all)?;
    bounded(all).finish(())?;
    let mut decided = decisions::read(plan, &digest)?;
    decide::apply_decisions(&db, &head, &decided)?;
    let mut fresh = new_decisions(context, &db, &digest, &decided)?;
    let written = fresh.len();
    let mut review = counted(&db)?;
    if written > 0 {
        fresh.push(taken_in(context, &digest, &book, &review)?);
    }
    decided.extend(fresh.iter().cloned());
    let held = decide::consequences(&db, context, &head, &decided)?;
    decide::bind(&db, &mut fresh)?;
    decisions::append(plan, &fresh)?;
    (review.written, review.held) = (written, held);
    Ok(review)
}

/// What the workbook decides and was not decided so before. A remark without a decision is kept as one.
fn new_decisions(context: &Context, db: &Db, digest: &str, before: &[Decision]) -> Result<Vec<Decision>> {
    let last = decisions::last_words(before);
    let lines = db.rows(sql::decided_lines(), [], |row| {
        Ok([row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
    })?;
    let fresh = lines.into_iter().filter_map(|[record, key, word, why]| {
        let there = last.get(&(record.as_str(), key.as_str()));
        let same_word = there.is_some_and(|d| d.decision == word || word.is_empty());
        if same_word && there.is_some_and(|d| d.why == why) {
            return None;
        }
        let word = if word.is_empty() { "comment" } else { &word };
        Some(Decision { record, key, why, ..approve::decision(context, digest, word) })
    });
    Ok(fresh.collect())
}

/// Notes which file was taken in, and what it said in all: an `apply` that changes nothing leaves no line of its own.
fn taken_in(context: &Context, digest: &str, book: &Book, review: &Review) -> Result<Decision> {
    let why = format!("{} apply, {} hold, SHA-256 {}", review.apply, review.hold, file::digest(book.path())?);
    Ok(Decision { record: book.name().to_owned(), why, ..approve::decision(context, digest, "review") })
}

fn counted(db: &Db) -> Result<Review> {
    let mut review = Review::default();
    let counts =
        db.rows(sql::counted_words(), [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
    for (word, n) in counts {
        let n = u64::try_from(n).unwrap_or(0);
        if word == "hold" { review.hold = n } else { review.apply = n }
    }
    Ok(review)
}

/// Lines about what the plan does not have.
fn unknown(db: &Db, book: &Book, all: &mut Collector) -> Result<()> {
    let lines = db.rows(sql::unknown_lines(), [], |row| {
        let place = (row.get::<_, String>(0)?, row.get::<_, u32>(1)?);
        Ok((place, row.get::<_, String>(2)?, row.get::<_, String>(3)?, row.get::<_, Option<String>>(4)?))
    })?;
    for ((sheet, row), record, key, other) in lines {
        let message = match other {
            Some(other) => format!("the line of {record} {other} has the key \"{key}\" now"),
            None => format!("the plan has no change of {record} \"{key}\""),
        };
        let help = "Only the columns decision and comment are to be filled in. Write the workbook anew with crosswalk show --xlsx, \
                    and copy the decisions over.";
        let at = book.at(&sheet, cell_name(book.column(&sheet, layout::KEY), row));
        all.push(Diagnostic::error(Code::REVIEW_LINE, message).at(at).help(help));
    }
    Ok(())
}

/// Lines that say two things about one change.
fn contradictions(db: &Db, book: &Book, all: &mut Collector) -> Result<()> {
    let lines = db.rows(sql::contradictions(), [], |row| {
        let place = (row.get::<_, String>(0)?, row.get::<_, u32>(1)?);
        let what = [row.get::<_, String>(2)?, row.get(3)?, row.get(4)?];
        Ok((place, what, (row.get::<_, String>(5)?, row.get::<_, u32>(6)?), row.get::<_, String>(7)?))
    })?;
    for ((sheet, row), [record, key, word], (first, first_row), first_word) in lines {
        let cell = |sheet: &str, row: u32| cell_name(book.column(sheet, layout::DECISION), row);
        let message = format!(
            "{record} {key} is decided twice: \"{word}\" here, \"{first_word}\" in {first}!{}",
            cell(&first, first_row)
        );
        let at = book.at(&sheet, cell(&sheet, row));
        all.push(
            Diagnostic::error(Code::REVIEW_LINE, message)
                .at(at)
                .help("Decide once: empty one of the two cells."),
        );
    }
    Ok(())
}

/// The first mistakes, and how many more there are: a column filled with nonsense is one mistake to a reader.
fn bounded(all: Collector) -> Collector {
    let list = all.into_list();
    let more = list.len().saturating_sub(TOLD);
    let mut few = Collector::default();
    list.into_iter().take(TOLD).for_each(|d| few.push(d));
    if more > 0 {
        let message = format!("{more} more lines are not understood");
        few.push(Diagnostic::error(Code::REVIEW_LINE, message).at(Location::default()));
    }
    few
}
