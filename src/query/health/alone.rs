//! One collector alone: whether it lives, and whether it is ready, for whoever asks in the name of a
//! container.

use serde_json::json;

use super::collector::{alive, check};
use super::found::Collector;
use super::{Check, Failure, Verdict, ago};

/// One collector alone, for whoever asks whether it lives, or whether it is ready.
pub(super) fn one(collector: &Collector, ready: bool) -> Check {
    match collector.is_alive() {
        true => {
            let check = alive(collector);
            let reasons = unready(collector);
            let message = format!("{}{}", check.message, in_words(&reasons));
            judged(Check { message, ..check }, &reasons, ready)
        }
        false => {
            let message = format!(
                "{}: silent, last seen {}",
                collector.name,
                ago(collector.age_ms)
            );
            let hint = "does it run, and does it reach this Redis?";
            check("collector", message, json!(collector)).or(Verdict::Fail, hint)
        }
    }
}

/// Why a collector cannot be counted on just now, from its last words.
fn unready(collector: &Collector) -> Vec<String> {
    let because = |failure: &Option<Failure>, otherwise: &str| {
        let failure = failure.as_ref();
        failure.map_or_else(|| otherwise.to_owned(), |failure| failure.reason.clone())
    };
    let stopping = collector.stopping.then(|| "stopping".to_owned());
    let readings = collector.readings.iter().filter(|of| !of.connected);
    let readings = readings.map(|of| {
        format!(
            "{}: {}",
            of.stream,
            because(&of.last_error, "not joined yet")
        )
    });
    let outputs = collector.outputs.iter();
    let outputs = outputs.filter(|of| of.failing_for_ms.is_some());
    let outputs = outputs.map(|of| {
        format!(
            "{}: {}",
            of.name,
            because(&of.last_error, "nothing gets through")
        )
    });
    stopping
        .into_iter()
        .chain(readings)
        .chain(outputs)
        .collect()
}

fn in_words(reasons: &[String]) -> String {
    match reasons {
        [] => String::new(),
        reasons => format!(", not ready: {}", reasons.join("; ")),
    }
}

/// A container that is not ready is not started anew for it; whoever wants to know asks for it.
fn judged(check: Check, reasons: &[String], ready: bool) -> Check {
    let hint = "it tries again by itself; its log tells more";
    match (reasons, ready) {
        ([], _) => check,
        (_, false) => check.or(Verdict::Warn, hint),
        (_, true) => check.or(Verdict::Fail, hint),
    }
}

/// A collector that nobody heard of.
pub(super) fn unknown(name: &str) -> Check {
    let message = format!("{name}: no word of it in Redis: it was stopped, or is silent for a day");
    let hint = "does it run with this name, these streams and this Redis?";
    check("collector", message, json!({"name": name})).or(Verdict::Fail, hint)
}

/// Whether the collector at an address answers, and that it is ready.
pub(super) fn answer(address: &str, answer: Result<Vec<String>, String>, ready: bool) -> Check {
    let data = |reasons: &[String]| json!({"address": address, "alive": answer.is_ok(), "reasons": reasons});
    match &answer {
        Ok(reasons) => {
            let message = format!("{address}: alive{}", in_words(reasons));
            judged(check("collector", message, data(reasons)), reasons, ready)
        }
        Err(reason) => {
            let message = format!("{address}: {reason}");
            let data = data(std::slice::from_ref(reason));
            let hint = "does it run on this machine, and is collect.listen (EMP_LISTEN) where it \
                 listens? `emp health --collector NAME` asks Redis for it";
            check("collector", message, data).or(Verdict::Fail, hint)
        }
    }
}
