//! What is said, in three forms: a subject with a plain text, and JSON.

use super::{Happening, State};
use crate::diagnostic::CODES;
use crate::env::Env;
use serde_json::{Map, Value, json};

/// A notification.
#[derive(Clone, Debug)]
pub struct Message {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The body of a webhook.
    pub json: Value,
    /// Its own identifier, the same in each attempt.
    pub id: String,
    /// Seconds since 1970, for the signature.
    pub timestamp: i64,
}

impl Message {
    /// What `event` (a word of `on`) says of a run.
    pub fn of(event: &str, happening: &Happening, env: &Env) -> Self {
        let headline = match event {
            "recovered" => "works again".to_owned(),
            _ => match happening.state {
                State::Failed => "the run failed".to_owned(),
                State::Guard => "nothing was sent, a guard stands in the way".to_owned(),
                State::Rejected => "some records were rejected or are unknown".to_owned(),
                State::Fine => "fine".to_owned(),
            },
        };
        let of = format!("{} in {}", happening.mapping, happening.environment);
        let subject = format!("crosswalk: {of}: {headline}");
        Self::made(event, subject, format!("{of}: {headline}."), happening, env)
    }

    /// A message that only shows that messages arrive.
    pub fn test(channel: &str, env: &Env) -> Self {
        let happening = Happening {
            command: "notify test",
            mapping: String::new(),
            environment: String::new(),
            plan: None,
            state: State::Fine,
            counts: Vec::new(),
            codes: Vec::new(),
            next: Vec::new(),
        };
        let subject = format!("crosswalk: a test of the notification {channel}");
        let first = format!("This is a test of the notification {channel}. Nothing was run or sent.");
        Self::made("test", subject, first, &happening, env)
    }

    fn made(event: &str, subject: String, first: String, happening: &Happening, env: &Env) -> Self {
        let id = env.random_id();
        let now = env.now();
        let json = body(event, &id, happening, &now.to_string());
        let text = text(first, event, happening);
        Self { subject, text, json, id, timestamp: now.as_second() }
    }
}

fn text(first: String, event: &str, happening: &Happening) -> String {
    let mut parts = vec![first];
    if !happening.counts.is_empty() {
        let counts: Vec<String> = happening.counts.iter().map(|(what, n)| format!("{n} {what}")).collect();
        parts.push(format!("Records: {}.", counts.join(", ")));
    }
    let problems: Vec<String> =
        problems(happening).map(|(code, title)| format!("  {code} {title}")).collect();
    if !problems.is_empty() {
        parts.push(format!("What is wrong:\n{}", problems.join("\n")));
    }
    if !happening.next.is_empty() {
        parts.push(format!("What to do next:\n  {}", happening.next.join("\n  ")));
    }
    if !matches!(event, "recovered" | "test") {
        parts.push("This is told once. You hear again when it changes, or when it works again.".to_owned());
    }
    format!("{}\n", parts.join("\n\n"))
}

/// Codes with their titles: what the message itself says may hold a field's value.
fn problems(happening: &Happening) -> impl Iterator<Item = (&'static str, &'static str)> {
    happening.codes.iter().filter_map(|code| CODES.iter().find(|(c, _)| c == code)).map(|(c, t)| (c.0, *t))
}

fn body(event: &str, id: &str, happening: &Happening, at: &str) -> Value {
    let counts: Map<String, Value> = happening.counts.iter().map(|(k, n)| (k.clone(), json!(n))).collect();
    let problems: Vec<Value> =
        problems(happening).map(|(code, title)| json!({ "code": code, "title": title })).collect();
    json!({
        "format": 1,
        "id": id,
        "event": event,
        "mapping": happening.mapping,
        "environment": happening.environment,
        "run": { "command": happening.command, "plan": happening.plan, "at": at },
        "outcomes": counts,
        "problems": problems,
        "next": happening.next,
    })
}
