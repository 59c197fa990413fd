//! The sections `[transport]` and `[answer]` of a platform file.

use super::parse::path;
use super::{
    Answer, BodyFormat, Clear, HeaderCase, Lists, Poll, Resend, Series, Transport, TransportKind, Update,
    Upload,
};
use crate::diagnostic::Code;
use crate::spec::walk::{Spot, Table};
use std::collections::BTreeMap;

const KINDS: &[(&str, TransportKind)] = &[
    ("zip-upload", TransportKind::ZipUpload),
    ("json-batch", TransportKind::JsonBatch),
    ("upsert", TransportKind::Upsert),
    ("connector", TransportKind::Connector),
    ("files", TransportKind::Files),
];

/// Most uploads under way at once: each holds its bytes in memory.
const PARALLEL_MAX: u32 = 16;

/// Reads `[transport]`; what is missing or wrong is noted and stands at its default.
pub(super) fn transport(root: &Table<'_>) -> Transport {
    let mut made = Transport {
        kind: TransportKind::ZipUpload,
        format: BodyFormat::Csv,
        resend: Resend::None,
        update: Update::Whole,
        clear: Clear::Null,
        header: HeaderCase::AsIs,
        upload: None,
        poll: None,
        id: "/id".to_owned(),
        state: "/state".to_owned(),
        find: None,
        over_after_ms: 15 * 60_000,
        records_max: 10_000,
        bytes_max: 20_000_000,
        per_second: 5,
        parallel: 1,
        transient: Vec::new(),
        look_up_lag_ms: 0,
        idempotency: None,
        cancel: None,
        series: None,
    };
    if let Some(table) = root.need("transport").and_then(|v| v.table()) {
        // Said for a transport, never guessed.
        let _ = table.need("kind");
        settings(&table, &mut made);
    }
    made
}

/// Reads `[way.<name>]`: `base` with the settings that stand there.
pub(super) fn ways(root: &Table<'_>, base: &Transport) -> BTreeMap<String, Transport> {
    let mut ways = BTreeMap::new();
    let Some(all) = root.table("way") else { return ways };
    for (name, value) in all.entries() {
        if let Some(table) = value.table() {
            let mut made = base.clone();
            settings(&table, &mut made);
            ways.insert(name.value, made);
        }
    }
    ways
}

fn settings(table: &Table<'_>, made: &mut Transport) {
    if let Some(value) = table.get("kind") {
        set(&mut made.kind, value.one_of(KINDS));
    }
    format(table, made);
    wording(table, made);
    requests(table, made);
    limits(table, made);
    table.done();
}

/// Only an archive or a folder can hold CSV; everything else sends JSON.
fn format(table: &Table<'_>, made: &mut Transport) {
    let files = matches!(made.kind, TransportKind::ZipUpload | TransportKind::Files);
    if !files {
        made.format = BodyFormat::Jsonl;
    }
    if made.kind == TransportKind::Files {
        // A file is there or not; written again it is the same file.
        made.resend = Resend::Upsert;
        made.over_after_ms = 0;
    }
    let Some(format) = table.one_of("format", &[("csv", BodyFormat::Csv), ("jsonl", BodyFormat::Jsonl)])
    else {
        return;
    };
    if format.value == BodyFormat::Csv && !files {
        let message = "this transport sends JSON; CSV is for zip-upload and files";
        let help = Some("Leave `format` out.".to_owned());
        table.walk().error(Code::BAD_PLATFORM, &format.span, message, help);
    }
    made.format = format.value;
}

fn wording(table: &Table<'_>, made: &mut Transport) {
    let resend = &[
        ("upsert", Resend::Upsert),
        ("header", Resend::Header),
        ("look-up", Resend::LookUp),
        ("none", Resend::None),
    ];
    if made.kind == TransportKind::Upsert {
        made.resend = Resend::LookUp;
    }
    set(&mut made.resend, table.one_of("resend", resend));
    set(&mut made.update, table.one_of("update", &[("whole", Update::Whole), ("changed", Update::Changed)]));
    let clear = &[("null", Clear::Null), ("", Clear::Empty), ("impossible", Clear::Impossible)];
    set(&mut made.clear, table.one_of("clear", clear));
    let header = &[("as-is", HeaderCase::AsIs), ("pascal", HeaderCase::Pascal)];
    set(&mut made.header, table.one_of("header", header));
    // The one order there is: a model's uploads end before a model that refers to it starts.
    let _ = table.one_of("order", &[("levels", ())]);
}

fn requests(table: &Table<'_>, made: &mut Transport) {
    let upload = table.table("upload").and_then(|t| {
        let (post, part) = (path(&t, "post"), t.text("part"));
        t.done();
        Some(Upload { post: post?.value, part: part.map_or_else(|| "file".to_owned(), |p| p.value) })
    });
    keep(&mut made.upload, upload);
    let poll = table.table("poll").and_then(|t| {
        let (get, every, duration) = (path(&t, "get"), t.duration_ms("every"), t.duration_ms("for"));
        t.done();
        let get = get?;
        if !get.value.contains("{id}") {
            let help = Some("The platform's id of the upload goes there.".to_owned());
            t.walk().error(Code::BAD_PLATFORM, &get.span, "the path polled lacks `{id}`", help);
        }
        let every_ms = every.map_or(2000, |e| e.value.max(1));
        Some(Poll { get: get.value, every_ms, for_ms: duration.map_or(1_800_000, |d| d.value) })
    });
    keep(&mut made.poll, poll);
    keep(&mut made.find, one_path(table, "find", "get"));
    keep(&mut made.cancel, one_path(table, "cancel", "delete"));
    let series = table.table("series").and_then(|t| {
        let names = (t.need_text("current"), t.need_text("total"), t.need_text("parent"));
        t.done();
        Some(Series { current: names.0?.value, total: names.1?.value, parent: names.2?.value })
    });
    keep(&mut made.series, series);
    if table.boolean("answers_at_once").is_some_and(|b| b.value) {
        made.poll = None;
    }
    set(&mut made.id, table.text("id"));
    set(&mut made.state, table.text("state"));
    set(&mut made.over_after_ms, table.duration_ms("over_after"));
    set(&mut made.look_up_lag_ms, table.duration_ms("look_up_lag"));
    repeating(table, made);
    let (upload, poll) = (made.upload.is_none(), made.poll.is_none());
    let (kind, lacking) = match made.kind {
        TransportKind::ZipUpload => ("zip-upload", vec![("upload", upload), ("poll", poll)]),
        // Without `poll` it is answered at once.
        TransportKind::JsonBatch => ("json-batch", vec![("upload", upload)]),
        _ => ("", Vec::new()),
    };
    for (key, _) in lacking.iter().filter(|(key, none)| *none && !table.has(key)) {
        table.error(Code::MISSING_KEY, format!("`transport` lacks `{key}`, which {kind} needs"), None);
    }
}

fn one_path(table: &Table<'_>, key: &'static str, verb: &'static str) -> Option<String> {
    let t = table.table(key)?;
    let found = path(&t, verb);
    t.done();
    found.map(|p| p.value)
}

/// A way keeps what it does not say.
fn keep<T>(place: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *place = value;
    }
}

/// What is sent again, and how the platform knows it then.
fn repeating(table: &Table<'_>, made: &mut Transport) {
    for status in table.get("transient").and_then(|v| v.list()).unwrap_or_default() {
        let Some(status) = status.unsigned() else { continue };
        match u16::try_from(status.value).ok().filter(|n| matches!(n, 408 | 425 | 500..=599)) {
            Some(n) => made.transient.push(n),
            None => {
                let message = format!("{} is no status that could pass by itself", status.value);
                let help = Some("408, 425 and those from 500 on may be.".to_owned());
                table.walk().error(Code::BAD_PLATFORM, &status.span, message, help);
            }
        }
    }
    keep(&mut made.idempotency, table.text("idempotency").map(|t| t.value));
    if made.resend == Resend::Header && made.idempotency.is_none() {
        let help = Some("Such as idempotency = \"Idempotency-Key\".".to_owned());
        table.error(Code::MISSING_KEY, "`resend = \"header\"` lacks `idempotency`, the header's name", help);
    }
}

fn limits(table: &Table<'_>, made: &mut Transport) {
    let Some(limits) = table.table("limits") else { return };
    set(&mut made.records_max, limits.unsigned("records"));
    set(&mut made.bytes_max, limits.bytes("bytes"));
    if let Some(n) = limits.unsigned("per_second") {
        made.per_second = u32::try_from(n.value).unwrap_or(u32::MAX);
    }
    if let Some(n) = limits.unsigned("parallel") {
        made.parallel = u32::try_from(n.value).unwrap_or(u32::MAX).min(PARALLEL_MAX);
    }
    let (per_second, parallel) = (u64::from(made.per_second), u64::from(made.parallel));
    for (key, value) in [
        ("records", made.records_max),
        ("bytes", made.bytes_max),
        ("per_second", per_second),
        ("parallel", parallel),
    ] {
        if value == 0 {
            limits.error(Code::BAD_PLATFORM, format!("`{key}` is 0, so nothing could be sent"), None);
        }
    }
    limits.done();
}

/// Reads `[answer]`, which may be missing for a transport that is answered at once.
pub(super) fn answer(root: &Table<'_>) -> Answer {
    let mut made = Answer {
        lists: Lists::All,
        final_states: Vec::new(),
        infer_after: Vec::new(),
        errors: String::new(),
        skips: String::new(),
        accepted: String::new(),
        skip_is_accepted: false,
        counts: Vec::new(),
        equal_uncounted: false,
        verify: 0,
    };
    let Some(table) = root.table("answer") else { return made };
    let lists = &[("all", Lists::All), ("exceptions", Lists::Exceptions)];
    set(&mut made.lists, table.one_of("lists", lists));
    made.final_states = texts(&table, "final");
    for state in table.texts("infer_after").unwrap_or_default() {
        if !made.final_states.contains(&state.value) {
            let message = format!("`infer_after` has \"{}\", which is not in `final`", state.value);
            table.walk().error(Code::BAD_PLATFORM, &state.span, message, None);
        }
        made.infer_after.push(state.value);
    }
    set(&mut made.errors, table.text("errors"));
    set(&mut made.skips, table.text("skips"));
    set(&mut made.accepted, table.text("accepted"));
    let skip_is = table.one_of("skip_is", &[("accepted", true), ("rejected", false)]);
    set(&mut made.skip_is_accepted, skip_is);
    made.counts = texts(&table, "counts");
    set(&mut made.equal_uncounted, table.one_of("equal", &[("uncounted", true), ("counted", false)]));
    if let Some(n) = table.unsigned("verify") {
        made.verify = u32::try_from(n.value).unwrap_or(u32::MAX);
    }
    table.done();
    made
}

fn texts(table: &Table<'_>, key: &'static str) -> Vec<String> {
    table.texts(key).unwrap_or_default().into_iter().map(|t| t.value).collect()
}

fn set<T>(place: &mut T, value: Option<Spot<T>>) {
    if let Some(value) = value {
        *place = value.value;
    }
}
