//! A platform file's text → [`Platform`]: `[platform]` here, the other sections beside this file.

use super::{AccountCheck, Auth, Platform, digest, levels, models, transport, upsert};
use crate::diagnostic::{Code, Result};
use crate::spec::walk::{self, Spot, Table};
use std::collections::BTreeMap;

/// Reads a platform file. `name` is the file's stem, which `[platform] name` must repeat.
///
/// # Errors
/// All mistakes at once, each with its place: E201, E202, E211 to E216.
pub fn parse(name: &str, text: &str) -> Result<Platform> {
    let file = format!("mappings/platforms/{name}.toml");
    let (platform, _warnings) = walk::read(&file, text, |root| {
        let mut platform = Platform {
            name: name.to_owned(),
            at: BTreeMap::new(),
            auth: None,
            account: None,
            ways: BTreeMap::new(),
            transport: transport::transport(root),
            answer: transport::answer(root),
            models: models::models(root),
            values: upsert::values(root),
            turnup: upsert::turnup(root),
            digest: String::new(),
        };
        if let Some(head) = root.need("platform").and_then(|v| v.table()) {
            identity(&head, &mut platform);
        }
        platform.ways = transport::ways(root, &platform.transport);
        root.done();
        levels::check(root, &platform);
        upsert::check(root, &platform);
        platform.digest = digest::of(&platform);
        platform
    })?;
    Ok(platform)
}

fn identity(head: &Table<'_>, platform: &mut Platform) {
    if let Some(name) = head.need_text("name").filter(|n| n.value != platform.name) {
        let message = format!("the platform is called \"{}\", its file \"{}\"", name.value, platform.name);
        let help = Some(format!("Write name = \"{}\", or rename the file.", platform.name));
        head.walk().error(Code::BAD_PLATFORM, &name.span, message, help);
    }
    if let Some(at) = head.table("at") {
        for (destination, value) in at.entries() {
            if let Some(address) = value.text() {
                check_address(head, &address.value, &address.span);
                platform.at.insert(destination.value, address.value.trim_end_matches('/').to_owned());
            }
        }
    }
    platform.auth = head.table("auth").and_then(|t| auth(&t));
    platform.account = head.table("account").and_then(|t| {
        let (get, is) = (path(&t, "get"), t.need_text("is"));
        t.done();
        Some(AccountCheck { get: get?.value, is: is?.value })
    });
    head.done();
}

fn auth(table: &Table<'_>) -> Option<Auth> {
    let (header, secret) = (table.need_text("header"), table.need_text("secret"));
    let prefix = table.text("prefix").map(|p| p.value).unwrap_or_default();
    let base64 = table.one_of("encode", &[("base64", true)]).is_some();
    table.done();
    Some(Auth { header: header?.value, secret: secret?.value, prefix, base64 })
}

/// A path on the platform, behind its address.
pub(super) fn path(table: &Table<'_>, key: &'static str) -> Option<Spot<String>> {
    let path = table.need_text(key)?;
    if !path.value.starts_with('/') || path.value.chars().any(|c| c.is_control() || c == ' ') {
        let help = Some("It stands behind the address and begins with /.".to_owned());
        table.walk().error(Code::BAD_PLATFORM, &path.span, format!("\"{}\" is no path", path.value), help);
    }
    Some(path)
}

fn check_address(head: &Table<'_>, address: &str, span: &std::ops::Range<usize>) {
    let plain_local = address.strip_prefix("http://").is_some_and(|rest| {
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        matches!(host, "localhost" | "127.0.0.1")
    });
    if address.contains('@') || (!address.starts_with("https://") && !plain_local) {
        let help = Some("Only https leaves this machine; http is for localhost.".to_owned());
        head.walk().error(Code::BAD_PLATFORM, span, format!("\"{address}\" is not an https address"), help);
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
