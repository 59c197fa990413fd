//! `[notify.<name>]` of the workspace file: who is told what became of a run, and how.

use super::secret::{self, Secrets};
use super::walk::{Spot, Table};
use crate::diagnostic::Code;
use std::collections::BTreeMap;

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// The run did not come to its end.
    Failed,
    /// It did, but records were rejected, or nobody knows what became of them.
    Rejected,
    /// Nothing was sent: a guard stands in the way.
    Guard,
    /// It works again.
    Recovered,
}

impl Event {
    /// Its word in the file.
    pub fn word(self) -> &'static str {
        EVENTS.iter().find(|(_, e)| *e == self).map_or("", |(word, _)| word)
    }
}

const EVENTS: &[(&str, Event)] = &[
    ("failed", Event::Failed),
    ("rejected", Event::Rejected),
    ("guard", Event::Guard),
    ("recovered", Event::Recovered),
];

/// How the connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// From the first byte (port 465).
    Whole,
    /// By STARTTLS, which the server must offer (port 587).
    Start,
    /// Not at all: only on this machine.
    None,
}

const TLS: &[(&str, MailTls)] =
    &[("tls", MailTls::Whole), ("starttls", MailTls::Start), ("none", MailTls::None)];

/// A mail server and who writes to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Its name.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// Its encryption.
    pub tls: MailTls,
    /// Who logs in; the password is the secret `password`.
    pub user: Option<String>,
    /// The sender's address.
    pub from: Spot<String>,
    /// The receivers' addresses.
    pub to: Vec<Spot<String>>,
}

/// The way a notification goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A signed POST; the key of the signature is the secret `sign`.
    Webhook {
        /// Where to.
        url: String,
    },
    /// A webhook of Slack, Mattermost and the like; its address is the secret `url`.
    Slack,
    /// A mail.
    Smtp(Mail),
}

/// One `[notify.<name>]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name, with its place.
    pub name: Spot<String>,
    /// The way.
    pub kind: Kind,
    /// What it wants to hear.
    pub on: Vec<Event>,
    /// Of which mappings; all when empty.
    pub mappings: Vec<String>,
    /// Of which environments; all when empty. Never the rehearsal.
    pub environments: Vec<String>,
    /// Its secrets.
    pub secrets: Secrets,
    /// A file of certificates to trust.
    pub ca: Option<Spot<String>>,
    /// A proxy of its own.
    pub proxy: Option<Spot<String>>,
}

/// Reads `[notify.*]`.
pub(super) fn read(root: &Table<'_>) -> Vec<Channel> {
    let Some(all) = root.table("notify") else { return Vec::new() };
    let found: BTreeMap<String, Channel> = all
        .entries()
        .filter_map(|(name, value)| channel(name, &value.table()?).map(|c| (c.name.value.clone(), c)))
        .collect();
    found.into_values().collect()
}

#[derive(Clone, Copy)]
enum Word {
    Webhook,
    Slack,
    Smtp,
}

const KINDS: &[(&str, Word)] = &[("webhook", Word::Webhook), ("slack", Word::Slack), ("smtp", Word::Smtp)];

fn channel(name: Spot<String>, t: &Table<'_>) -> Option<Channel> {
    let word = t.need("kind").and_then(|v| v.one_of(KINDS));
    let secrets = secret::read(t);
    let kind = word.and_then(|word| match word.value {
        Word::Webhook => webhook(t, &secrets),
        Word::Slack => needs(t, &secrets, "url").then_some(Kind::Slack),
        Word::Smtp => mail(t, &secrets).map(Kind::Smtp),
    });
    let list = |key| t.texts(key).into_iter().flatten().map(|w| w.value).collect();
    let (on, mappings, environments) = (events(t), list("mapping"), list("env"));
    let (ca, proxy) = (t.file_path("ca"), t.text("proxy"));
    // Without a kind nobody has asked for the rest, which would all be unknown.
    if kind.is_some() {
        t.done();
    }
    Some(Channel { name, kind: kind?, on, mappings, environments, secrets, ca, proxy })
}

fn events(t: &Table<'_>) -> Vec<Event> {
    match t.get("on") {
        None => EVENTS.iter().map(|(_, event)| *event).collect(),
        Some(value) => value
            .list()
            .unwrap_or_default()
            .iter()
            .filter_map(|v| v.one_of(EVENTS).map(|e| e.value))
            .collect(),
    }
}

/// Notes a secret that the kind needs and the table does not name.
fn needs(t: &Table<'_>, secrets: &Secrets, name: &'static str) -> bool {
    let there = secrets.contains_key(name);
    if !there {
        let message = format!("`{}` lacks the secret `{name}`", t.path());
        let help = format!("Add: secret = {{ {name} = \"NAME_OF_A_VARIABLE\" }}");
        t.error(Code::MISSING_KEY, message, Some(help));
    }
    there
}

fn webhook(t: &Table<'_>, secrets: &Secrets) -> Option<Kind> {
    let url = t.need_text("url");
    let signed = needs(t, secrets, "sign");
    let url = url?.value;
    signed.then_some(Kind::Webhook { url })
}

fn mail(t: &Table<'_>, secrets: &Secrets) -> Option<Mail> {
    let (server, from) = (t.need_text("server"), t.need_text("from"));
    let to = t.need("to").and_then(|v| v.texts());
    let (user, port) = (t.text("user").map(|u| u.value), t.unsigned("port"));
    let tls = t.one_of("tls", TLS).map(|w| w.value);
    if user.is_some() && !needs(t, secrets, "password") {
        return None;
    }
    let (server, from, to) = (server?, from?, to?);
    let port = match port {
        None => None,
        Some(port) => match u16::try_from(port.value) {
            Ok(number) => Some(number),
            Err(_) => {
                t.walk().error(Code::WRONG_TYPE, &port.span, "a port is a number up to 65535", None);
                return None;
            }
        },
    };
    let tls = tls.unwrap_or(if port == Some(465) { MailTls::Whole } else { MailTls::Start });
    let here = matches!(server.value.as_str(), "localhost" | "127.0.0.1" | "::1");
    if tls == MailTls::None && !here {
        let message = "a mail server elsewhere is not spoken to without encryption";
        let help = "Write tls = \"starttls\" (port 587) or tls = \"tls\" (port 465).";
        t.walk().error(Code::BAD_WORKSPACE, &server.span, message, Some(help.to_owned()));
        return None;
    }
    let usual = if tls == MailTls::Whole { 465 } else { 587 };
    Some(Mail { server: server.value, port: port.unwrap_or(usual), tls, user, from, to })
}
