//! The digest of a platform file's meaning: every setting that is not at its default as one `name=value` line, in a
//! fixed order, without comments, docs, layout and the order of keys. A setting added in a later version of the
//! program leaves the digest of files that do not use it as it is.

use super::{Answer, Field, Lists, Model, Platform, Transport, Wire};
use sha2::{Digest, Sha256};
use std::fmt::{Debug, Write as _};

/// SHA-256 of the canonical text, hexadecimal.
pub(super) fn of(platform: &Platform) -> String {
    let hash = Sha256::digest(canonical(platform).as_bytes());
    hash.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Collects the lines.
struct Lines(String);

impl Lines {
    fn put(&mut self, name: &str, value: impl Debug) {
        let _ = writeln!(self.0, "{name}={value:?}");
    }

    fn put_if(&mut self, wanted: bool, name: &str, value: impl Debug) {
        if wanted {
            self.put(name, value);
        }
    }

    fn put_some(&mut self, name: &str, value: Option<impl Debug>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }
}

fn canonical(platform: &Platform) -> String {
    let mut lines = Lines("platform 1\n".to_owned());
    lines.put("name", &platform.name);
    for (destination, address) in &platform.at {
        lines.put("at", (destination, address));
    }
    lines.put_some("auth", platform.auth.as_ref().map(|a| (&a.header, &a.prefix, &a.secret)));
    lines.put_if(platform.auth.as_ref().is_some_and(|a| a.base64), "encode", "base64");
    lines.put_some("account", platform.account.as_ref().map(|a| (&a.get, &a.is)));
    transport(&mut lines, &platform.transport);
    answer(&mut lines, &platform.answer);
    platform.models.iter().for_each(|m| model(&mut lines, m));
    platform.values.iter().for_each(|v| lines.put("value", v));
    lines.0
}

fn transport(lines: &mut Lines, t: &Transport) {
    lines.put("transport", (t.kind, t.format, t.resend, t.update, t.clear, t.header));
    lines.put_some("upload", t.upload.as_ref().map(|u| (&u.post, &u.part)));
    lines.put_some("poll", t.poll.as_ref().map(|p| (&p.get, p.every_ms, p.for_ms)));
    lines.put("pointers", (&t.id, &t.state));
    lines.put_some("find", t.find.as_ref());
    lines.put("over_after", t.over_after_ms);
    lines.put("limits", (t.records_max, t.bytes_max, t.per_second));
    lines.put_if(t.parallel > 1, "parallel", t.parallel);
    lines.put_if(!t.transient.is_empty(), "transient", &t.transient);
    lines.put_if(t.look_up_lag_ms > 0, "look_up_lag", t.look_up_lag_ms);
    lines.put_some("idempotency", t.idempotency.as_ref());
    lines.put_some("cancel", t.cancel.as_ref());
    lines.put_some("series", t.series.as_ref().map(|s| (&s.current, &s.total, &s.parent)));
}

fn answer(lines: &mut Lines, a: &Answer) {
    lines.put_if(a.lists == Lists::Exceptions, "lists", a.lists);
    lines.put("states", (&a.final_states, &a.infer_after));
    lines.put("errors", (&a.errors, &a.skips, a.skip_is_accepted));
    lines.put("counts", (&a.counts, a.equal_uncounted));
    lines.put_if(!a.accepted.is_empty(), "accepted", &a.accepted);
    lines.put_if(a.verify > 0, "verify", a.verify);
}

fn model(lines: &mut Lines, m: &Model) {
    lines.put("model", (&m.name, &m.file, &m.key));
    lines.put("answers", &m.answers);
    lines.put_if(m.array != m.name, "array", &m.array);
    lines.put_some("read", m.read.as_ref().map(|r| (&r.get, &r.records, &r.id)));
    lines.put_some("calls", m.calls.as_ref());
    lines.put_if(m.singleton, "singleton", true);
    lines.put_if(m.whole, "whole", true);
    lines.put_if(m.delete, "delete", true);
    lines.put_if(!m.after.is_empty(), "after", &m.after);
    lines.put_some("deactivate", m.deactivate.as_ref());
    m.fields.iter().for_each(|f| field(lines, f));
}

fn field(lines: &mut Lines, f: &Field) {
    lines.put("field", (&f.name, f.ty));
    lines.put_some("length", f.length.map(|n| (n, f.sure)));
    lines.put_if(f.required, "required", true);
    lines.put_if(!f.one_of.is_empty(), "enum", &f.one_of);
    lines.put_some("pattern", f.pattern.as_ref());
    lines.put_some("ref", f.refers.as_ref().map(|r| (&r.model, &r.field, r.later)));
    lines.put_if(f.ignore, "ignore", true);
    lines.put_if(f.wire != Wire::default(), "wire", &f.wire);
    lines.put_if(f.personal, "personal", true);
    lines.put_if(f.utc, "zone", "utc");
}
