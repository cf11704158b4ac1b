//! Who says something: the resource that records and spans are grouped by.

use std::borrow::Cow;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use super::attributes::{put_head, put_parts};
use crate::maps::Map;

/// One running service, as far as what it says tells. Names of attributes: OpenTelemetry's
/// semantic conventions for resources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Emitter<'a> {
    pub(super) service: &'a str,
    pub(super) instance: Option<Cow<'a, str>>,
    pub(super) environment: Option<Cow<'a, str>>,
    pub(super) version: Option<&'a str>,
    pub(super) region: Option<&'a str>,
    pub(super) host: Option<Cow<'a, str>>,
}

impl Emitter<'_> {
    /// Its resource: what it says of itself, then what is configured.
    pub(super) fn resource(&self, configured: &[(String, String)]) -> Resource {
        let own = [
            (
                "service.name",
                Some(self.service).filter(|name| !name.is_empty()),
            ),
            ("service.instance.id", self.instance.as_deref()),
            ("service.version", self.version),
            ("deployment.environment.name", self.environment.as_deref()),
            ("cloud.region", self.region),
            ("host.name", self.host.as_deref()),
        ];
        let own = own
            .into_iter()
            .filter_map(|(name, value)| Some(text(name, value?)));
        let mut attributes: Vec<KeyValue> = own.collect();
        for (name, value) in configured {
            if attributes.iter().all(|taken| taken.key != *name) {
                attributes.push(text(name, value));
            }
        }
        // The specification of resources: a name there must be.
        if attributes.iter().all(|taken| taken.key != "service.name") {
            attributes.push(text("service.name", "unknown_service"));
        }
        Resource {
            attributes,
            ..Resource::default()
        }
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            value: Some(Value::StringValue(value.to_owned())),
        }),
        ..KeyValue::default()
    }
}

/// What made the records: emp.
fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "emp".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    }
}

/// A request of records or spans, grouped by who said them, in the order in which each spoke first.
///
/// Requests of logs and of traces have the same numbers of fields: a group is 1 of the request; its
/// resource is 1 of the group and what one scope said is 2; the scope is 1 of that and each record
/// is 2. Each record is encoded at once: a batch of them takes several times the memory of its
/// bytes, and encoding the tree asks each leaf for its length once a level.
#[derive(Default)]
pub(super) struct Request<'a> {
    groups: Vec<(Emitter<'a>, Vec<u8>)>,
    known: Map<Emitter<'a>, usize>,
}

impl<'a> Request<'a> {
    /// Adds a record or a span, and the part of it that is encoded already.
    pub(super) fn push(&mut self, emitter: Emitter<'a>, item: &impl Message, rest: &[u8]) {
        let at = match self.known.get(&emitter) {
            Some(at) => *at,
            None => {
                let mut said = Vec::new();
                put_parts(1, &scope(), &[], &mut said);
                self.known.insert(emitter.clone(), self.groups.len());
                self.groups.push((emitter, said));
                self.groups.len() - 1
            }
        };
        put_parts(2, item, rest, &mut self.groups[at].1);
    }

    /// Its bytes.
    pub(super) fn encoded(self, configured: &[(String, String)]) -> Vec<u8> {
        let room = self.groups.iter().map(|(_, said)| said.len() + 256);
        let mut request = Vec::with_capacity(room.sum());
        for (emitter, said) in self.groups {
            let mut head = Vec::new();
            put_parts(1, &emitter.resource(configured), &[], &mut head);
            put_head(2, said.len(), &mut head);
            put_head(1, head.len() + said.len(), &mut request);
            request.extend_from_slice(&head);
            request.extend_from_slice(&said);
        }
        request
    }
}
