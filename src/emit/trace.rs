//! W3C trace context (<https://www.w3.org/TR/trace-context/>): read and written.

use crate::event::{Id, Ids};

/// The member of `tracestate` that is ours.
const MEMBER: &str = "emp";

/// What a `traceparent` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent<'a> {
    /// The trace, 32 hex digits.
    pub trace: &'a str,
    /// The span that called, 16 hex digits.
    pub parent: &'a str,
}

impl<'a> TraceParent<'a> {
    /// Reads the header; `None` for one that the specification calls invalid.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let (version, trace, parent, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let hex = |part: &str, length| {
            part.len() == length
                && part
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let some = |part: &str| part.bytes().any(|byte| byte != b'0');
        let valid = hex(version, 2)
            && version != "ff"
            && hex(trace, 32)
            && hex(parent, 16)
            && hex(flags, 2)
            && some(trace)
            && some(parent)
            // Only later versions may have more parts.
            && (version != "00" || parts.next().is_none());
        valid.then_some(Self { trace, parent })
    }
}

/// The header for what is called from a span: sampled, version 00.
pub fn traceparent(trace: &str, span: &str) -> String {
    format!("00-{trace}-{span}-01")
}

/// The ids that the `emp` member of a `tracestate` carries: `emp=machine:ID,worker:ID`, as the
/// documents write it. A comma also parts the members of the header, so whatever follows `emp=`
/// up to the next member that has a `=` is ours; parts that are no `kind:id` are passed over.
pub fn ids_of_tracestate(text: &str) -> Ids {
    let mut ids = Ids::default();
    let mut ours = false;
    for part in text.split(',').map(str::trim) {
        let pair = match part.split_once('=') {
            Some((MEMBER, value)) => {
                ours = true;
                value
            }
            Some(_) => {
                ours = false;
                continue;
            }
            None => part,
        };
        if let Some((kind, id)) = pair.split_once(':').filter(|_| ours) {
            match kind {
                "machine" => ids.set(Id::Machine, id),
                "worker" => ids.set(Id::Worker, id),
                "job" => ids.set(Id::Job, id),
                _ => {}
            }
        }
    }
    ids
}

/// The `tracestate` for what is called: our member for these ids, then the members of others that
/// `outer` has. `None` where there is nothing to carry. Ids with characters that would end the
/// member are left out.
pub fn tracestate(ids: &Ids, outer: &str) -> Option<String> {
    let kinds = [
        ("machine", Id::Machine),
        ("worker", Id::Worker),
        ("job", Id::Job),
    ];
    let pairs: Vec<String> = kinds
        .into_iter()
        .filter_map(|(kind, id)| ids.get(id).map(|value| (kind, value)))
        .filter(|(_, value)| {
            value
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b",=".contains(&byte))
        })
        .map(|(kind, value)| format!("{kind}:{value}"))
        .collect();
    let ours = (!pairs.is_empty()).then(|| format!("{MEMBER}={}", pairs.join(",")));
    let others = outer.split(',').map(str::trim).filter(|part| {
        // What has no `=` is a part of a member like ours.
        part.split_once('=').is_some_and(|(name, _)| name != MEMBER)
    });
    let members: Vec<&str> = ours.as_deref().into_iter().chain(others).collect();
    (!members.is_empty()).then(|| members.join(","))
}

/// What is said about a `traceparent` that cannot be used.
pub fn invalid(header: &str) -> String {
    let shown: String = header.chars().take(100).collect();
    format!("TRACEPARENT {shown:?} is no W3C trace context; a new trace begins")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-8d12404289e478577467c87b7b93f785-00f067aa0ba902b7-01";

    #[test]
    fn headers_are_read_and_written() {
        let parsed = TraceParent::parse(PARENT).expect("valid");
        assert_eq!(traceparent(parsed.trace, parsed.parent), PARENT);
        assert!(TraceParent::parse(&PARENT.replacen("00", "01", 1)).is_some());
        for bad in [
            "",
            "00",
            &PARENT.replacen("00", "ff", 1),
            &PARENT.to_uppercase(),
            &format!("{PARENT}-more"),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-8d12404289e478577467c87b7b93f785-0000000000000000-01",
        ] {
            assert_eq!(TraceParent::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn our_member_is_found_among_others() {
        let ids = ids_of_tracestate(
            "rojo=00f067aa0ba902b7, emp=machine:m-1,worker:w:2 ,x,congo=worker:no",
        );
        assert_eq!(ids.get(Id::Machine), Some("m-1"));
        assert_eq!(ids.get(Id::Worker), Some("w:2"));
        assert_eq!(
            tracestate(&ids, "a=1, emp=machine:old,worker:old, b=2").as_deref(),
            Some("emp=machine:m-1,worker:w:2,a=1,b=2")
        );
        assert_eq!(tracestate(&Ids::default(), ""), None);
        assert_eq!(tracestate(&ids_of_tracestate("emp="), "emp=job:1"), None);
    }
}
