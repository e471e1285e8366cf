//! `email`: mail, by a [`Mailer`] that the embedder grants.

use super::schema::{Field, FieldKind, required};
use super::{Action, Context, Effect, error, text};
use crate::engine::Outcome;
use crate::executor::BoxFuture;
use serde_json::{Map, Value as Json};
use std::fmt;
use std::sync::Arc;

/// A mail, with the server that it goes by.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The server's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The sender's address, which is also the user of the server.
    pub from: String,
    /// The sender's name; empty for none.
    pub alias: String,
    /// The user's password; empty for none.
    pub password: String,
    /// Whom it is for.
    pub to: Vec<String>,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub body: String,
    /// The key of the effect.
    pub key: String,
}

/// Without the password.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Mail from {} by {}:{} to {}",
            self.from,
            self.host,
            self.port,
            self.to.join(", ")
        )
    }
}

/// Sends mail.
pub trait Mailer: Send + Sync {
    /// Sends one; an error says why the server has not taken it.
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), String>>;
}

/// The action `email send`.
pub struct SendEmail {
    mailer: Option<Arc<dyn Mailer>>,
}

impl SendEmail {
    /// Mail that nobody sends: steps that want it fail with a reason.
    pub(super) fn denied() -> SendEmail {
        SendEmail { mailer: None }
    }

    /// Mail by a mailer.
    #[must_use]
    pub fn by(mailer: Arc<dyn Mailer>) -> SendEmail {
        SendEmail { mailer: Some(mailer) }
    }
}

impl Action for SendEmail {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("email", "send")]
    }

    fn schema(&self) -> &[Field] {
        const FIELDS: &[Field] = &[
            required("from", FieldKind::Object, "address, alias, password, host, port"),
            required("to", FieldKind::List, "addresses"),
            required("content", FieldKind::Object, "subject and body"),
        ];
        FIELDS
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Once
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let Some(mailer) = &self.mailer else {
                return error("sending mail is not granted here: give a mailer");
            };
            let mail = match mail(params, context.key().to_string()) {
                Ok(mail) => mail,
                Err(why) => return Outcome::Fail { message: why },
            };
            match mailer.send(mail).await {
                Ok(()) => Outcome::Value { value: Json::Object(Map::new()) },
                Err(why) => error(why),
            }
        })
    }
}

fn mail(params: &Json, key: String) -> Result<Mail, String> {
    let part = |name: &str| params.get(name).cloned().unwrap_or_default();
    let (from, content) = (part("from"), part("content"));
    let needed = |place: &Json, whose: &str, name: &str| match text(place, name) {
        "" => Err(format!("the parameter {whose}.{name} is missing")),
        given => Ok(given.to_owned()),
    };
    let port = from.get("port").and_then(Json::as_u64).unwrap_or(587);
    let listed = part("to").as_array().cloned().unwrap_or_default();
    let to: Vec<String> = listed.iter().filter_map(Json::as_str).map(str::to_owned).collect();
    if to.is_empty() {
        return Err("the parameter to names nobody".to_owned());
    }
    Ok(Mail {
        host: needed(&from, "from", "host")?,
        port: u16::try_from(port).map_err(|_| format!("there is no port {port}"))?,
        from: needed(&from, "from", "address")?,
        alias: text(&from, "alias").to_owned(),
        password: text(&from, "password").to_owned(),
        to,
        subject: needed(&content, "content", "subject")?,
        body: needed(&content, "content", "body")?,
        key,
    })
}
