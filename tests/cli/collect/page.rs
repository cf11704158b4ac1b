//! `docs/collector.md` names every setting of the collector, and none that there is not.

use std::collections::BTreeSet;

use emp_cli::config::KEYS;

const PAGE: &str = include_str!("../../../docs/collector.md");
/// Sections of settings that only a collector has.
const SECTIONS: [&str; 3] = ["collect", "otlp", "dash0"];

#[test]
fn the_page_names_every_setting() {
    let known: BTreeSet<&str> = KEYS.iter().map(|key| key.name).collect();
    let is_here = |name: &&str| {
        let section = name.split_once('.').map_or("", |(section, _)| section);
        // A section that nobody has any more is not looked for.
        let is_known = known
            .iter()
            .any(|key| key.starts_with(&format!("{section}.")));
        SECTIONS.contains(&section) && is_known
    };
    let named: BTreeSet<&str> = PAGE.split('`').skip(1).step_by(2).filter(is_here).collect();
    let settings: BTreeSet<&str> = known
        .iter()
        .copied()
        .filter(|name| is_here(&name))
        .collect();
    assert!(settings.len() >= 20);
    assert_eq!(named, settings);
}
