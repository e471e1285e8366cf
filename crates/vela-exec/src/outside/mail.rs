//! Mail over SMTP, with STARTTLS wherever the server has it.

use crate::action::{Mail, Mailer};
use crate::executor::BoxFuture;
use lettre::Transport;
use lettre::message::{Mailbox, Message, header::ContentType};
use lettre::transport::smtp::SmtpTransport;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use std::time::Duration;

/// The port on which TLS comes first, without STARTTLS.
const IMPLICIT_TLS: u16 = 465;

/// Sends mail by the server that each mail names.
#[derive(Clone, Copy, Default, Debug)]
pub struct SmtpMailer {
    /// Whether mail may go over connections without TLS, to servers that have none.
    pub plain: bool,
}

impl Mailer for SmtpMailer {
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), String>> {
        let plain = self.plain;
        Box::pin(async move {
            let sent = tokio::task::spawn_blocking(move || send(&mail, plain));
            sent.await.unwrap_or_else(|_| Err("sending broke off".to_owned()))
        })
    }
}

fn send(mail: &Mail, plain: bool) -> Result<(), String> {
    let address = |text: &str| {
        text.trim()
            .parse::<Mailbox>()
            .map_err(|why| format!("\"{text}\" is no mail address: {why}"))
    };
    let mut from = address(&mail.from)?;
    if !mail.alias.is_empty() {
        from.name = Some(mail.alias.clone());
    }
    let mut message = Message::builder()
        .from(from)
        .subject(mail.subject.clone())
        // The same mail has the same id: servers that look at it deliver it once.
        .message_id(Some(format!("<{}@vela>", mail.key)));
    for to in &mail.to {
        message = message.to(address(to)?);
    }
    let kind = if mail.body.trim_start().starts_with('<') {
        ContentType::TEXT_HTML
    } else {
        ContentType::TEXT_PLAIN
    };
    let message = message
        .header(kind)
        .body(mail.body.clone())
        .map_err(|why| format!("the mail can't be written: {why}"))?;
    let tls = TlsParameters::new(mail.host.clone()).map_err(|why| why.to_string())?;
    let security = match mail.port {
        IMPLICIT_TLS => Tls::Wrapper(tls),
        _ if plain => Tls::Opportunistic(tls),
        _ => Tls::Required(tls),
    };
    let mut transport = SmtpTransport::builder_dangerous(&mail.host)
        .port(mail.port)
        .tls(security)
        .timeout(Some(Duration::from_secs(30)));
    if !mail.password.is_empty() {
        transport =
            transport.credentials(Credentials::new(mail.from.clone(), mail.password.clone()));
    }
    let place = format!("{}:{}", mail.host, mail.port);
    transport.build().send(&message).map(|_| ()).map_err(|why| format!("{place}: {why}"))
}
