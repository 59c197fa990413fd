//! Secrets by name: from the environment, `.env`, the keychain, or a command.
//!
//! In: the place that `crosswalk.toml` names. Out: the secret, or a message that says where it was looked for. What a
//! command prints beside the secret, and what stands in `.env`, is in no message.

use super::dotenv;
use crate::diagnostic::{Code, Diagnostic, Location, Result, TomlSource};
use crate::env::{Env, within};
use crate::platform::Secret;
use crate::spec::secret::{SecretPlace, Secrets};
use crate::spec::walk::Spot;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest time for a keychain or a command.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest secret.
const LENGTH_MAX: u64 = 64 << 10;

/// Where secrets are looked for.
pub(super) struct Finder<'a> {
    /// The world.
    pub env: &'a Env,
    /// The workspace's folder.
    pub root: &'a Path,
    /// The workspace file.
    pub toml: &'a Arc<TomlSource>,
}

impl Finder<'_> {
    /// The secret of that name, among those that `section` (such as `env.oslo`) names.
    ///
    /// # Errors
    /// E510 when it is named nowhere or not set, E520 when its place cannot be asked.
    pub fn find(&self, section: &str, name: &str, secrets: &Secrets) -> Result<Secret> {
        let Some(place) = secrets.get(name) else {
            let owner = match section.split_once('.') {
                Some(("env", environment)) => format!("environment {environment}"),
                _ => section.to_owned(),
            };
            let message = format!("{owner} does not say where the secret `{name}` is");
            let help = format!("Add `secret = {{ {name} = \"NAME_OF_A_VARIABLE\" }}` to [{section}].");
            return Diagnostic::error(Code::NO_SECRET, message).help(help).alone();
        };
        match &place.value {
            SecretPlace::Variable(variable) => self.variable(name, variable),
            SecretPlace::Keychain { service, account } => self.keychain(name, service, account, place),
            SecretPlace::Command(words) => self.command(name, words, place),
        }
    }

    fn variable(&self, name: &str, variable: &str) -> Result<Secret> {
        let value = match self.env.var(variable) {
            Some(value) => Some(value.to_owned()),
            None => self.dotenv(name, variable)?,
        };
        match value.map(|v| Secret::new(&v)).filter(|s| !s.is_empty()) {
            Some(secret) => Ok(secret),
            None => Diagnostic::error(Code::NO_SECRET, format!("the secret `{name}` is not set"))
                .help(format!(
                    "Set the environment variable {variable}, or write it into a file .env beside crosswalk.toml."
                ))
                .alone(),
        }
    }

    fn dotenv(&self, name: &str, variable: &str) -> Result<Option<String>> {
        let path = self.root.join(ENV_FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => {
                let message = format!("the secret `{name}` cannot be read: {}", e.kind());
                return Diagnostic::error(Code::SECRET_PLACE, message).at(Location::file(ENV_FILE)).alone();
            }
        };
        dotenv::value(&text, variable).or_else(|line| {
            let message = format!("the secret `{name}` cannot be read: a quote is never closed");
            Diagnostic::error(Code::SECRET_PLACE, message).at(Location::line(ENV_FILE, line)).alone()
        })
    }

    fn keychain(
        &self,
        name: &str,
        service: &str,
        account: &str,
        place: &Spot<SecretPlace>,
    ) -> Result<Secret> {
        let (of, user) = (service.to_owned(), account.to_owned());
        let asked = within(PATIENCE, move || ask_keychain(&of, &user));
        let entry = format!("service \"{service}\", account \"{account}\"");
        let (code, message, help) = match asked {
            Some(Ok(Some(secret))) if !secret.is_empty() => return Ok(secret),
            Some(Ok(_)) => (
                Code::NO_SECRET,
                format!("the secret `{name}` is not in the keychain"),
                format!("Put it there: {entry}."),
            ),
            Some(Err(why)) => (
                Code::SECRET_PLACE,
                format!("the keychain with the secret `{name}` cannot be reached: {why}"),
                "On Linux it is the secret service of the desktop (GNOME Keyring, KWallet), which a scheduled run does \
                 not have. There, name an environment variable or a command instead."
                    .to_owned(),
            ),
            None => (
                Code::SECRET_PLACE,
                format!("the keychain did not give the secret `{name}` within 30 seconds"),
                "Is it locked, and asking for its password in a window? A scheduled run needs one that is open."
                    .to_owned(),
            ),
        };
        self.located(code, message, place, help)
    }

    fn command(&self, name: &str, words: &[String], place: &Spot<SecretPlace>) -> Result<Secret> {
        let Some((program, arguments)) = words.split_first() else {
            return self.located(Code::SECRET_PLACE, "there is no command".to_owned(), place, String::new());
        };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.root);
        printed(command, PATIENCE).or_else(|why| {
            let message = format!("the command for the secret `{name}` failed: {why}");
            let shown = words.first().cloned().unwrap_or_default();
            let help = format!(
                "Call {shown} by hand in the workspace's folder, with the arguments of this line: it must print the secret \
                 alone, and need no answer."
            );
            self.located(Code::SECRET_PLACE, message, place, help)
        })
    }

    fn located<T>(&self, code: Code, message: String, place: &Spot<SecretPlace>, help: String) -> Result<T> {
        let at = Location::toml(self.toml, place.span.clone());
        Diagnostic::error(code, message).at(at).help(help).alone()
    }
}

const ENV_FILE: &str = ".env";

/// A warning when `.env` can be read by others than its owner, and a secret is to be found in it.
pub fn open_env_file(root: &Path, secrets: &Secrets) -> Option<Diagnostic> {
    let wanted = secrets.values().any(|p| matches!(p.value, SecretPlace::Variable(_)));
    let mode = mode(&root.join(ENV_FILE))?;
    (wanted && mode & 0o077 != 0).then(|| {
        let message = format!("the secrets in .env can be read by others (mode {:o})", mode & 0o777);
        Diagnostic::warning(Code::OPEN_ENV_FILE, message)
            .at(Location::file(ENV_FILE))
            .help("Keep it to yourself: chmod 600 .env")
    })
}

#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(std::fs::metadata(path).ok()?.permissions().mode())
}

/// Elsewhere who may read a file is not said by a mode.
#[cfg(not(unix))]
fn mode(_: &Path) -> Option<u32> {
    None
}

/// What a keychain answers: the secret, nothing under that name, or why it cannot be asked.
fn ask_keychain(service: &str, account: &str) -> std::result::Result<Option<Secret>, String> {
    use keyring::{Entry, Error};
    if let Err(why) = Entry::store_status() {
        return Err(why.to_string());
    }
    match Entry::new(service, account).and_then(|entry| entry.get_password()) {
        Ok(password) => Ok(Some(Secret::new(&password))),
        Err(Error::NoEntry) => Ok(None),
        // These carry what was stored.
        Err(Error::BadEncoding(_) | Error::BadDataFormat(..)) => Err("what it holds is no text".to_owned()),
        Err(why) => Err(why.to_string()),
    }
}

/// Runs a command without a shell; gives what it printed, as a secret. Its error output is thrown away.
fn printed(mut command: Command, patience: Duration) -> std::result::Result<Secret, String> {
    let begun = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|e| format!("it cannot be started ({})", e.kind()))?;
    let out = child.stdout.take();
    let read = within(patience, move || {
        let mut text = zeroize::Zeroizing::new(String::new());
        out.map(|out| out.take(LENGTH_MAX + 1).read_to_string(&mut text).map(|_| text))
    });
    let Some(read) = read else {
        drop(child.kill());
        drop(child.wait());
        return Err("it took longer than 30 seconds and was ended".to_owned());
    };
    if let Some(Ok(text)) = &read
        && text.len() as u64 > LENGTH_MAX
    {
        drop(child.kill());
        drop(child.wait());
        return Err("it printed more than 64 KiB".to_owned());
    }
    let status = ended(&mut child, patience.saturating_sub(begun.elapsed()))
        .ok_or("it took longer than 30 seconds and was ended")?;
    if !status.success() {
        return Err(status.to_string());
    }
    match read {
        Some(Ok(text)) if text.trim().is_empty() => Err("it printed nothing".to_owned()),
        Some(Ok(text)) if text.trim().contains('\n') => Err("it printed more than one line".to_owned()),
        Some(Ok(text)) => Ok(Secret::new(&text)),
        Some(Err(_)) | None => Err("what it printed is no text".to_owned()),
    }
}

/// The exit status of a child that has closed its output; one that goes on is ended.
fn ended(child: &mut std::process::Child, patience: Duration) -> Option<std::process::ExitStatus> {
    let until = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            _ => break,
        }
    }
    drop(child.kill());
    drop(child.wait());
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &[&str], patience_ms: u64) -> std::result::Result<Secret, String> {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        printed(command, Duration::from_millis(patience_ms))
    }

    #[test]
    fn a_command_gives_the_one_line_it_prints() {
        assert_eq!(run(&["echo", "  canary "], 30_000).unwrap().expose(), "canary");
        // No shell: what looks like one is an argument.
        assert_eq!(run(&["echo", "$(id); a|b"], 30_000).unwrap().expose(), "$(id); a|b");
    }

    #[test]
    fn what_goes_wrong_is_told_without_what_was_printed() {
        let said = |script: &str| run(&["sh", "-c", script], 30_000).unwrap_err();
        assert_eq!(said("echo canary; echo canary >&2; exit 3"), "exit status: 3");
        assert_eq!(said("true"), "it printed nothing");
        assert_eq!(said("echo canary; echo canary"), "it printed more than one line");
        assert_eq!(said("printf '\\377canary'"), "what it printed is no text");
        assert_eq!(said("head -c 900000 /dev/zero | tr '\\0' c"), "it printed more than 64 KiB");
        assert_eq!(
            run(&["/no/such/program"], 30_000).unwrap_err(),
            "it cannot be started (entity not found)"
        );
    }

    #[test]
    fn a_command_that_does_not_end_is_ended() {
        let begun = Instant::now();
        for script in ["exec sleep 20", "exec sleep 20 >&-", "echo canary; exec sleep 20 >&-"] {
            let said = run(&["sh", "-c", script], 300).unwrap_err();
            assert!(said.contains("was ended"), "{said}");
        }
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}
