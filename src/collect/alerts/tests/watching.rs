use std::time::Duration;

use serde_json::json;

use super::super::{FIRED, GroupVitals, QuietJob, SERVICE, Vitals};
use super::site::Site;
use crate::store::redis::server::soon;
use crate::time::Clock;

const LONG: Duration = Duration::from_secs(60);
const NEW: &str = "[[alerts]]\nname = \"new\"\nquery = \"type:error.*\"\nnew = true\n\
                   cooldown = \"0s\"\n";

fn messages(due: &[super::super::notice::Pending]) -> Vec<&str> {
    due.iter().map(|pending| &*pending.notice.message).collect()
}

#[test]
fn a_kind_is_new_once_for_all_collectors() {
    let mut site = Site::new(NEW);
    let (mut first, mut second) = (site.watch(), site.watch());
    let mut one = site.collector("one", LONG);
    one.leads();
    let kind = |number| json!({"name": "E", "message": format!("job_{number} lost")});
    let pages = [1, 2].map(|number| vec![site.event("error.E", kind(number))]);
    site.read(&mut first, &pages[0]);
    site.read(&mut second, &pages[1]);
    let due = one.leads();
    assert_eq!(messages(&due), ["new: never seen before: E: job_# lost"]);
    // A collector that starts anew has to ask, and is told that it is known.
    let mut third = site.watch();
    site.read(&mut third, &pages[0]);
    assert_eq!(one.leads(), due);
    assert_eq!(site.count(&["XLEN", "emp:events"]), 1);
}

#[test]
fn what_arrived_before_anybody_watched_is_learned() {
    let mut site = Site::new(NEW);
    let mut watch = site.watch();
    let old = Clock::system_now().plus(-60_000);
    let old = [site.event_at(old, "error.Old", json!({"message": "a"}))];
    site.read(&mut watch, &old);
    let mut one = site.collector("one", LONG);
    assert!(one.leads().is_empty());
    let page = [
        site.event("error.Old", json!({"message": "a"})),
        site.event("error.New", json!({"message": "b"})),
    ];
    site.read(&mut site.watch(), &page);
    let due = one.leads();
    assert_eq!(messages(&due), ["new: never seen before: New: b"]);
}

#[test]
fn a_page_that_did_not_go_through_is_claimed_again() {
    let mut site = Site::new(NEW);
    let mut watch = site.watch();
    let mut one = site.collector("one", LONG);
    one.leads();
    let page = site.errors(1);
    let mut pipe = site.pipe();
    watch.queue(&mut pipe, &page, Clock::system_now());
    drop(pipe);
    watch.lose();
    assert!(one.leads().is_empty());
    site.read(&mut watch, &page);
    assert_eq!(one.leads().len(), 1);
}

#[test]
fn a_flood_of_kinds_is_bounded_and_told_together() {
    let mut site = Site::new(NEW);
    let mut watch = site.watch();
    let mut one = site.collector("one", LONG);
    one.leads();
    let word = |number: usize| {
        let letter = |shift: usize| char::from(b"abcdefghij"[number / shift % 10]);
        [letter(1), letter(10), letter(100)]
            .iter()
            .collect::<String>()
    };
    let page: Vec<_> = (0..512)
        .map(|number| site.event("error.E", json!({"message": word(number)})))
        .collect();
    site.read(&mut watch, &page);
    let due = one.leads();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].notice.count, 100);
    assert!(due[0].notice.message.ends_with(" and 97 more"), "{due:?}");
    assert_eq!(due[0].notice.examples.len(), 5);
}

#[test]
fn values_are_counted_apart_and_bounded() {
    let text = "[[alerts]]\nname = \"models\"\nquery = \"type:job.failed\"\ncount = 3\n\
                by = \"data.model\"\n";
    let mut site = Site::new(text);
    let mut watch = site.watch();
    let mut one = site.collector("one", LONG);
    let model = |name: &str| json!({ "model": name });
    let mut page = Vec::new();
    for number in 0..200 {
        page.push(site.event("job.failed", model(&format!("m{number}"))));
    }
    page.extend((0..3).map(|_| site.event("job.failed", json!({}))));
    for _ in 0..2 {
        page.push(site.event("job.failed", model("m5")));
    }
    site.read(&mut watch, &page);
    let mut values: Vec<_> = one
        .leads()
        .into_iter()
        .filter_map(|due| due.notice.value)
        .collect();
    values.sort();
    // What comes after a hundred values is one: also what lacks the field.
    assert_eq!(values, ["(others)", "m5"]);
}

#[test]
fn notices_and_old_events_do_not_count() {
    let text = "[[alerts]]\nname = \"all\"\nquery = \"*\"\ncount = 1\n";
    let mut site = Site::new(text);
    let mut watch = site.watch();
    let mut one = site.collector("one", LONG);
    let mut notice = site.event(FIRED, json!({}));
    notice.service = SERVICE.to_owned();
    let old = Clock::system_now().plus(-3_600_000);
    let old = site.event_at(old, "job.created", json!({}));
    site.read(&mut watch, &[notice, old]);
    assert!(one.leads().is_empty());
    // A service of its own may use the name.
    let page = [site.event(FIRED, json!({}))];
    site.read(&mut watch, &page);
    assert_eq!(one.leads().len(), 1);
}

#[test]
fn silence_is_what_was_read_and_not_there() {
    let text = "[[alerts]]\nname = \"quiet\"\nquery = \"service:worker\"\nsilent_for = \"10m\"\n";
    let mut site = Site::new(text);
    let mut watch = site.watch();
    let mut one = site.collector("one", LONG);
    let now = Clock::system_now();
    let read_to = |ms: i64| Vitals {
        read_to: Some(now.plus(ms)),
        ..Vitals::default()
    };
    assert!(one.leads().is_empty(), "nobody knows what was read");
    site.vitals.send_replace(read_to(9 * 60_000));
    assert!(one.leads().is_empty());
    let heard = [site.event_at(now.plus(5 * 60_000), "job.created", json!({}))];
    site.read(&mut watch, &heard);
    // An older one that comes late changes nothing.
    let late = [site.event_at(now, "job.created", json!({}))];
    site.read(&mut watch, &late);
    site.vitals.send_replace(read_to(14 * 60_000));
    assert!(one.leads().is_empty());
    site.vitals.send_replace(read_to(16 * 60_000));
    assert_eq!(
        messages(&one.leads()),
        ["quiet: nothing of service:worker for 11m"]
    );
}

#[test]
fn jobs_and_groups_are_judged_by_what_the_collector_finds() {
    let text = "[[alerts]]\nname = \"jobs\"\nstuck_for = \"10m\"\n\
                [[alerts]]\nname = \"behind\"\novertaken_within = \"10m\"\n";
    let site = Site::new(text);
    assert_eq!(site.rules.stuck_after(), Some(Duration::from_secs(600)));
    let mut one = site.collector("one", LONG);
    assert!(one.leads().is_empty());
    let now = Clock::system_now();
    let job = |number: i64, minutes: i64| QuietJob {
        job: format!("job_{number}"),
        last: now.plus(-minutes * 60_000),
    };
    let group = |minutes: u64| GroupVitals {
        stream: "emp:events".to_owned(),
        group: "g".to_owned(),
        lag: Some(1200),
        overtakes_in: Some(Duration::from_secs(60 * minutes)),
    };
    site.vitals.send_replace(Vitals {
        quiet_jobs: vec![job(1, 12), job(2, 11), job(3, 9)],
        groups: vec![group(11)],
        ..Vitals::default()
    });
    let due = one.leads();
    assert_eq!(due.len(), 1);
    let message = &due[0].notice.message;
    assert!(
        message.starts_with("jobs: 2 jobs open without news: job_1 (quiet for 12m"),
        "{message}"
    );
    site.vitals
        .send_modify(|vitals| vitals.groups = vec![group(8)]);
    assert_eq!(
        one.leads()[1].notice.message,
        "behind (emp:events g): trimming of emp:events overtakes g in about 8m, which has 1,200 \
         events to read"
    );
}

#[test]
fn refused_counts_are_told_to_the_reader() {
    let mut site = Site::new(NEW);
    let mut watch = site.watch();
    site.server.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    let page = site.errors(1);
    let mut pipe = site.pipe();
    watch.queue(&mut pipe, &page, Clock::system_now());
    let mut replies = pipe.run(soon()).expect("replies");
    let refused = watch.settle(&mut replies).expect_err("a refusal");
    assert!(refused.starts_with("OOM"), "{refused}");
    site.server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    let mut one = site.collector("one", LONG);
    site.read(&mut watch, &page);
    // It arrived before anybody watched; but it was claimed.
    one.leads();
    assert_eq!(site.count(&["EXISTS", &kinds(&site)]), 1);
}

fn kinds(site: &Site) -> String {
    let streams = crate::digest::digest(b"emp:events\nemp:errors") >> 96;
    let key = format!("emp:collector:{streams:08x}:alerts:kinds:new");
    assert!(site.count(&["EXISTS", &key]) < 2);
    key
}
