//! What the frame's templates print: destination, figures, summary, control totals, notes.

use super::{Page, look};
use crate::diagnostic::Result;
use crate::plan::{Account, RecordHead, Total};
use crate::report::{number, summary};
use minijinja::{Value, context};

/// Kinds that have a tile and a piece of the bar.
pub(super) const LOUD: [&str; 7] = ["new", "changed", "returned", "removed", "rejected", "held", "absent"];

impl Page<'_> {
    /// Everything above the lists.
    pub(super) fn top(&mut self) -> Result<()> {
        let head = self.head;
        let guards: Vec<Value> = head
            .guards
            .iter()
            .filter(|g| g.tripped)
            .map(|g| context! { text => summary::guard(g), allow => summary::allow(g) })
            .collect();
        let about = context! {
            policy => Value::from_safe_string(look::policy()),
            style => Value::from_safe_string(look::STYLE.clone()),
            title => summary::title(head, self.number),
            place => if head.environment == "rehearsal" { "rehearsal" } else { "real" },
            destination => head.destination.as_str(), environment => head.environment.as_str(), account => head.account.clone(),
            made => summary::time(&head.created),
            tiles => self.tiles(),
            not_removed => summary::not_removed(&self.summary), why => head.nothing_removed.clone(),
            guards, notes => summary::causes_and_notes(head),
            columns => self.summary.columns.clone(), rows => self.rows(), totals => self.cells(&self.summary.totals),
            money => self.money(), accounts => self.accounts(), accounts_title => summary::ACCOUNTS, places => summary::PLACES,
        };
        let text = self.pages.print("top", about)?;
        self.sink.put(&text)
    }

    /// The large figures, each a link to where its records are listed.
    fn tiles(&self) -> Vec<Value> {
        let link = |kind: &str| match kind {
            "rejected" | "held" => "refused",
            "removed" => "removed",
            _ => "changes",
        };
        LOUD.into_iter()
            .map(|kind| (kind, self.summary.total(kind)))
            .filter(|(_, n)| *n > 0)
            .map(|(kind, n)| context! { kind, n => number::count(n), link => link(kind), sign => summary::kind(kind).0 })
            .collect()
    }

    fn rows(&self) -> Vec<Value> {
        let row = |(record, depth, counts): &(String, usize, Vec<u64>)| {
            context! { record => record.as_str(), depth => (*depth).min(3), cells => self.cells(counts), bar => self.bar(counts) }
        };
        self.summary.rows.iter().map(row).collect()
    }

    fn cells(&self, counts: &[u64]) -> Vec<Value> {
        let cell = |(kind, n): (&&'static str, &u64)| context! { kind => *kind, n => number::count(*n), none => *n == 0 };
        self.summary.columns.iter().zip(counts).map(cell).collect()
    }

    /// What happens to the records of a row that are not just unchanged, as pieces of 1000.
    fn bar(&self, counts: &[u64]) -> Vec<Value> {
        let all =
            || self.summary.columns.iter().zip(counts).filter(|(kind, n)| LOUD.contains(*kind) && **n > 0);
        let sum: u64 = all().map(|(_, n)| n).sum();
        let mut x = 0;
        let piece = |(kind, n): (&&'static str, &u64)| {
            let width = (u128::from(*n) * 1000 / u128::from(sum.max(1))).max(8);
            let at = x;
            x += width + 6;
            context! { kind => *kind, x => u64::try_from(at).unwrap_or(0), width => u64::try_from(width).unwrap_or(0) }
        };
        all().map(piece).collect()
    }

    /// Sums of money before and after.
    fn money(&self) -> Vec<Value> {
        let of = |r: &RecordHead| r.totals.iter().map(|t| money_row(r, t)).collect::<Vec<_>>();
        summary::below_parents(self.head).into_iter().flat_map(of).collect()
    }

    /// What became of the money read.
    fn accounts(&self) -> Vec<Value> {
        let row = |(record, account): (&str, &Account)| {
            let amounts: Vec<Option<String>> =
                summary::sums(account).into_iter().map(|s| s.as_deref().map(number::money)).collect();
            context! {
                record, field => account.field.as_str(), currency => account.currency.clone(),
                read => account.read.as_deref().map(number::money), amounts, without => summary::without(account),
            }
        };
        summary::all_accounts(self.head).into_iter().map(row).collect()
    }
}

fn money_row(record: &RecordHead, total: &Total) -> Value {
    let amount = |t: &Option<String>| t.as_deref().map_or_else(|| "–".to_owned(), number::money);
    let difference = match (&total.old, &total.new) {
        (Some(old), Some(new)) => number::difference(old, new).unwrap_or_default(),
        _ => String::new(),
    };
    context! {
        record => record.record.as_str(), field => total.field.as_str(), currency => total.currency.clone(),
        before => amount(&total.old), after => amount(&total.new), difference,
    }
}
