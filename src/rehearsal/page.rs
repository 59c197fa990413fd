//! The page at `/`: what the practice platform holds and what was last sent. Self-contained, no script.

use super::store::{Store, Upload};
use crate::diagnostic::Result;
use crate::diagnostic::escape::html as safe;
use crate::sql::rehearsal as sql;
use std::fmt::Write as _;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2733}\
    h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.1rem;margin-top:2rem}p{margin:.3rem 0}\
    table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #dde3ea}\
    td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.quiet{color:#5b6b7b}.bad{color:#a3261d}code{font-size:.85em}";

/// Uploads shown.
const UPLOADS: i64 = 30;

/// The page.
pub(super) fn page(store: &Store) -> Result<String> {
    let mut html = String::new();
    let name = safe(&store.platform.name);
    html.push_str("<!doctype html><html lang=en><meta charset=utf-8>");
    html.push_str("<meta name=viewport content=\"width=device-width\">");
    put(&mut html, &format!("<title>Practice platform {name}</title><style>{STYLE}</style>"));
    put(&mut html, &format!("<h1>Practice platform {name}</h1>"));
    put(&mut html, "<p class=quiet>Nothing that arrives here leaves this machine.</p>");
    put(
        &mut html,
        "<h2>Records it holds</h2><table><tr><th>Record type<th class=n>records<th class=n>changed since",
    );
    let mut any = false;
    for shape in &store.shapes {
        let (all, updated): (i64, i64) =
            store.db().one(&sql::totals(shape), [], |r| Ok((r.get(0)?, r.get(1)?)))?;
        if all > 0 {
            any = true;
            let row = format!("<tr><td>{}<td class=n>{all}<td class=n>{updated}", safe(&shape.name));
            put(&mut html, &row);
        }
    }
    if !any {
        put(&mut html, "<tr><td class=quiet colspan=3>none yet");
    }
    put(
        &mut html,
        "</table><h2>Last uploads</h2><table><tr><th class=n>no.<th>taken<th>state<th>what it did",
    );
    for upload in store.uploads(UPLOADS, 0)? {
        put(&mut html, &upload_row(store, &upload)?);
    }
    put(&mut html, "</table></html>");
    Ok(html)
}

fn upload_row(store: &Store, upload: &Upload) -> Result<String> {
    let mut did = Vec::new();
    for result in store.results(upload.n)? {
        let words = ["new", "changed", "equal", "refused", "deleted"];
        let counts = result.counts.iter().zip(words).filter(|(n, _)| **n > 0);
        let counts: Vec<String> = counts.map(|(n, word)| format!("{n} {word}")).collect();
        did.push(format!("{}: {}", safe(&result.model), counts.join(", ")));
    }
    did.extend(upload.message.as_deref().map(|m| safe(m).into_owned()));
    let problems = store.problems(upload.n)?;
    for problem in problems.iter().take(5) {
        let text = format!("{} {}", problem.key.replace('\u{1f}', " / "), problem.messages.join("; "));
        did.push(format!("<span class=bad>{}</span>", safe(&text)));
    }
    if problems.len() > 5 {
        did.push(format!("<span class=bad>and {} more</span>", problems.len() - 5));
    }
    Ok(format!(
        "<tr><td class=n>{}<td>{}<td>{}<td>{}<br><code class=quiet>{} bytes, sha256 {}…</code>",
        upload.n,
        safe(upload.created.get(..19).unwrap_or(&upload.created)),
        safe(&upload.state),
        did.join("<br>"),
        upload.bytes,
        safe(upload.digest.get(..12).unwrap_or_default()),
    ))
}

fn put(html: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(html, "{text}");
}
