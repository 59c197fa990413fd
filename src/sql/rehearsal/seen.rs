//! What the page shows: faults played, and the last records of a type with what was done with them.

use super::{Shape, true_table};
use crate::sql::{ident, literal};

/// The last faults played: number, moment, request, mode. Parameter: how many.
pub const PLAYED: &str = "SELECT n, moment, request, mode FROM played ORDER BY n DESC LIMIT ?";
/// How often each mode was played: mode, times.
pub const PLAYED_COUNT: &str = "SELECT mode, count(*) FROM played GROUP BY mode ORDER BY mode";

/// The keys of a type that were last sent, newest first: key, what was done, by which upload, and the record as a
/// JSON text if it is there. Parameter: how many.
pub fn last_records(shape: &Shape) -> String {
    let members: Vec<String> =
        shape.columns.iter().map(|c| format!("{}, t.{}", literal(&c.name), ident(&c.name))).collect();
    format!(
        "SELECT h.key, h.action, h.upload, CASE WHEN t._key IS NOT NULL THEN json_object({}) END FROM \
         (SELECT key, max(upload) AS upload, arg_max(action, upload) AS action FROM history \
          WHERE model = {} GROUP BY key ORDER BY upload DESC, key LIMIT ?) h \
         LEFT JOIN {} t ON t._key = h.key ORDER BY h.upload DESC, h.key",
        members.join(", "),
        literal(&shape.name),
        ident(&true_table(&shape.name))
    )
}
