use super::output::Output;
use super::{Outcome, pair};
use crate::diagnostic::{Code, Collector, Diagnostic, Result};
use crate::env::Env;
use crate::job::{self, Proven, Turned, Turnup, Workplace};
use crate::spec::platform::Platform;
use std::collections::BTreeMap;
use std::io::{BufRead as _, IsTerminal as _};

/// A new client: tests its ids and connection against the platform, then writes its environment
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Platform: mappings/platforms/<NAME>.toml, or one that is part of the program.
    platform: String,
    /// Name of the environment; the client id when left out.
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// Id of the client at the platform.
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// Id of a club of the client; once for each.
    #[arg(long = "club", value_name = "ID")]
    clubs: Vec<String>,
    /// Where it goes: one of the platform file's addresses, or an https:// address.
    #[arg(long, value_name = "URL")]
    at: Option<String>,
    /// Where a secret is: the name of an environment variable or of a line in .env. Never the secret itself.
    #[arg(long = "secret", value_name = "NAME=WHERE", value_parser = pair)]
    secrets: Vec<(String, String)>,
    /// Sets an option of the client.
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = pair)]
    options: Vec<(String, String)>,
    /// Writes the environment anew if there is one of that name.
    #[arg(long)]
    replace: bool,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let place = Workplace::find(env)?;
    let platform = place.platform(&arguments.platform)?;
    let asked = Asker::new(output).complete(arguments, &platform)?;
    let turned = job::turnup(&place, &asked)?;
    output.text(&summary(&asked, &turned));
    Ok(0)
}

fn summary(asked: &Turnup, turned: &Turned) -> String {
    let mut text = found(&turned.proven);
    let how = if turned.replaced { "written anew" } else { "written" };
    text.push_str(&format!("\ncrosswalk.toml: environment {} {how}\n\n", asked.name));
    turned.block.lines().for_each(|line| text.push_str(&format!("  {line}\n")));
    text.push_str(&format!("\nPlan with it: crosswalk plan <mapping> --env {}\n", asked.name));
    text
}

fn found(proven: &Proven) -> String {
    let mut text = format!("Asked {}:\n", proven.address);
    let mut said = |what: &str, id: &str, name: &str| text.push_str(&format!("  {what:8} {id}  {name}\n"));
    if let Some(account) = &proven.account {
        said("account", "", account);
    }
    if let Some(client) = &proven.client {
        said("client", "", client);
    }
    proven.clubs.iter().for_each(|(id, name)| said("club", id, name));
    if proven.account.is_none() && proven.client.is_none() && proven.clubs.is_empty() {
        text.push_str("  nothing: the platform file says not how to ask\n");
    }
    text
}

/// Asks on a terminal for what is not given.
struct Asker<'a> {
    output: &'a Output,
    terminal: bool,
    missing: Collector,
}

impl<'a> Asker<'a> {
    fn new(output: &'a Output) -> Self {
        Self { output, terminal: std::io::stdin().is_terminal(), missing: Collector::default() }
    }

    fn complete(mut self, given: &Arguments, platform: &Platform) -> Result<Turnup> {
        let client = platform
            .turnup
            .client
            .is_some()
            .then(|| self.need(given.client.clone(), "Client id", "", "--client ID"));
        let client = client.or_else(|| given.client.clone());
        let mut clubs = given.clubs.clone();
        if clubs.is_empty() && platform.turnup.club.is_some() {
            let all = self.need(None, "Ids of its clubs, with commas between", "", "--club ID");
            clubs = all.split(',').map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()).collect();
        }
        let known: Vec<&str> = platform.at.keys().map(String::as_str).collect();
        let only = if let [only] = known.as_slice() { *only } else { "" };
        let question = format!("Where ({}, or an https:// address)", known.join(", "));
        let at = self.need(given.at.clone(), &question, only, "--at URL");
        let name = given.env.clone().or_else(|| client.clone()).unwrap_or_else(|| platform.name.clone());
        let mut secrets: BTreeMap<String, String> = given.secrets.iter().cloned().collect();
        if let Some(auth) = platform.auth.as_ref().filter(|a| !secrets.contains_key(&a.secret)) {
            let plain = name.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            let default = format!("{plain}_{}", auth.secret.to_uppercase());
            let question = format!("Environment variable, or line of .env, that holds the {}", auth.secret);
            let place = self.need(None, &question, &default, &format!("--secret {}=WHERE", auth.secret));
            secrets.insert(auth.secret.clone(), place);
        }
        let mut options: BTreeMap<String, String> = given.options.iter().cloned().collect();
        for (option, default) in &platform.turnup.options {
            if !options.contains_key(option) {
                let value = self.ask(&format!("Option {option}"), default).unwrap_or_else(|| default.clone());
                options.insert(option.clone(), value);
            }
        }
        let asked = Turnup {
            name,
            platform: platform.name.clone(),
            at,
            client,
            clubs,
            secrets,
            options,
            replace: given.replace,
        };
        self.missing.finish(asked).map(|(asked, _)| asked)
    }

    /// What is given, or answered on the terminal; without one its default, or a mistake that names the argument.
    fn need(&mut self, given: Option<String>, question: &str, default: &str, argument: &str) -> String {
        let answer = given.or_else(|| self.ask(question, default)).or_else(|| Some(default.to_owned()));
        let answer = answer.filter(|a| !a.is_empty());
        if answer.is_none() {
            let message = format!("turnup needs to know: {}", question.to_lowercase());
            self.missing
                .push(Diagnostic::error(Code::BAD_WORKSPACE, message).help(format!("Add {argument}.")));
        }
        answer.unwrap_or_default()
    }

    fn ask(&self, question: &str, default: &str) -> Option<String> {
        if !self.terminal {
            return None;
        }
        let shown = if default.is_empty() { String::new() } else { format!(" [{default}]") };
        self.output.text(&format!("{question}{shown}: "));
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).ok()?;
        let answer = line.trim();
        Some(if answer.is_empty() { default.to_owned() } else { answer.to_owned() })
    }
}
