//! A plan: changes, rejects, totals and digests, frozen in one file (design 5, rules 5).
//!
//! In the database a plan is the schema `plan`; reports read only [`Head`] and these relations:
//!
//! `plan.shown`, one row a planned record, in display order (`id`):
//! `id BIGINT, record VARCHAR, model VARCHAR, key VARCHAR, parent BIGINT` (id of the header's change, NULL for none or
//! when the header itself is unchanged)`, parent_key VARCHAR` (the header's key, also when it is unchanged)`,
//! kind VARCHAR` (new, changed, removed, absent, returned, adopted, rebaselined)`, cause VARCHAR` (why, empty for the
//! usual: data)`, note VARCHAR` (extra line, may be NULL)`, level INTEGER, fields STRUCT(name VARCHAR, old VARCHAR,
//! new VARCHAR, time BOOLEAN)[]` (canonical texts, and whether it is a date with a time; changed fields only, for `new` all non-empty ones with old NULL)`,
//! file VARCHAR, place VARCHAR` (`Rechnungen!A17`, `line 12`, an XPath: where it was read; NULL for removed).
//!
//! `plan.refused`, one row a reason, rejected and held records, in order:
//! `id BIGINT, status VARCHAR` (rejected, held)`, record VARCHAR, model VARCHAR, key VARCHAR` (NULL if unreadable)`,
//! field VARCHAR, code VARCHAR, value VARCHAR, reason VARCHAR, file VARCHAR, place VARCHAR, known BOOLEAN` (also in
//! the last run, same data)`, note VARCHAR, row_id BIGINT` (the row in `plan.raw`, of its record; plans made before
//! 2026-11-29 lack it)`.

pub mod decisions;
pub mod file;
pub mod freeze;
mod guards;
mod head;
mod money;

pub use head::{
    Account, Cause, ColumnHead, FieldHead, FileHead, Guard, Head, ModelHead, RecordHead, SourceHead, Total,
    ground, rules,
};
