use super::super::Verdict::{Ok, Warn};
use super::collectors::{collector, facts_of};
use super::*;

#[test]
fn alerts_that_fire_are_listed() {
    let mut facts = facts_of(vec![collector("a")]);
    let of = |alerts: Alerts, facts: &mut Facts| {
        facts.alerts = Some(alerts);
        let report = assess(facts, &traffic([]));
        let checks = report.checks.into_iter();
        let found = checks.filter(|check| check.subject == "alerts");
        let found = found.map(|check| (check.verdict, check.message));
        found.collect::<Vec<_>>()
    };
    let quiet = Alerts {
        leader: Some("a".to_owned()),
        ..Alerts::default()
    };
    assert_eq!(
        of(quiet.clone(), &mut facts),
        [(Ok, "none fires; a watches".to_owned())]
    );
    let fires = Alerts {
        firing: vec![Alert {
            rule: "service-failures".to_owned(),
            value: Some("worker".to_owned()),
            severity: Some("warning".to_owned()),
            message: "7 in 1m".to_owned(),
            for_ms: Some(185_400),
        }],
        ..quiet
    };
    let fired = "service-failures (worker): 7 in 1m [warning, for 3m 05s]";
    assert_eq!(of(fires, &mut facts), [(Warn, fired.to_owned())]);
    let troubled = Alerts {
        trouble: Some("cannot be kept".to_owned()),
        ..Alerts::default()
    };
    assert_eq!(
        of(troubled, &mut facts),
        [(Warn, "cannot be kept".to_owned())]
    );
    assert_eq!(of(Alerts::default(), &mut facts), []);
}
