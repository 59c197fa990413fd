//! The page at `/`: what arrived, what became of it, what was refused and why, which faults were played.
//! Self-contained, no script; every text from outside is escaped.

mod records;

use super::body::Form;
use super::store::{Store, Taken};
use crate::diagnostic::Result;
use crate::diagnostic::escape::html as safe;
use crate::sql::rehearsal as sql;
use std::fmt::Write as _;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1c2733}\
    h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.1rem;margin-top:2rem}h3{font-size:1rem;margin:1.5rem 0 .3rem}p{margin:.3rem 0}\
    .wide{overflow-x:auto}table{border-collapse:collapse;width:100%}\
    th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #dde3ea}\
    td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.quiet{color:#5b6b7b}.bad{color:#a3261d}\
    code{font-size:.85em}a{color:#0b5cad}\
    @media(prefers-color-scheme:dark){body{background:#14191f;color:#dbe3ea}th,td{border-color:#33404d}\
    .quiet{color:#93a3b3}.bad{color:#f08b81}a{color:#7db8f0}}";

/// Uploads shown.
const UPLOADS: i64 = 30;
/// Refused keys shown of one upload.
const PROBLEMS: usize = 5;
/// Faults shown.
const PLAYED: i64 = 20;

/// The page; it loads itself again after so many seconds, if asked to.
pub(super) fn page(store: &Store, refresh: Option<u32>) -> Result<String> {
    let mut html = String::new();
    head(&mut html, store, refresh);
    let counts = held(&mut html, store)?;
    uploads(&mut html, store)?;
    played(&mut html, store)?;
    for (shape, _) in store.shapes.iter().zip(counts).filter(|(_, n)| *n > 0) {
        records::section(&mut html, store, shape)?;
    }
    put(&mut html, "</html>");
    Ok(html)
}

fn head(html: &mut String, store: &Store, refresh: Option<u32>) {
    let name = safe(&store.platform.name);
    html.push_str("<!doctype html><html lang=en><meta charset=utf-8>");
    html.push_str("<meta name=viewport content=\"width=device-width\">");
    if let Some(seconds) = refresh {
        put(html, &format!("<meta http-equiv=refresh content={seconds}>"));
    }
    put(html, &format!("<title>Practice platform {name}</title><style>{STYLE}</style>"));
    put(html, &format!("<h1>Practice platform {name}</h1>"));
    let again = match refresh {
        Some(seconds) => {
            format!("This page loads itself again every {seconds} seconds. <a href=\"/\">Stop that</a>.")
        }
        None => "<a href=\"/?refresh=2\">Keep this page up to date</a>.".to_owned(),
    };
    put(html, &format!("<p class=quiet>Nothing that arrives here leaves this machine. {again}</p>"));
}

/// Records per record type; gives how many keys of each have ever been sent.
fn held(html: &mut String, store: &Store) -> Result<Vec<i64>> {
    put(
        html,
        "<h2>Records it holds</h2><table><tr><th>Record type<th class=n>records<th class=n>changed since\
         <th class=n>refused",
    );
    let mut sent = Vec::new();
    for shape in &store.shapes {
        let text = sql::totals(shape);
        let (all, updated, refused, keys): (i64, i64, i64, i64) =
            store.db().one(&text, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
        sent.push(keys);
        if keys > 0 {
            let name = safe(&shape.name);
            let row = format!(
                "<tr><td><a href=\"#{name}\">{name}</a><td class=n>{all}<td class=n>{updated}<td class=n>{refused}"
            );
            put(html, &row);
        }
    }
    if sent.iter().all(|n| *n == 0) {
        put(html, "<tr><td class=quiet colspan=4>none yet");
    }
    put(html, "</table>");
    Ok(sent)
}

fn uploads(html: &mut String, store: &Store) -> Result<()> {
    put(
        html,
        "<h2>Last uploads</h2><div class=wide><table><tr><th class=n>no.<th>taken<th>state<th>what it did",
    );
    let uploads = store.uploads(UPLOADS)?;
    if uploads.is_empty() {
        put(html, "<tr><td class=quiet colspan=4>none yet");
    }
    for upload in &uploads {
        put(html, &upload_row(store, upload)?);
    }
    put(html, "</table></div>");
    Ok(())
}

fn upload_row(store: &Store, taken: &Taken) -> Result<String> {
    let upload = &taken.upload;
    let mut did = Vec::new();
    for result in store.results(upload.n)? {
        let words = ["new", "changed", "equal", "refused", "deleted"];
        let counts = result.counts.iter().zip(words).filter(|(n, _)| **n > 0);
        let counts: Vec<String> = counts.map(|(n, word)| format!("{n} {word}")).collect();
        did.push(format!("{}: {}", safe(&result.model), counts.join(", ")));
    }
    did.extend(upload.message.as_deref().map(|m| format!("<span class=bad>{}</span>", safe(m))));
    let problems = store.problems(upload.n)?;
    for problem in problems.iter().take(PROBLEMS) {
        let text = format!("{} {}", problem.key.replace('\u{1f}', " / "), problem.messages.join("; "));
        did.push(format!("<span class=bad>{}</span>", safe(&text)));
    }
    if problems.len() > PROBLEMS {
        did.push(format!("<span class=bad>and {} more</span>", problems.len() - PROBLEMS));
    }
    if taken.fault != "none" {
        did.push(format!("<span class=bad>fault played: {}</span>", safe(&taken.fault)));
    }
    did.push(format!(
        "<code class=quiet>{}{}, {} bytes, sha256 {}…</code>",
        form(taken.form),
        series(taken),
        upload.bytes,
        safe(upload.digest.get(..12).unwrap_or_default()),
    ));
    Ok(format!(
        "<tr><td class=n>{}<td>{}<td>{}<td>{}",
        upload.n,
        moment(&upload.created),
        safe(&upload.state),
        did.join("<br>"),
    ))
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Archive => "archive",
        Form::Batch => "JSON batch",
        Form::Request => "request to a connector",
    }
}

fn series(taken: &Taken) -> String {
    let about = &taken.about;
    let full = if about.full { ", full" } else { "" };
    if about.total > 1 { format!(" {} of {}{full}", about.batch, about.total) } else { full.to_owned() }
}

fn played(html: &mut String, store: &Store) -> Result<()> {
    type Row = (String, String, String);
    let faults: Vec<Row> =
        store.db().rows(sql::PLAYED, [PLAYED], |r| Ok((r.get(1)?, r.get(2)?, r.get(3)?)))?;
    if faults.is_empty() {
        return Ok(());
    }
    let counts: Vec<(String, i64)> =
        store.db().rows(sql::PLAYED_COUNT, [], |r| Ok((r.get(0)?, r.get(1)?)))?;
    let counts: Vec<String> = counts.iter().map(|(mode, n)| format!("{n} × {}", safe(mode))).collect();
    put(html, &format!("<h2>Faults played</h2><p>{}</p>", counts.join(", ")));
    put(html, "<table><tr><th>when<th>fault<th>request");
    for (when, request, mode) in &faults {
        put(html, &format!("<tr><td>{}<td>{}<td>{}", moment(when), safe(mode), safe(request)));
    }
    put(html, "</table>");
    Ok(())
}

/// A time of the store to the second.
fn moment(text: &str) -> String {
    safe(&text.get(..19).unwrap_or(text).replace('T', " ")).into_owned()
}

fn put(html: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(html, "{text}");
}
