//! Secrets do not leave the process: values under keys that look like one are masked.

use serde_json::{Map, Value};

use crate::config::mask_password;
use crate::event::{Data, Event};

/// What stands in place of a secret.
const MASK: &str = "***";

/// The keys whose values are masked.
#[derive(Clone, Debug)]
pub struct Redaction {
    /// Lower case, without separators.
    keys: Vec<String>,
}

impl Redaction {
    /// Masks every value under a key that contains one of `keys`. Case and separators do not
    /// matter: `api_key` also means `x-api-key` and `openaiApiKey`.
    pub fn new(keys: &[String]) -> Self {
        let keys = keys.iter().map(|key| folded(key));
        Self {
            keys: keys.filter(|key| !key.is_empty()).collect(),
        }
    }

    /// Masks what an event carries in `data` and in fields of its own.
    pub fn apply(&self, event: &mut Event) {
        for (name, value) in &mut event.extra {
            if self.hides(name) {
                MASK.clone_into(value);
            }
        }
        if let Data::Object(fields) = &event.data
            && self.finds(fields)
        {
            let mut masked = Map::clone(fields);
            self.mask(&mut masked);
            event.data = Data::from(masked);
        }
    }

    /// The arguments of a command, with what follows a flag that looks like a secret's masked:
    /// `--token abc`, `--api-key=abc`, `PASSWORD=abc`, and the password of an address.
    pub fn arguments(&self, argv: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut after_secret = false;
        let mask = |arg: String| {
            if std::mem::take(&mut after_secret) && !arg.starts_with('-') {
                return MASK.to_owned();
            }
            match arg.split_once('=') {
                Some((key, _)) if self.hides(key) => format!("{key}={MASK}"),
                None if arg.starts_with('-') && self.hides(&arg) => {
                    after_secret = true;
                    arg
                }
                _ if arg.contains("://") => mask_password(&arg),
                _ => arg,
            }
        };
        argv.into_iter().map(mask).collect()
    }

    fn hides(&self, key: &str) -> bool {
        let key = folded(key);
        self.keys.iter().any(|hidden| key.contains(hidden.as_str()))
    }

    /// Whether there is anything to mask: most events stay as they are, to the letter.
    fn finds(&self, map: &Map<String, Value>) -> bool {
        map.iter()
            .any(|(key, value)| (self.hides(key) && !value.is_null()) || self.finds_within(value))
    }

    fn finds_within(&self, value: &Value) -> bool {
        match value {
            Value::Object(map) => self.finds(map),
            Value::Array(items) => items.iter().any(|item| self.finds_within(item)),
            _ => false,
        }
    }

    fn mask(&self, map: &mut Map<String, Value>) {
        for (key, value) in map {
            if self.hides(key) && !value.is_null() {
                *value = MASK.into();
            } else {
                self.mask_within(value);
            }
        }
    }

    fn mask_within(&self, value: &mut Value) {
        match value {
            Value::Object(map) => self.mask(map),
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask_within(item)),
            _ => {}
        }
    }
}

fn folded(key: &str) -> String {
    key.chars()
        .filter(|char| !matches!(char, '_' | '-' | '.' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(json: &str) -> String {
        let keys = ["password", "token", "api_key"].map(str::to_owned);
        let mut event = Event {
            data: Data::from_wire(json),
            ..Event::default()
        };
        Redaction::new(&keys).apply(&mut event);
        event.data.to_wire().unwrap_or_default().to_owned()
    }

    #[test]
    fn secrets_are_masked_however_deep_and_however_spelled() {
        assert_eq!(
            masked(r#"{"a":1,"db":{"PASSWORD":"x"},"l":[{"X-Api-Key":"y"}],"authToken":["z"]}"#),
            r#"{"a":1,"db":{"PASSWORD":"***"},"l":[{"X-Api-Key":"***"}],"authToken":"***"}"#
        );
    }

    #[test]
    fn arguments_keep_their_secrets() {
        let argv = "run --token abc -v --api-key=x PASSWORD=y redis://:z@h --token --force keep";
        let argv = argv.split(' ').map(str::to_owned);
        let keys = ["password", "token", "api_key"].map(str::to_owned);
        assert_eq!(
            Redaction::new(&keys).arguments(argv).join(" "),
            "run --token *** -v --api-key=*** PASSWORD=*** redis://:***@h --token --force keep"
        );
    }

    #[test]
    fn everything_else_stays_to_the_letter() {
        let text = r#"{"big":12345678901234567890123, "token":null}"#;
        assert_eq!(masked(text), text);
    }
}
