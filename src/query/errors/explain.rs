//! Why two failures are one kind, or are not.

use serde::Serialize;

use super::failure::Failure;

/// What is said of two failures.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Whether they are one kind.
    pub is_one_kind: bool,
    /// Why, in sentences; the first decides.
    pub reasons: Vec<String>,
    /// The one.
    pub one: Side,
    /// The other.
    pub other: Side,
}

/// What decides the kind of one failure.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// The number of its kind.
    pub id: String,
    /// The kind in words.
    pub fingerprint: String,
    /// Whether the emitter named the kind.
    pub is_explicit: bool,
    /// The error's name, or the type of the event.
    pub name: String,
    /// What it says.
    pub message: Option<String>,
    /// The same without what differs each time.
    pub masked: String,
    /// What stands in the place of what, in order.
    pub masks: Vec<Masked>,
    /// The top frames of its stack, innermost first.
    pub frames: Vec<String>,
    /// The failure.
    pub failure: Failure,
}

/// A piece of a message that was masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Masked {
    /// What it said.
    pub text: String,
    /// What stands in its place.
    pub mask: String,
}

impl Side {
    fn of(failure: &Failure) -> Self {
        let kind = &failure.kind;
        let masks = failure.pieces.iter().map(|piece| Masked {
            text: piece.text.clone(),
            mask: piece.mask.clone(),
        });
        Self {
            id: failure.kind_id(),
            fingerprint: kind.text.clone(),
            is_explicit: kind.explicit,
            name: kind.name.clone(),
            message: failure.message.clone(),
            masked: kind.message.clone(),
            masks: masks.collect(),
            frames: kind.frames.clone(),
            failure: failure.clone(),
        }
    }
}

impl Explanation {
    /// Compares two failures that were read with their stacks.
    pub fn of(one: &Failure, other: &Failure) -> Self {
        let is_one_kind = one.kind.id() == other.kind.id();
        Self {
            is_one_kind,
            reasons: match is_one_kind {
                true => alike(one),
                false => apart(one, other),
            },
            one: Side::of(one),
            other: Side::of(other),
        }
    }
}

fn alike(one: &Failure) -> Vec<String> {
    let kind = &one.kind;
    if kind.explicit {
        return vec![format!("their emitters name the same kind: {}", kind.text)];
    }
    let mut reasons = vec![format!("both have the name {}", kind.name)];
    reasons.push(match kind.message.as_str() {
        "" => "neither has a message".to_owned(),
        message => format!("both say, without what differs each time: {message}"),
    });
    reasons.push(match kind.frames.as_slice() {
        [] => "neither has a stack that can be read".to_owned(),
        frames => format!("both have the top frames {}", frames.join(", ")),
    });
    reasons
}

fn apart(one: &Failure, other: &Failure) -> Vec<String> {
    let (a, b) = (&one.kind, &other.kind);
    if a.explicit != b.explicit {
        return vec![
            "the emitter of one of them names its kind, that of the other does not".to_owned(),
        ];
    }
    if a.explicit {
        return vec![format!(
            "their emitters name different kinds: {} and {}",
            a.text, b.text
        )];
    }
    let mut reasons = Vec::new();
    if a.name != b.name {
        reasons.push(format!("their names differ: {} and {}", a.name, b.name));
    }
    if a.message != b.message {
        let said = |message: &str| match message {
            "" => "nothing".to_owned(),
            message => message.to_owned(),
        };
        reasons.push(format!(
            "they say different things: {}, and {}",
            said(&a.message),
            said(&b.message)
        ));
    }
    let frames = a.frames.iter().zip(&b.frames);
    match frames.enumerate().find(|(_, (a, b))| a != b) {
        Some((at, (a, b))) => {
            reasons.push(format!(
                "frame {} of their stacks differs: {a} and {b}",
                at + 1
            ));
        }
        None if a.frames.len() != b.frames.len() => reasons.push(format!(
            "their stacks differ: {} and {} frames that tell kinds apart",
            a.frames.len(),
            b.frames.len()
        )),
        None => {}
    }
    reasons
}

/// Finds the two failures that a person names.
#[derive(Debug)]
pub struct Pair {
    names: [String; 2],
    found: [Option<Failure>; 2],
}

impl Pair {
    /// For two names, each the number of a kind or its beginning, the id of an entry, an event or a
    /// job.
    pub fn new(one: &str, other: &str) -> Self {
        Self {
            names: [one, other].map(|name| name.trim().to_owned()),
            found: [None, None],
        }
    }

    /// Takes a failure, linked already; of several with a name the newest counts.
    pub fn push(&mut self, failure: &Failure) {
        let number = failure.kind_id();
        for (name, found) in self.names.iter().zip(&mut self.found) {
            let by_number = name.len() >= 4 && number.starts_with(&name.to_lowercase());
            let newer = found.as_ref().is_none_or(|found| found.at <= failure.at);
            if (by_number || failure.is_called(name)) && newer {
                *found = Some(failure.clone());
            }
        }
    }

    /// What there is to say, or the name that means nothing.
    ///
    /// # Errors
    /// The first name that no failure has.
    pub fn finish(self) -> Result<Explanation, String> {
        let [one_name, other_name] = self.names;
        let [one, other] = self.found;
        let one = one.ok_or(one_name)?;
        let other = other.ok_or(other_name)?;
        Ok(Explanation::of(&one, &other))
    }
}
