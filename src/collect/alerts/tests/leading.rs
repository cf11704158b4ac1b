use std::time::Duration;

use super::super::state::Status;
use super::super::{Channel, Vitals};
use super::site::{LEASE, Site, until};
use crate::store::redis::alerts::{Changes, Saved};

const ERRORS: &str = "[[alerts]]\nname = \"errors\"\nquery = \"type:error.*\"\ncount = 5\n";
const LONG: Duration = Duration::from_secs(60);

fn events_of_alerts(site: &Site) -> u64 {
    site.count(&["XLEN", "emp:events"])
}

#[test]
fn what_several_readers_count_is_told_once_at_once() {
    let mut site = Site::new(ERRORS);
    let (mut first, mut second) = (site.watch(), site.watch());
    let (mut one, mut other) = (site.collector("one", LONG), site.collector("other", LONG));
    assert!(one.leads().is_empty());
    assert!(other.follows());
    let page = site.errors(3);
    site.read(&mut first, &page);
    assert!(one.leads().is_empty());
    let page = site.errors(3);
    site.read(&mut second, &page);
    let due = one.leads();
    assert_eq!(due.len(), 1);
    let notice = &due[0].notice;
    assert_eq!((notice.status, notice.count), (Status::Fired, 6));
    assert_eq!(
        notice.message,
        "errors: 6 in 1m, the last: worker: no answer"
    );
    assert_eq!(notice.examples[0]["eventType"], "error.Timeout");
    assert!(other.follows());
    // It stays due until it is delivered, and is not said anew.
    assert_eq!(one.leads(), due);
    one.leader.done(Channel::Webhook, notice.id.clone());
    assert!(one.leads().is_empty());
    assert_eq!(events_of_alerts(&site), 1);
    let summary = other.shared.summary();
    assert!(other.follows() && summary.firing.len() == 1, "{summary:?}");
    assert_eq!(summary.leader.as_deref(), Some("one"));
}

#[test]
fn a_killed_leaders_notice_is_told_by_the_next_and_nothing_is_said_anew() {
    let mut site = Site::new(ERRORS);
    let mut watch = site.watch();
    let mut one = site.collector("one", LEASE);
    let mut other = site.collector("other", LEASE);
    let page = site.errors(5);
    site.read(&mut watch, &page);
    let due = one.leads();
    assert_eq!(due.len(), 1);
    assert!(other.follows());
    // Killed: it gives nothing back.
    drop(one);
    until("the lease to end", || !other.follows());
    assert_eq!(other.leads(), due, "the same notice, with the same id");
    other
        .leader
        .done(Channel::Webhook, due[0].notice.id.clone());
    assert!(other.leads().is_empty());
    assert_eq!(events_of_alerts(&site), 1);
    // And a restart of everything changes nothing.
    other.leader.release();
    let mut next = site.collector("next", LONG);
    assert!(next.leads().is_empty());
    assert_eq!(next.shared.summary().firing.len(), 1);
    assert_eq!(events_of_alerts(&site), 1);
}

#[test]
fn a_leader_that_was_stopped_for_a_while_cannot_write() {
    let site = Site::new(ERRORS);
    let (mut one, mut other) = (site.board("one", LEASE), site.board("other", LONG));
    let look = one.look().expect("a look");
    assert_eq!(look.holder.as_deref(), Some("one/1"));
    // Its lease ends while it stands still, and another one takes over.
    until("the other to lead", || {
        other.look().expect("a look").holder.as_deref() == Some("other/1")
    });
    let write = |text: &str| Changes {
        state: Some(text.to_owned()),
        ..Changes::default()
    };
    let saved = one.save(&write("stale"), look.now).expect("an answer");
    assert!(matches!(saved, Saved::Lost), "{saved:?}");
    let saved = other.save(&write("fresh"), look.now).expect("an answer");
    assert!(matches!(saved, Saved::Done), "{saved:?}");
    let seen = one.look().expect("a look");
    assert_eq!(seen.state.as_deref(), Some("fresh"));
    // Giving back what one does not have takes nothing from the other.
    one.release().expect("an answer");
    assert_eq!(
        one.look().expect("a look").holder.as_deref(),
        Some("other/1")
    );
}

#[test]
fn a_server_without_memory_still_has_its_alert_told() {
    let site = Site::new("[[alerts]]\nname = \"memory\"\nredis_memory = \"80%\"\n");
    // Long enough for a busy machine: a lease that ends cannot be taken anew without memory.
    let lease = LEASE * 10;
    let mut one = site.collector("one", lease);
    assert!(one.leads().is_empty());
    site.vitals.send_replace(Vitals {
        used_memory: Some(99),
        max_memory: Some(100),
        ..Vitals::default()
    });
    site.server.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    let due = one.leads();
    assert_eq!(due.len(), 1);
    assert_eq!(
        due[0].notice.message,
        "memory: Redis uses 99 B of 100 B, 99 %"
    );
    // Rounds go on, for longer than a lease lives, and say nothing anew.
    let begun = std::time::Instant::now();
    until("more than a lease", || {
        assert_eq!(one.leads(), due);
        begun.elapsed() > lease * 2
    });
    one.leader.done(Channel::Webhook, due[0].notice.id.clone());
    assert!(one.leads().is_empty());
    assert_eq!(events_of_alerts(&site), 0);
    // Once there is memory again, everything is written that was not.
    site.server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    assert!(one.leads().is_empty());
    assert_eq!(events_of_alerts(&site), 1);
    drop(one);
    let mut next = site.collector("next", LONG);
    until("the lease to end", || !next.follows());
    assert!(next.leads().is_empty());
    assert_eq!(next.shared.summary().firing.len(), 1);
}

#[test]
fn an_emptied_or_restarted_server_is_begun_anew() {
    let mut site = Site::new(ERRORS);
    let mut watch = site.watch();
    let mut one = site.collector("one", LONG);
    let page = site.errors(5);
    site.read(&mut watch, &page);
    let first = one.leads();
    assert_eq!(first.len(), 1);
    site.server.ask(&["FLUSHALL"]);
    assert!(one.leads().is_empty());
    assert!(one.shared.summary().firing.is_empty());
    let page = site.errors(5);
    site.read(&mut watch, &page);
    let again = one.leads();
    assert_eq!(again.len(), 1);
    assert_eq!(events_of_alerts(&site), 1);
    site.server.kill();
    assert!(one.leader.round().is_err());
    site.server.restart();
    assert!(one.leads().is_empty(), "the server kept nothing");
}

#[test]
fn a_state_that_nobody_can_read_is_begun_anew() {
    let mut site = Site::new(ERRORS);
    let mut watch = site.watch();
    let mut one = site.collector("one", LONG);
    let page = site.errors(5);
    site.read(&mut watch, &page);
    assert_eq!(one.leads().len(), 1);
    let mut board = site.board("one", LONG);
    for text in ["", "{", "null", "{\"v\":99}", "[1]"] {
        let look = board.look().expect("a look");
        let state = Some(text.to_owned());
        let changes = Changes {
            state,
            ..Changes::default()
        };
        let saved = board.save(&changes, look.now).expect("an answer");
        assert!(matches!(saved, Saved::Done), "{saved:?}");
        assert_eq!(one.leads().len(), 1, "{text}");
    }
}
