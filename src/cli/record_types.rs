//! `help lockstep` and `help InvoiceSyncModel`: what a platform takes, from its file.

use crate::env::Env;
use crate::job::Workplace;
use crate::spec::platform::{self, Field, FieldType, Model, Platform};
use std::path::PathBuf;

/// The answer on a platform, or on a record type of one; neither needs a workspace.
pub(super) fn answer(topic: &str, env: &Env) -> Option<String> {
    let root = Workplace::find(env).map_or_else(|_| PathBuf::new(), |place| place.root);
    let platforms = platform::names(&root).into_iter().filter_map(|name| platform::load(&root, &name).ok());
    platforms.into_iter().find_map(|p| {
        if p.name.eq_ignore_ascii_case(topic) {
            return Some(types(&p));
        }
        let called = |m: &&Model| m.name.eq_ignore_ascii_case(topic);
        p.models.iter().find(called).map(|m| fields(&p, m))
    })
}

fn types(platform: &Platform) -> String {
    let mut out =
        format!("Record types of {} (crosswalk help NAME lists the fields of one):\n", platform.name);
    for model in &platform.models {
        let key = match (model.key.is_empty(), model.singleton) {
            (false, _) => format!("key {}", model.key.join(", ")),
            (true, true) => "one record".to_owned(),
            (true, false) => "no key".to_owned(),
        };
        let fields = if model.fields.len() == 1 { "field" } else { "fields" };
        out.push_str(&format!("  {:<42} {:>3} {fields}, {key}\n", model.name, model.fields.len()));
    }
    out
}

fn fields(platform: &Platform, model: &Model) -> String {
    let mut out = format!("{} of {}; * marks what the platform requires\n", model.name, platform.name);
    let widest = model.fields.iter().map(|f| f.name.len()).max().unwrap_or_default();
    for field in &model.fields {
        let mark = if field.required { '*' } else { ' ' };
        out.push_str(&format!("{mark} {:<widest$}  {}\n", field.name, told(field)));
        if !field.one_of.is_empty() {
            out.push_str(&format!("  {:<widest$}  one of {}\n", "", field.one_of.join(", ")));
        }
    }
    out
}

/// Type, what it refers to, and what it is.
fn told(field: &Field) -> String {
    let mut parts = vec![match (field.ty, field.length) {
        (FieldType::Text, Some(length)) => format!("text, {length}"),
        (FieldType::Decimal(scale), _) => format!("number, {scale} decimals"),
        (ty, _) => ty.words().to_owned(),
    }];
    parts.extend(field.refers.as_ref().map(|r| format!("key of a {}", r.model)));
    format!("{}. {}", parts.join("; "), field.doc)
}
