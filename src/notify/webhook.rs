//! Webhooks: a signed JSON body, and the form that Slack takes.
//!
//! The signature is HMAC-SHA256 (RFC 2104) over `timestamp.body`, as Stripe and others do it: with the time inside, an
//! old message cannot be sent again by somebody who saw it.

use super::{Message, Ready, TOTAL};
use crate::platform::Secret;
use crate::platform::client::{Failure, Reply};
use crate::platform::network::{Settings, post};
use hmac::{Hmac, KeyInit as _, Mac as _};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Attempts for one notification, and the pause before each further one.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// Sends the JSON form with its signature.
pub(super) fn signed(url: &str, ready: &Ready, message: &Message) -> Result<(), String> {
    let body = message.json.to_string();
    let timestamp = message.timestamp.to_string();
    let signature = format!("sha256={}", signature(ready.secret("sign")?, &timestamp, &body)?);
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Crosswalk-Delivery", message.id.as_str()),
        ("X-Crosswalk-Timestamp", timestamp.as_str()),
        ("X-Crosswalk-Signature", signature.as_str()),
    ];
    persist(url, &ready.settings, &headers, &body)
}

/// HMAC-SHA256 over `timestamp.body`, hexadecimal.
fn signature(key: &Secret, timestamp: &str, body: &str) -> Result<String, String> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.expose().as_bytes())
        .map_err(|_| "the key cannot sign".to_owned())?;
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    Ok(mac.finalize().into_bytes().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// Sends the text to an incoming webhook, whose address is the secret.
pub(super) fn slack(ready: &Ready, message: &Message) -> Result<(), String> {
    let text = format!("*{}*\n{}", plain(&message.subject), plain(message.text.trim_end()));
    let body = serde_json::json!({ "text": text }).to_string();
    persist(ready.secret("url")?.expose(), &ready.settings, &[("Content-Type", "application/json")], &body)
}

/// The three characters that Slack's markup takes for its own.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Posts until it is taken, refused for good, or the time is over. A lost answer is tried again too: to be told twice
/// does no harm, and the delivery's id tells.
fn persist(url: &str, settings: &Settings, headers: &[(&str, &str)], body: &str) -> Result<(), String> {
    let until = Instant::now() + TOTAL;
    let mut pauses = PAUSES.iter();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let attempt = settings.clone().within(super::CONNECT.min(left), left);
        let why = match post(url, &attempt, headers, body.as_bytes().to_vec()) {
            Ok(reply) if reply.fine() => return Ok(()),
            Ok(reply) if reply.throttled() || reply.status >= 500 => status(&reply),
            Ok(reply) => return Err(status(&reply)),
            Err(Failure::NotSent(why) | Failure::Lost(why)) => why,
        };
        match pauses.next() {
            Some(pause) if Instant::now() + *pause < until => std::thread::sleep(*pause),
            _ => return Err(why),
        }
    }
}

/// Not the body: what answers here is not known, and an address may be repeated in it.
fn status(reply: &Reply) -> String {
    format!("it was answered with status {}", reply.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_other_programs() {
        // openssl dgst -sha256 -hmac key: printf '1700000000.{"a":1}'
        let made = signature(&Secret::new("key"), "1700000000", "{\"a\":1}").unwrap();
        assert_eq!(made, EXPECTED);
        assert_ne!(signature(&Secret::new("key"), "1700000001", "{\"a\":1}").unwrap(), made);
        assert_ne!(signature(&Secret::new("kez"), "1700000000", "{\"a\":1}").unwrap(), made);
    }

    const EXPECTED: &str = "a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03";

    #[test]
    fn text_is_no_markup() {
        assert_eq!(plain("<!channel> a & b"), "&lt;!channel&gt; a &amp; b");
    }
}
