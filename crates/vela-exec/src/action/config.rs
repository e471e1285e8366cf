//! `config`: configurations that steps write and read, kept in the store.

use super::schema::{Field, FieldKind, optional, required};
use super::{Action, Context, Effect, error, text};
use crate::engine::Outcome;
use crate::executor::BoxFuture;
use crate::store::{StoreError, Table, Transaction, decode, encode};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

pub(super) fn actions() -> Vec<Arc<dyn Action>> {
    vec![
        Arc::new(Config::Create),
        Arc::new(Config::Read),
        Arc::new(Config::List),
        Arc::new(Config::Delete),
    ]
}

enum Config {
    Create,
    Read,
    List,
    Delete,
}

const NAME: Field = required("name", FieldKind::Text, "the configuration's name");
const NAMESPACE: Field = optional("namespace", FieldKind::Text, "the application's if absent");

impl Action for Config {
    fn names(&self) -> Vec<(&str, &str)> {
        match self {
            Config::Create => {
                vec![("config", "create")]
            }
            Config::Read => {
                vec![("config", "read")]
            }
            Config::List => {
                vec![("config", "list")]
            }
            Config::Delete => {
                vec![("config", "delete")]
            }
        }
    }

    fn schema(&self) -> &[Field] {
        const CREATE: &[Field] = &[
            NAME,
            NAMESPACE,
            optional("template", FieldKind::Text, "the template it follows"),
            required("config", FieldKind::Object, "what it says"),
        ];
        const ONE: &[Field] = &[NAME, NAMESPACE];
        const LIST: &[Field] =
            &[optional("template", FieldKind::Text, "only those that follow it"), NAMESPACE];
        match self {
            Config::Create => CREATE,
            Config::Read | Config::Delete => ONE,
            Config::List => LIST,
        }
    }

    fn effect(&self, _params: &Json) -> Effect {
        match self {
            Config::Create | Config::Delete => Effect::Idempotent,
            Config::Read | Config::List => Effect::Read,
        }
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        let outcome = match self.act(context, params) {
            Ok(Ok(value)) => Outcome::Value { value },
            Ok(Err(message)) => error(message),
            Err(failure) => error(failure),
        };
        Box::pin(std::future::ready(outcome))
    }
}

impl Config {
    fn act(
        &self,
        context: &Context<'_>,
        params: &Json,
    ) -> Result<Result<Json, String>, StoreError> {
        let namespace = match text(params, "namespace") {
            "" => context.plan().application.namespace.as_str(),
            namespace => namespace,
        };
        let name = text(params, "name");
        let key = format!("{namespace}/{name}");
        let mut transaction = Transaction::default();
        match self {
            Config::Create => {
                let value = encode(&json!({
                    "name": name, "template": text(params, "template"), "config": params.get("config"),
                }))?;
                if context.store.get(Table::Configs, &key)?.as_ref() != Some(&value) {
                    transaction.put(Table::Configs, key, value);
                    context.store.commit(&transaction)?;
                }
                Ok(Ok(Json::Object(Map::new())))
            }
            Config::Read => {
                let Some(bytes) = context.store.get(Table::Configs, &key)? else {
                    return Ok(Err(format!("there is no config {name} in namespace {namespace}")));
                };
                let stored: Json = decode("a config", &bytes)?;
                Ok(Ok(json!({"config": stored.get("config")})))
            }
            Config::List => {
                let template = text(params, "template").rsplit('/').next().unwrap_or_default();
                let mut configs = Vec::new();
                for (_, bytes) in context.store.scan(Table::Configs, &format!("{namespace}/"))? {
                    let stored: Json = decode("a config", &bytes)?;
                    if template.is_empty()
                        || text(&stored, "template").rsplit('/').next() == Some(template)
                    {
                        configs.push(
                            json!({"name": stored.get("name"), "config": stored.get("config")}),
                        );
                    }
                }
                Ok(Ok(json!({ "configs": configs })))
            }
            Config::Delete => {
                transaction.delete(Table::Configs, key);
                context.store.commit(&transaction)?;
                Ok(Ok(Json::Object(Map::new())))
            }
        }
    }
}
