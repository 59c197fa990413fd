//! `secret = { name = … }`: where a secret is found. Never the secret itself, which is refused without being repeated.

use super::walk::{Spot, Table, Value};
use crate::diagnostic::{Code, Diagnostic, Location};
use std::collections::BTreeMap;
use toml::de::DeValue;

/// Where a secret is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// An environment variable, or else the line of that name in `.env`.
    Variable(String),
    /// The keychain of the operating system.
    Keychain {
        /// Its service.
        service: String,
        /// Its account, or user name.
        account: String,
    },
    /// What a program prints.
    Command(Vec<String>),
}

/// Secrets by name, each with the place of its line.
pub type Secrets = BTreeMap<String, Spot<SecretPlace>>;

/// Longest name of a variable; longer ones are keys that were pasted in.
const NAME_MAX: usize = 64;

/// Reads the table `secret` of an environment or a notification.
pub(super) fn read(owner: &Table<'_>) -> Secrets {
    let Some(value) = owner.get("secret") else { return Secrets::new() };
    if !matches!(value.raw(), DeValue::Table(_)) {
        refuse(&value, "is not a table of secrets");
        return Secrets::new();
    }
    let Some(table) = value.table() else { return Secrets::new() };
    table
        .entries()
        .filter_map(|(name, value)| Some((name.value, Spot::new(place(&value)?, value.span()))))
        .collect()
}

fn place(value: &Value<'_>) -> Option<SecretPlace> {
    match value.raw() {
        DeValue::String(_) => variable(value),
        DeValue::Table(_) => one_of_three(value),
        _ => value.wrong("the name of an environment variable, or a table with env, keychain or command"),
    }
}

fn variable(value: &Value<'_>) -> Option<SecretPlace> {
    let name = value.text()?.value;
    if is_name(&name) {
        return Some(SecretPlace::Variable(name));
    }
    refuse(value, "is not the name of a variable");
    None
}

/// Without the line under a caret: the secret may stand there.
fn refuse(value: &Value<'_>, why: &str) {
    let at = Location { path: Some(value.path().to_owned()), ..Location::file(&value.walk().source().name) };
    let help = "Write where it is, never what it is: the name of an environment variable (letters, digits, _), \
                or { keychain = \"service/account\" }. If it was the secret, have a new one made.";
    let message = format!("`{}` {why}", value.path());
    value.walk().push(Diagnostic::error(Code::BAD_WORKSPACE, message).at(at).help(help));
}

/// A name that a variable can have, and that does not look like a key: those are long, of digits and letters mixed.
fn is_name(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let has = |of: fn(&char) -> bool| text.chars().any(|c| of(&c));
    let random =
        text.len() > 20 && !text.contains('_') && has(char::is_ascii_digit) && has(char::is_ascii_lowercase);
    begins && plain && text.len() <= NAME_MAX && !random
}

fn one_of_three(value: &Value<'_>) -> Option<SecretPlace> {
    let table = value.table()?;
    let (env, keychain, command) = (table.get("env"), table.get("keychain"), table.get("command"));
    table.done();
    match (env, keychain, command) {
        (Some(name), None, None) => variable(&name),
        (None, Some(entry), None) => self::keychain(&entry),
        (None, None, Some(words)) => self::command(&words),
        _ => {
            let message = format!("`{}` must say exactly one of env, keychain and command", value.path());
            value.error(Code::BAD_WORKSPACE, message, None);
            None
        }
    }
}

fn keychain(value: &Value<'_>) -> Option<SecretPlace> {
    let text = value.text()?.value;
    match text.rsplit_once('/') {
        Some((service, account)) if !service.is_empty() && !account.is_empty() => {
            Some(SecretPlace::Keychain { service: service.to_owned(), account: account.to_owned() })
        }
        _ => value.wrong("\"service/account\" of an entry in the keychain"),
    }
}

fn command(value: &Value<'_>) -> Option<SecretPlace> {
    let words: Vec<String> = match value.raw() {
        DeValue::Array(_) => value.texts()?.into_iter().map(|w| w.value).collect(),
        _ => return value.wrong("a list: the program, then each of its arguments"),
    };
    match words.first() {
        Some(program) if !program.is_empty() => Some(SecretPlace::Command(words)),
        _ => value.wrong("a list: the program, then each of its arguments"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::walk;

    fn read_one(text: &str) -> Result<SecretPlace, String> {
        let text = format!("secret = {{ k = {text} }}");
        match walk::read("crosswalk.toml", &text, |root| {
            let all = read(root);
            root.done();
            all
        }) {
            Ok((all, _)) => all.get("k").map(|s| s.value.clone()).ok_or_else(String::new),
            Err(errors) => Err(format!("{errors} {errors:?}")),
        }
    }

    #[test]
    fn a_place_is_a_variable_the_keychain_or_a_command() {
        let variable = SecretPlace::Variable("LOCKSTEP_KEY".into());
        assert_eq!(read_one("\"LOCKSTEP_KEY\"").unwrap(), variable);
        assert_eq!(read_one("{ env = \"LOCKSTEP_KEY\" }").unwrap(), variable);
        let keychain = SecretPlace::Keychain { service: "crosswalk/oslo".into(), account: "api".into() };
        assert_eq!(read_one("{ keychain = \"crosswalk/oslo/api\" }").unwrap(), keychain);
        let command = SecretPlace::Command(vec!["op".into(), "read".into(), "op://a/b".into()]);
        assert_eq!(read_one("{ command = [\"op\", \"read\", \"op://a/b\"] }").unwrap(), command);
    }

    #[test]
    fn anything_else_is_a_mistake() {
        for text in [
            "{ }",
            "{ env = \"A\", keychain = \"a/b\" }",
            "{ keychain = \"a\" }",
            "{ command = \"op read\" }",
            "{ command = [] }",
            "{ file = \"key.txt\" }",
            "17",
        ] {
            assert!(read_one(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_secret_itself_is_refused_and_not_repeated() {
        for key in ["sk-live-4242", "a key with blanks", "8fJ2kdl39sKDlw03kdLs93kd", &"a".repeat(80), ""] {
            let said = read_one(&format!("\"{key}\"")).unwrap_err();
            assert!(said.contains("E235"), "{said}");
            // What is printed of it: message, help, and no line of the file.
            assert!(key.is_empty() || !said.contains(key), "{said}");
        }
    }
}
