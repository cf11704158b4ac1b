//! Maps whose keys come with events: ids, names, texts.
//!
//! Every event is looked up several times, so that the hash of the standard library would take more
//! time than all that is done with what is found. This one has a seed too that nobody outside knows.
//! It knows nothing of what is kept.

use std::collections::{HashMap, HashSet};

pub(crate) use foldhash::fast::RandomState as Seeds;

/// A map.
pub(crate) type Map<K, V> = HashMap<K, V, Seeds>;

/// A set.
pub(crate) type Set<T> = HashSet<T, Seeds>;
