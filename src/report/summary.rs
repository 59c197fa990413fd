//! The summary of a plan as numbers and sentences, the same in every format.

use super::number;
use crate::plan::{Account, FileHead, Guard, Head, RecordHead};

/// Kinds counted, in the order of columns.
const KINDS: [&str; 12] = [
    "new",
    "changed",
    "removed",
    "returned",
    "adopted",
    "rebaselined",
    "absent",
    "along",
    "unchanged",
    "rejected",
    "held",
    "filtered",
];

/// The summary table: only columns with content.
#[derive(Debug, PartialEq)]
pub(super) struct Summary {
    /// Kinds with content.
    pub(super) columns: Vec<&'static str>,
    /// A row a record type: name, depth below its parent, counts by column.
    pub(super) rows: Vec<(String, usize, Vec<u64>)>,
    /// Sums by column.
    pub(super) totals: Vec<u64>,
}

impl Summary {
    /// Counts a head's records.
    pub(super) fn of(head: &Head) -> Self {
        let count = |r: &RecordHead, kind: &str| r.counts.get(kind).copied().unwrap_or(0);
        let sum = |kind: &str| head.records.iter().map(|r| count(r, kind)).sum::<u64>();
        let columns: Vec<&'static str> = KINDS.into_iter().filter(|k| sum(k) > 0).collect();
        let row = |r: &RecordHead| {
            (r.record.clone(), depth(head, r), columns.iter().map(|k| count(r, k)).collect())
        };
        let rows = below_parents(head).into_iter().map(row).collect();
        let totals = columns.iter().map(|k| sum(k)).collect();
        Self { columns, rows, totals }
    }

    /// The sum of one kind.
    pub(super) fn total(&self, kind: &str) -> u64 {
        self.columns.iter().position(|c| *c == kind).and_then(|n| self.totals.get(n)).copied().unwrap_or(0)
    }
}

/// The records in order, each followed by its children.
pub(super) fn below_parents(head: &Head) -> Vec<&RecordHead> {
    let known = |name: &str| head.records.iter().any(|r| r.record == name);
    let mut all = Vec::new();
    let mut waiting: Vec<&RecordHead> =
        head.records.iter().filter(|r| !r.parent.as_deref().is_some_and(known)).rev().collect();
    while let Some(record) = waiting.pop() {
        all.push(record);
        let children = head.records.iter().filter(|r| r.parent.as_ref() == Some(&record.record));
        waiting.extend(children.rev());
    }
    all
}

fn depth(head: &Head, record: &RecordHead) -> usize {
    let parent =
        |r: &RecordHead| r.parent.as_ref().and_then(|p| head.records.iter().find(|o| o.record == *p));
    let mut depth = 0;
    let mut at = parent(record);
    while let Some(up) = at.filter(|_| depth < 5) {
        depth += 1;
        at = parent(up);
    }
    depth
}

/// `Not listed: 6 sums equal to one above, 2 that do not change.`
pub(super) fn unlisted_sums(equal: u64, still: u64) -> String {
    let sums = |n: u64| format!("{} {}", number::count(n), if n == 1 { "sum" } else { "sums" });
    let mut parts = Vec::new();
    if equal > 0 {
        parts.push(format!("{} equal to one above", sums(equal)));
    }
    if still > 0 {
        let words = if still == 1 { "that does not change" } else { "that do not change" };
        parts.push(format!("{} {words}", sums(still)));
    }
    if parts.is_empty() { String::new() } else { format!("Not listed: {}.", parts.join(", ")) }
}

/// `none of 16 sums changes`.
pub(super) fn unchanged_sums(n: u64) -> String {
    if n == 1 {
        "the one sum does not change".to_owned()
    } else {
        format!("none of {} sums changes", number::count(n))
    }
}

/// The heading over [`accounts`].
pub(super) const ACCOUNTS: &str = "Money in the files, where not all of it is planned";

/// `invoice totalAmount EUR: 1,390.00 read = 1,190.00 planned + 200.00 filtered; 1 of those left out has no amount`: of each
/// record type the first money field of each currency.
pub(super) fn accounts(head: &Head) -> Vec<String> {
    let mut lines = Vec::new();
    for record in below_parents(head) {
        let mut told: Vec<&Account> = Vec::new();
        for account in &record.accounts {
            // What the platform wants in its own currency too has the same sums under no currency.
            let known = |t: &&Account| t.currency == account.currency || sums(t) == sums(account);
            let first = told.first().is_none_or(|t| account.currency.is_some() || t.currency.is_none());
            if first && !told.iter().any(known) {
                lines.push(format!("{} {}", record.record, account_words(account)));
                told.push(account);
            }
        }
    }
    lines
}

/// Every money field of each record type, with what became of the money read.
pub(super) fn all_accounts(head: &Head) -> Vec<(&str, &Account)> {
    below_parents(head).into_iter().flat_map(|r| r.accounts.iter().map(|a| (r.record.as_str(), a))).collect()
}

/// Where money that was read can have gone, in the order of [`sums`].
pub(super) const PLACES: [&str; 5] = ["planned", "unchanged", "filtered", "rejected", "held"];

/// What went where of an account's money.
pub(super) fn sums(a: &Account) -> [&Option<String>; 5] {
    [&a.planned, &a.unchanged, &a.filtered, &a.rejected, &a.held]
}

fn account_words(a: &Account) -> String {
    let places = PLACES.into_iter().zip(sums(a));
    let words =
        |(name, sum): (&str, &Option<String>)| sum.as_ref().map(|s| format!("{} {name}", number::money(s)));
    let parts: Vec<String> = places.filter_map(words).collect();
    let currency = a.currency.as_ref().map_or_else(String::new, |c| format!(" {c}"));
    let read = a.read.as_deref().map_or_else(|| "nothing".to_owned(), number::money);
    let sum = if parts.is_empty() {
        String::new()
    } else {
        format!(" = {}", parts.join(" + ")).replace("+ -", "- ")
    };
    let without = match without(a) {
        Some(words) => format!("; {words}"),
        None => String::new(),
    };
    format!("{}{currency}: {read} read{sum}{without}", a.field)
}

/// That an account lacks the amounts of some records.
pub(super) fn without(a: &Account) -> Option<String> {
    match a.without {
        0 => None,
        1 => Some("1 of those left out has no amount".to_owned()),
        n => Some(format!("{} of those left out have no amount", number::count(n))),
    }
}

/// `Plan 42: acme to lockstep`, or without a number `Plan: …`.
pub(super) fn title(head: &Head, number: Option<u32>) -> String {
    let number = number.map_or_else(String::new, |n| format!(" {n}"));
    format!("Plan{number}: {} to {}", head.mapping, head.platform)
}

/// `2026-10-02 08:15 UTC` out of the RFC 3339 text.
pub(super) fn time(created: &str) -> String {
    match (created.get(..10), created.get(11..16)) {
        (Some(day), Some(minute)) if created.ends_with('Z') => format!("{day} {minute} UTC"),
        _ => created.to_owned(),
    }
}

/// What a tripped guard says: `57 of 1,200 invoice records would be removed, the limit is 2%`.
pub fn guard(guard: &Guard) -> String {
    let Guard { record, figure, limit, value, base, .. } = guard;
    if let Some((old, new)) = &guard.sum {
        let (old, new) = (number::money(old), number::money(new));
        return format!("the sum of {record} {figure} would be {new}, it is {old}; the limit is {limit}");
    }
    let (value, base) = (number::count(*value), number::count(*base));
    match figure.as_str() {
        "rows" => format!("{record}: {value} rows read, {base} last time; at least {limit} is expected"),
        "new" => {
            format!("{value} {record} records would be new beside {base} known ones; the limit is {limit}")
        }
        _ => format!("{value} of {base} {record} records would be {figure}; the limit is {limit}"),
    }
}

/// What to type to let a tripped guard pass.
pub(super) fn allow(guard: &Guard) -> String {
    format!("--allow {}", guard.words())
}

/// The heading over the reasons why records are not removed.
pub(super) fn not_removed(summary: &Summary) -> &'static str {
    match summary.total("removed") {
        0 => "Nothing is removed by this plan",
        _ => "Some records are not removed by this plan",
    }
}

/// The words for a kind that stand at a change: what it is, and its sign.
pub(super) fn kind(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "new" => ("+", "new"),
        "changed" => ("~", "changed"),
        "removed" => ("-", "removed"),
        "absent" => ("?", "absent"),
        "returned" => ("+", "returned"),
        "along" => ("·", "sent along"),
        "adopted" => ("=", "adopted"),
        "rebaselined" => ("=", "rebaselined"),
        _ => ("·", "other"),
    }
}

/// The heading of a section and the sentence under it.
pub(super) fn section(name: &str) -> (&'static str, &'static str) {
    match name {
        "removed" => ("Removed", "No longer in the export: to be deleted or deactivated at the platform."),
        "absent" => ("Absent", "No longer in the export, kept at the platform. Nothing is sent for them."),
        "changed" => ("Changed", ""),
        "returned" => ("Back again", "Gone in an earlier run, in the export again."),
        "new" => ("New", ""),
        "along" => {
            ("Sent along, unchanged", "Their record type is sent complete whenever anything of it changes.")
        }
        "adopted" => ("Adopted", "Already at the platform; from now on ours. Nothing is sent for them."),
        "rebaselined" => {
            ("Rules changed", "Other values by new rules, taken as the baseline. Nothing is sent.")
        }
        _ => ("Other", ""),
    }
}

/// The counts beside a section's heading: `customer 1 · line 2, 1 new, 1 removed`.
pub(super) fn counts(section: &str, list: &[(String, String, u64)]) -> String {
    let mut out = String::new();
    let mut last = "";
    for (record, kind, n) in list {
        let n = number::count(*n);
        let words = if kind == section { n } else { format!("{n} {kind}") };
        match (last == record, out.is_empty()) {
            (true, _) => out += &format!(", {words}"),
            (false, true) => out += &format!("{record} {words}"),
            (false, false) => out += &format!(" · {record} {words}"),
        }
        last = record;
    }
    out
}

/// Why records changed, other than by their data: `39,950 invoice: mapped for the first time: termsCode; …`.
pub(super) fn causes(head: &Head) -> Vec<String> {
    let shown = head.causes.iter().take(20);
    shown.map(|c| format!("{} {}: {}", number::count(c.changes), c.record, c.cause)).collect()
}

/// What is worth a line beside the counts, but for the causes: warnings, notes, cells that are only written otherwise.
pub(super) fn notes(head: &Head) -> Vec<String> {
    head.notes.iter().cloned().chain(rewritten(head)).collect()
}

/// As [`notes`], the causes of changes first, for formats in which those stand nowhere else.
pub(super) fn causes_and_notes(head: &Head) -> Vec<String> {
    let causes = causes(head).into_iter().map(|c| format!("Changed: {c}"));
    causes.chain(notes(head)).collect()
}

/// `412 cells are written otherwise and mean the same: 300 trailing zeros, 100 spaces, 12 letter case`.
fn rewritten(head: &Head) -> Option<String> {
    let all: u64 = head.rewritten.iter().map(|(_, n)| n).sum();
    let ways: Vec<String> =
        head.rewritten.iter().map(|(way, n)| format!("{} {way}", number::count(*n))).collect();
    let (cells, differ) = if all == 1 { ("cell", "is") } else { ("cells", "are") };
    (all > 0).then(|| {
        format!(
            "{} {cells} {differ} written otherwise than before and mean the same: {}; nothing is sent for that (`show --rewritten` lists them)",
            number::count(all),
            ways.join(", ")
        )
    })
}

/// Where the rows of a file went: `1,204 rows = 1,190 mapped + 10 filtered`; zero parts are left out.
pub(super) fn rows(file: &FileHead) -> String {
    let parts = [
        (file.mapped, "mapped"),
        (file.filtered, "filtered"),
        (file.empty, if file.empty == 1 { "empty cell" } else { "empty cells" }),
        (file.dropped, "after the end"),
        (file.totals, "total"),
        (file.rejected, "rejected"),
        (file.unused, "for lookups"),
    ];
    let words: Vec<String> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{} {word}", number::count(*n)))
        .collect();
    let plural = |n: u64| if n == 1 { "row" } else { "rows" };
    let read = match file.turned {
        // `10 rows became 120 by unpivot = …`
        Some(n) => {
            format!("{} {} became {} by unpivot", number::count(n), plural(n), number::count(file.read))
        }
        None => format!("{} {}", number::count(file.read), plural(file.read)),
    };
    if words.is_empty() { read } else { format!("{read} = {}", words.join(" + ")) }
}

/// `OPOS_2026-10.xlsx, Rechnungen`.
pub(super) fn file_name(file: &FileHead) -> String {
    file.part.as_ref().map_or_else(|| file.file.clone(), |part| format!("{}, {part}", file.file))
}
