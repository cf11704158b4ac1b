//! Texts that come again and again, each kept once.

use std::sync::Arc;

use crate::maps::Map;

/// Different texts that are kept; those beyond share one name.
const MOST: usize = 200_000;

/// Stands for a text in [`Names`]. The default is the empty text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(u32);

impl Name {
    /// Whether it stands for no text.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// The texts.
#[derive(Clone, Debug)]
pub struct Names {
    known: Map<Arc<str>, Name>,
    texts: Vec<Arc<str>>,
}

impl Default for Names {
    fn default() -> Self {
        let mut names = Self {
            known: Map::default(),
            texts: Vec::new(),
        };
        names.name("");
        names
    }
}

impl Names {
    /// What a text that there is no room for is called.
    pub const OTHERS: &'static str = "(others)";

    /// The name of a text, new or known.
    pub fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.known.get(text) {
            return *name;
        }
        let text = if self.texts.len() < MOST {
            text
        } else if let Some(name) = self.known.get(Self::OTHERS) {
            return *name;
        } else {
            Self::OTHERS
        };
        let name = Name(u32::try_from(self.texts.len()).unwrap_or(0));
        let text: Arc<str> = text.into();
        self.known.insert(Arc::clone(&text), name);
        self.texts.push(text);
        name
    }

    /// Whether several texts may have this name.
    pub(super) fn is_shared(&self, name: Name) -> bool {
        self.text(name) == Self::OTHERS
    }

    /// The name of a text that is known.
    pub fn find(&self, text: &str) -> Option<Name> {
        self.known.get(text).copied()
    }

    /// The text of a name.
    pub fn text(&self, name: Name) -> &str {
        let index = usize::try_from(name.0).unwrap_or(0);
        self.texts.get(index).map_or("", |text| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_name() {
        let mut names = Names::default();
        let worker = names.name("worker");
        assert_eq!(names.name("worker"), worker);
        assert_eq!(
            (names.text(worker), names.find("worker")),
            ("worker", Some(worker))
        );
        assert!(names.name("").is_none() && !worker.is_none());
        for number in 0..MOST + 10 {
            names.name(&number.to_string());
        }
        assert!(names.texts.len() <= MOST + 1);
        let beyond = names.name("beyond");
        assert_eq!(names.text(beyond), Names::OTHERS);
        assert!(names.is_shared(beyond) && !names.is_shared(worker));
    }
}
