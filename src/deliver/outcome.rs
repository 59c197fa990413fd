//! What became of the records of a batch, and the batch's events in the ledger.

use super::{Delivery, batch, verify};
use crate::db::{ColumnKind, TableShape};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::platform::Answer;
use crate::platform::judge::{Rest, Verdict, judge};
use crate::sql::deliver;
use crate::sql::state::{self, BatchEvent};

/// Records what an answer proves. Gives why the rest of the batch was not sent, when it was not: those records have no outcome yet.
pub(super) fn verdicts(
    d: &Delivery<'_>,
    number: i64,
    records: i64,
    digest: &str,
    id: &str,
    answer: &Answer,
) -> Result<Option<String>> {
    let sent = batch::keys(d, number)?;
    let mut verdicts = judge(answer, &sent, &d.platform.answer);
    d.db.run(&deliver::clear_named())?;
    name(d, &verdicts)?;
    verify::read_back(d, number, digest, &mut verdicts)?;
    d.db.transaction(|| {
        for v in &verdicts {
            let (rest, message) = match &v.rest {
                Rest::Accepted => ("inferred", ""),
                Rest::Unknown(why) => ("unknown", why.as_str()),
            };
            d.db.run(&deliver::outcomes(d.run, number, &v.model, rest, message))?;
        }
        d.db.run(&event(d, number, "over", digest, records, id, &answer.state))
    })?;
    there(d, number, "over")?;
    let written = d.db.count(&deliver::count_outcomes(d.run, number))?;
    let unsent: Vec<_> = verdicts.iter().flat_map(|v| &v.unsent).collect();
    if i64::try_from(written + unsent.len() as u64) == Ok(records) {
        return Ok(unsent.first().map(|(_, why)| why.join("; ")));
    }
    let message = format!("batch {number}: {records} records were sent and {written} outcomes written");
    Diagnostic::error(Code::STATE_DAMAGED, message).alone()
}

/// What an answer says of one record: model, key, outcome, message, the platform's id.
type Named<'a> = (&'a str, &'a str, &'a str, String, Option<&'a str>);

/// Fills `deliver.named` with what the platform said of single records.
fn name(d: &Delivery<'_>, verdicts: &[Verdict]) -> Result<()> {
    let table = deliver::named();
    let text = |name: &str| (name.to_owned(), ColumnKind::Text);
    let shape = TableShape {
        schema: table.schema,
        name: table.name,
        columns: vec![text("model"), text("key"), text("outcome"), text("message"), text("remote")],
    };
    d.db.load(&[shape], |sinks| {
        let rows = sinks.table(0);
        for (model, key, outcome, message, remote) in verdicts.iter().flat_map(named) {
            rows.text(0, model);
            rows.text(1, key);
            rows.text(2, outcome);
            rows.text(3, &message);
            if let Some(remote) = remote {
                rows.text(4, remote);
            }
            rows.end_row()?;
        }
        Ok(())
    })
}

fn named(v: &Verdict) -> Vec<Named<'_>> {
    let lists = [
        ("rejected", &v.rejected),
        ("accepted", &v.skipped),
        ("unknown", &v.unknown),
        ("unknown", &v.said),
        ("not sent", &v.unsent),
    ];
    let said = lists.into_iter().flat_map(|(outcome, list)| list.iter().map(move |n| (outcome, n)));
    let said = said.map(|(outcome, (key, messages))| {
        (v.model.as_str(), key.as_str(), outcome, messages.join("; "), None)
    });
    let taken = v
        .accepted
        .iter()
        .map(|t| (v.model.as_str(), t.key.as_str(), "accepted", t.notes.join("; "), t.remote.as_deref()));
    said.chain(taken).collect()
}

/// One outcome for all records of a batch.
pub(super) fn all(
    d: &Delivery<'_>,
    number: i64,
    records: i64,
    digest: &str,
    outcome: &str,
    why: &str,
) -> Result<()> {
    d.db.run(&deliver::clear_named())?;
    let models = d.db.rows(&deliver::models(number), [], |row| row.get::<_, String>(0))?;
    d.db.transaction(|| {
        for model in &models {
            d.db.run(&deliver::outcomes(d.run, number, model, outcome, why))?;
        }
        d.db.run(&event(d, number, "over", digest, records, "", why))
    })?;
    there(d, number, "over")
}

/// An event of a batch.
pub(super) fn event(
    d: &Delivery<'_>,
    batch: i64,
    event: &str,
    digest: &str,
    records: i64,
    remote: &str,
    why: &str,
) -> String {
    let at = d.now();
    state::batch_event(&BatchEvent { run: d.run, batch, event, at: &at, digest, records, remote, why })
}

/// Reads one row back after a commit: DuckDB answers Ok to a commit that has rolled back (dependencies 0.4).
pub(super) fn there(d: &Delivery<'_>, batch: i64, event: &str) -> Result<()> {
    if d.db.count(&state::batch_event_there(d.run, batch, event))? > 0 {
        return Ok(());
    }
    let message = format!("the {event} of batch {batch} was committed and is not there");
    Diagnostic::error(Code::STATE_DAMAGED, message).alone()
}
