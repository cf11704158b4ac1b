use super::super::Verdict::{Fail, Ok, Warn};
use super::collectors::collector;
use super::*;

#[test]
fn one_is_judged_alone() {
    let of = |told: Option<&Collector>| {
        let report = assess_collector("a", told, false);
        (report.verdict, report.checks[0].message.clone())
    };
    assert_eq!(
        of(None),
        (
            Fail,
            "a: no word of it in Redis: it was stopped, or is silent for a day".to_owned()
        )
    );
    assert_eq!(of(Some(&collector("a"))).0, Ok);
    let mut one = collector("a");
    one.age_ms = 30_000;
    assert_eq!(
        of(Some(&one)),
        (Fail, "a: silent, last seen 30 s ago".to_owned())
    );
    let answer = |answer: Result<Vec<String>, String>, ready| {
        let report = assess_answer("127.0.0.1:1", answer, ready);
        (report.verdict, report.checks[0].message.clone())
    };
    let said = |verdict, said: &str| (verdict, format!("127.0.0.1:1: {said}"));
    let silent = || Err("no answer".to_owned());
    assert_eq!(answer(silent(), false), said(Fail, "no answer"));
    for ready in [false, true] {
        let well = std::result::Result::Ok(Vec::new());
        assert_eq!(answer(well, ready), said(Ok, "alive"));
    }
}

#[test]
fn one_that_lives_and_cannot_work_fails_only_who_asks_for_that() {
    let mut one = collector("a");
    one.readings[0].connected = false;
    one.outputs[0].failing_for_ms = Some(5);
    one.outputs[0].last_error = Some(Failure {
        age_ms: 1,
        reason: "disk full".to_owned(),
    });
    let reasons = vec![
        "emp:events: not joined yet".to_owned(),
        "file: disk full".to_owned(),
    ];
    for (ready, verdict) in [(false, Warn), (true, Fail)] {
        let by_heartbeat = assess_collector("a", Some(&one), ready);
        let answered = assess_answer("h:1", std::result::Result::Ok(reasons.clone()), ready);
        for report in [by_heartbeat, answered] {
            assert_eq!(report.verdict, verdict);
            let message = &report.checks[0].message;
            let said = ", not ready: emp:events: not joined yet; file: disk full";
            assert!(message.ends_with(said), "{message}");
        }
    }
}
