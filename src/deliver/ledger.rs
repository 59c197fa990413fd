//! Every request stands in the ledger: when, what, its status and size. Never a header, never a value of a query.

use super::Delivery;
use crate::diagnostic::Result;
use crate::platform::Request;
use crate::sql::deliver::{self, Asked};

/// Rows of one statement.
const ROWS: usize = 500;

/// Writes down the requests made since the last call, for a batch; 0 for none.
pub(super) fn requests(d: &Delivery<'_>, batch: i64) -> Result<()> {
    let all = d.transport.requests();
    for rows in all.chunks(ROWS) {
        let rows: Vec<Asked<'_>> = rows.iter().map(asked).collect();
        d.commit(&deliver::requests(d.run, batch, &rows))?;
    }
    Ok(())
}

fn asked(r: &Request) -> Asked<'_> {
    Asked {
        attempt: r.attempt,
        at: r.at.to_string(),
        request: format!("{} {}", r.method, r.path),
        status: r.status,
        bytes: r.bytes,
        why: r.why.as_deref(),
    }
}
