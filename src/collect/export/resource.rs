//! Who says something: the resource that records and spans are grouped by.

use std::borrow::Cow;
use std::ops::Range;

use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use super::attributes::{Attributes, put_head, put_parts};
use crate::maps::Map;

/// Number of the attributes in a resource.
const ATTRIBUTES: u32 = 1;

/// Bytes of a record or a span, as a rule.
const ROOM: usize = 512;

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
    /// The attributes of its resource: what it says of itself, then what is configured.
    fn tell(&self, configured: &[(String, String)], attributes: &mut Attributes) {
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
        attributes.start(ATTRIBUTES);
        for (name, value) in own {
            if let Some(value) = value {
                attributes.text(&[name], value);
            }
        }
        // The specification of resources: a name there must be.
        let unnamed = ("service.name", "unknown_service");
        let configured = configured.iter().map(|(name, value)| (&**name, &**value));
        for (name, value) in configured.chain([unnamed]) {
            if !attributes.has(0, name) {
                attributes.text(&[name], value);
            }
        }
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
pub(super) struct Request<'a> {
    groups: Vec<Group<'a>>,
    known: Map<Emitter<'a>, usize>,
    /// All that was said, in the order in which it came.
    said: Vec<u8>,
    items: Vec<Item>,
}

/// Of all that one emitter said.
struct Group<'a> {
    emitter: Emitter<'a>,
    bytes: usize,
}

/// A record or a span.
struct Item {
    group: usize,
    said: Range<usize>,
}

impl<'a> Request<'a> {
    /// One that is to hold so many records or spans. Its buffer is made at once: to grow would copy all
    /// of it as often as it doubles.
    pub(super) fn for_items(count: usize) -> Self {
        Self {
            groups: Vec::new(),
            known: Map::default(),
            said: Vec::with_capacity(count * ROOM),
            items: Vec::with_capacity(count),
        }
    }

    /// Adds a record or a span, and the part of it that is encoded already.
    pub(super) fn push(&mut self, emitter: Emitter<'a>, item: &impl Message, rest: &[u8]) {
        let group = match self.known.get(&emitter) {
            Some(group) => *group,
            None => {
                self.known.insert(emitter.clone(), self.groups.len());
                self.groups.push(Group { emitter, bytes: 0 });
                self.groups.len() - 1
            }
        };
        let start = self.said.len();
        put_parts(2, item, rest, &mut self.said);
        let said = start..self.said.len();
        self.groups[group].bytes += said.len();
        self.items.push(Item { group, said });
    }

    /// Its bytes.
    pub(super) fn encoded(mut self, configured: &[(String, String)]) -> Vec<u8> {
        let mut scope = Vec::new();
        put_parts(1, &self::scope(), &[], &mut scope);
        let mut attributes = Attributes::default();
        let mut head = Vec::new();
        let mut request = Vec::with_capacity(self.said.len() + self.groups.len() * 256);
        // What one emitter said stays in its order.
        self.items.sort_by_key(|item| item.group);
        let mut items = self.items.chunk_by(|one, next| one.group == next.group);
        for Group { emitter, bytes } in self.groups {
            head.clear();
            emitter.tell(configured, &mut attributes);
            put_parts(1, &Resource::default(), attributes.bytes(), &mut head);
            put_head(2, scope.len() + bytes, &mut head);
            head.extend_from_slice(&scope);
            put_head(1, head.len() + bytes, &mut request);
            request.extend_from_slice(&head);
            for item in items.next().unwrap_or_default() {
                request.extend_from_slice(&self.said[item.said.clone()]);
            }
        }
        request
    }
}
