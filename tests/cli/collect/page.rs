//! `docs/collector.md` names every setting of the collector, and none that there is not.

use std::collections::BTreeSet;

use emp_cli::config;

const PAGE: &str = include_str!("../../../docs/collector.md");
/// Sections of settings that only a collector has.
const SECTIONS: [&str; 3] = ["collect.", "otlp.", "dash0."];

#[test]
fn the_page_names_every_setting() {
    let is_here = |name: &&str| {
        let setting = SECTIONS.iter().any(|section| name.starts_with(section));
        setting && !name.contains(' ')
    };
    let named: BTreeSet<&str> = PAGE.split('`').skip(1).step_by(2).filter(is_here).collect();
    let settings: BTreeSet<&str> = config::shown()
        .map(|key| key.name)
        .filter(is_here)
        .collect();
    assert!(settings.len() > 30);
    assert_eq!(named, settings);
}
