//! Values to types of the program and back, by serde.

use super::Value;
use crate::data::Data;
use crate::diagnostic::{Class, Diagnostic, Error};
use crate::encoding::json;
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Value {
    /// The value as a type of the program: concrete, with defaults taken.
    ///
    /// ```
    /// #[derive(serde::Deserialize, PartialEq, Debug)]
    /// struct Service { name: String, ports: Vec<u16> }
    /// let value = vela_lang::Engine::new().eval("s.cue", r#"
    ///     #Service: {name: string, ports: [...uint16]}
    ///     #Service & {name: "web", ports: [80, 8080]}
    /// "#)?;
    /// let service: Service = value.decode()?;
    /// assert_eq!(service, Service { name: "web".into(), ports: vec![80, 8080] });
    /// # Ok::<(), vela_lang::Error>(())
    /// ```
    ///
    /// # Errors
    /// What is an error or not concrete, or else what the type does not take.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let text = json::compact_text(&self.data()?);
        serde_json::from_str(&text).map_err(|error| {
            // The place is one in a text that nobody sees.
            let text = error.to_string();
            let what = text.split(" at line ").next().unwrap_or(&text);
            let mut found = Diagnostic::new("cue/decode", Class::Eval, what)
                .help("make the type take what the value has, or constrain the value to the type");
            for origin in self.origins() {
                found = found.label(*origin, "");
            }
            found.into()
        })
    }

    /// A value of the program as a concrete value.
    ///
    /// ```
    /// use vela_lang::Value;
    /// #[derive(serde::Serialize)]
    /// struct Service { name: &'static str, ports: [u16; 2] }
    /// let value = Value::encode(&Service { name: "web", ports: [80, 8080] })?;
    /// assert_eq!(format!("{value:?}"), r#"{name:"web",ports:[80,8080]}"#);
    /// # Ok::<(), vela_lang::Error>(())
    /// ```
    ///
    /// # Errors
    /// JSON can't say it: a map with keys that are no strings.
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Value, Error> {
        let failed = |text: String| Error::from(Diagnostic::new("cue/encode", Class::Eval, text));
        let text = serde_json::to_string(value).map_err(|error| failed(error.to_string()))?;
        let data: Data = json::parse(&text).map_err(|error| failed(error.to_string()))?;
        Ok(Value::from_data(&data))
    }
}
