//! Mail: plain text over SMTP, encrypted unless the server is this very machine.

use super::{CONNECT, Message, Ready, TOTAL};
use crate::env::within;
use crate::spec::notify::{Mail, MailTls};
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport as _};

/// Sends one mail to all receivers.
pub(super) fn send(mail: &Mail, ready: &Ready, message: &Message) -> Result<(), String> {
    let letter = letter(mail, message)?;
    let transport = transport(mail, ready)?;
    let sent = within(TOTAL, move || transport.send(&letter).map(|_| ()).map_err(|e| said(&e)));
    sent.unwrap_or_else(|| Err("the mail server took longer than 20 seconds".to_owned()))
}

fn letter(mail: &Mail, message: &Message) -> Result<lettre::Message, String> {
    let mut letter = lettre::Message::builder()
        .from(mailbox(&mail.from.value)?)
        .subject(message.subject.clone())
        .header(ContentType::TEXT_PLAIN);
    for to in &mail.to {
        letter = letter.to(mailbox(&to.value)?);
    }
    letter.body(message.text.clone()).map_err(|e| format!("no mail can be made: {e}"))
}

fn mailbox(address: &str) -> Result<Mailbox, String> {
    address.parse().map_err(|e| format!("\"{address}\" is no mail address: {e}"))
}

fn transport(mail: &Mail, ready: &Ready) -> Result<SmtpTransport, String> {
    let builder = SmtpTransport::builder_dangerous(mail.server.clone())
        .port(mail.port)
        .timeout(Some(CONNECT))
        .tls(tls(mail, ready)?);
    Ok(match &mail.user {
        Some(user) => {
            let password = ready.secret("password")?.expose().to_owned();
            builder.credentials(Credentials::new(user.clone(), password)).build()
        }
        None => builder.build(),
    })
}

fn tls(mail: &Mail, ready: &Ready) -> Result<Tls, String> {
    let unusable = |e: lettre::transport::smtp::Error| format!("no encryption can be made: {e}");
    let parameters = || {
        let mut parameters = TlsParameters::builder(mail.server.clone());
        if !ready.settings.pem().is_empty() {
            let own = Certificate::from_pem(ready.settings.pem()).map_err(unusable)?;
            parameters = parameters.add_root_certificate(own);
        }
        parameters.build().map_err(unusable)
    };
    Ok(match mail.tls {
        MailTls::Whole => Tls::Wrapper(parameters()?),
        MailTls::Start => Tls::Required(parameters()?),
        MailTls::None => Tls::None,
    })
}

/// The message of an error and its causes.
fn said(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let next_text = next.to_string();
        if !text.contains(&next_text) {
            text.push_str(&format!(": {next_text}"));
        }
        cause = next.source();
    }
    text
}
