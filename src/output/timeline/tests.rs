use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use super::*;
use crate::event::{Data, Id, Millis};
use crate::output::cells;
use crate::query::subject::{Found, Subject};
use crate::query::timeline::Options;

const START: i64 = 1_758_969_000_123;

#[derive(Clone, Default)]
struct Buffer(Rc<RefCell<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) struct Look {
    pub(super) width: usize,
    pub(super) unicode: bool,
    pub(super) full: bool,
}

pub(super) const NARROW: Look = Look {
    width: 80,
    unicode: true,
    full: false,
};
pub(super) const WIDE: Look = Look {
    width: 200,
    ..NARROW
};
pub(super) const ASCII: Look = Look {
    unicode: false,
    ..NARROW
};
pub(super) const FULL: Look = Look {
    full: true,
    ..NARROW
};

fn event(offset: i64, service: &str, event_type: &str, data: &str) -> Event {
    let mut event = Event {
        timestamp: Millis::clamped(START + offset),
        service: service.into(),
        event_type: event_type.into(),
        data: Data::from_wire(data),
        ..Event::default()
    };
    event.ids.set(Id::Job, "job_7f3a");
    event.ids.set(Id::Trace, "8d12404289e478577467c87b7b93f785");
    event
}

fn build(now: i64, events: Vec<Event>) -> Timeline {
    let subject = Subject {
        kind: Id::Job,
        id: "job_7f3a".into(),
    };
    let options = Options::new(Millis::clamped(START + now));
    Timeline::build(Found::new(subject, events), &options).expect("events")
}

pub(super) fn drawn(timeline: &Timeline, look: &Look) -> String {
    let buffer = Buffer::default();
    let mut screen = Screen::to(Box::new(buffer.clone()), look.width, look.unicode, false);
    draw(timeline, &mut screen, look.full).expect("a buffer takes everything");
    let text = String::from_utf8(buffer.0.take()).expect("text");
    for line in text.lines() {
        assert!(
            look.full || look.width < 80 || cells::width(line) <= look.width,
            "{line}"
        );
        assert_eq!(line.trim_end(), line, "nothing hangs over");
    }
    text
}

pub(super) fn failed() -> Timeline {
    let mut events = vec![
        event(
            0,
            "api-server",
            "job.created",
            r#"{"jobId":"job_7f3a","userId":"u_42","jobType":"image_generation","priority":"normal"}"#,
        ),
        event(
            12,
            "api-server",
            "redis_function.executing",
            r#"{"functionName":"findMatchingJob","argCount":3}"#,
        ),
        event(
            15,
            "api-server",
            "redis_function.completed",
            r#"{"functionName":"findMatchingJob","resultSize":412}"#,
        ),
        event(18, "api-server", "job.queued", r#"{"queueName":"default"}"#),
        event(1_530, "worker", "job.claimed", r#"{"claimTimeMs":1512}"#),
        event(
            1_544,
            "worker",
            "connector.processing_started",
            r#"{"connector":"comfyui"}"#,
        ),
        event(
            1_870,
            "machine",
            "machine.model_loaded",
            r#"{"model":"sdxl-base-1.0.safetensors","loadTimeMs":301}"#,
        ),
    ];
    for step in 0..12 {
        let data = format!(r#"{{"progress":{}}}"#, 5 * (step + 1));
        events.push(event(
            2_100 + 300 * step,
            "worker",
            "job.progress_updated",
            &data,
        ));
    }
    events.push(event(17_800, "machine", "error.OutOfMemoryError", r#"{"message":"CUDA out of memory. Tried to allocate 2.50 GiB (GPU 0; 23.69 GiB total capacity)","name":"OutOfMemoryError","stack":"OutOfMemoryError: CUDA\n    at sample (sampler.py:88)\n    at run (main.py:12)"}"#));
    events.push(event(
        17_812,
        "worker",
        "connector.processing_failed",
        r#"{"error":"ComfyUI answered 500","durationMs":16268}"#,
    ));
    events.push(event(
        17_815,
        "worker",
        "job.failed",
        r#"{"error":"ComfyUI answered 500","retryable":false}"#,
    ));
    events.push(event(
        18_100,
        "webhook-service",
        "webhook.delivered",
        r#"{"url":"https://example.com/hooks/8812","statusCode":200,"durationMs":87}"#,
    ));
    for event in &mut events[4..] {
        event.ids.set(Id::Worker, "worker-gpu-3");
        event.ids.set(Id::Machine, "salad-7781");
    }
    build(900_000, events)
}

pub(super) fn stuck() -> Timeline {
    let events = vec![
        event(0, "api-server", "job.created", r#"{"type":"video"}"#),
        event(40_000_000, "worker", "job.claimed", r#"{"claimTimeMs":12}"#),
        event(
            40_000_500,
            "worker",
            "job.failed",
            r#"{"error":{"message":"socket hang up","code":"ECONNRESET"}}"#,
        ),
        event(40_000_900, "monitor", "monitor.noted", ""),
        event(40_002_000, "worker", "job.claimed", r#"{"claimTimeMs":12}"#),
        event(50_000_000, "worker", "job.claimed", r#"{"claimTimeMs":12}"#),
        event(
            50_000_007,
            "worker",
            "job.progress_updated",
            "45 percent \u{1b}[31mred\u{7}\n",
        ),
        event(
            50_000_007,
            "作業サービス",
            "job.progress_updated",
            r#"{"message":"進捗 50% 🚀 モデルを読み込んでいます。しばらくお待ちください"}"#,
        ),
        event(50_000_007, "", "", ""),
    ];
    build(50_850_007, events)
}

fn many_services() -> Timeline {
    build(
        5,
        (0..100)
            .map(|n| {
                event(
                    0,
                    &format!("service-with-a-long-name-{n}"),
                    "some.very_long_event_type_that_goes_on_and_on_and_on_for_ever",
                    r#"{"a":1}"#,
                )
            })
            .collect(),
    )
}

pub(super) fn one() -> Timeline {
    build(100, vec![event(0, "api-server", "job.created", "")])
}

pub(super) fn worker() -> Timeline {
    let mut events = vec![
        event(0, "worker", "worker.ready", ""),
        event(30, "worker", "job.claimed", r#"{"jobId":"job_1"}"#),
        event(4_000, "worker", "job.completed", r#"{"durationMs":3970}"#),
    ];
    for event in &mut events {
        event.ids.set(Id::Worker, "w1");
    }
    events[1].ids.set(Id::Job, "job_1");
    let subject = Subject {
        kind: Id::Worker,
        id: "w1".into(),
    };
    let options = Options::new(Millis::clamped(START + 90_000));
    Timeline::build(Found::new(subject, events), &options).expect("events")
}

#[test]
fn no_width_is_too_small() {
    for timeline in [failed(), stuck(), many_services(), one(), worker()] {
        for width in (1..40).step_by(3).chain((40..200).step_by(9)) {
            for unicode in [true, false] {
                for full in [true, false] {
                    let text = drawn(
                        &timeline,
                        &Look {
                            width,
                            unicode,
                            full,
                        },
                    );
                    assert!(!text.contains(['\u{1b}', '\u{7}']));
                }
            }
        }
    }
}

#[test]
fn full_shows_every_row_and_every_line_of_text() {
    let text = drawn(&failed(), &FULL);
    assert_eq!(text.matches("job.progress_updated\n").count(), 12);
    assert!(text.contains("stack = OutOfMemoryError: CUDA\n"), "{text}");
    assert!(text.contains("    at sample (sampler.py:88)\n"), "{text}");
    assert!(!text.contains('…'), "{text}");
}

#[test]
fn colour_changes_nothing_but_colour() {
    let buffer = Buffer::default();
    let mut screen = Screen::to(Box::new(buffer.clone()), 80, true, true);
    draw(&failed(), &mut screen, false).expect("a buffer takes everything");
    let text = String::from_utf8(buffer.0.take()).expect("text");
    assert!(text.contains("\u{1b}["));
    let plain = anstream::adapter::strip_str(&text).to_string();
    let plain: Vec<_> = plain.lines().map(str::trim_end).collect();
    assert_eq!(plain, drawn(&failed(), &NARROW).lines().collect::<Vec<_>>());
}

#[test]
fn a_live_timeline_grows_by_rows() {
    let buffer = Buffer::default();
    let mut screen = Screen::to(Box::new(buffer.clone()), 80, true, false);
    let mut timeline = one();
    let mut live = Live::start(&timeline, &mut screen, false).expect("a buffer");
    buffer.0.take();
    let fresh = [
        event(
            5_000,
            "worker",
            "job.failed",
            r#"{"error":"out of memory"}"#,
        ),
        event(4_990, "worker", "job.claimed", ""),
    ];
    timeline.grow(&fresh, &Options::new(Millis::clamped(START + 5_100)));
    assert!(timeline.is_over());
    live.update(&timeline, &fresh, &mut screen)
        .expect("a buffer");
    let text = String::from_utf8(buffer.0.take()).expect("text");
    insta::assert_snapshot!(text, @r"
      ! ┄┄┄ 5.0 s gap: api-server → worker ┄┄┄
    10:30:05.123  +5.000s  worker      ✗ job.failed  out of memory
    10:30:05.113  -0.010s  worker        job.claimed
    ");
    live.finish(&timeline, &mut screen).expect("a buffer");
    let text = String::from_utf8(buffer.0.take()).expect("text");
    assert!(
        text.trim_end()
            .ends_with("✗ failed at 10:30:05.123, 100 ms ago\n  out of memory"),
        "{text}"
    );
}

#[test]
fn only_the_field_that_is_the_job_type_is_left_out() {
    let timeline = build(
        9,
        vec![
            event(0, "api", "job.created", r#"{"jobType":"render"}"#),
            event(
                2,
                "worker",
                "job.progressed",
                r#"{"jobType":"render","step":"render","type":"render"}"#,
            ),
        ],
    );
    let text = drawn(&timeline, &NARROW);
    assert!(
        text.contains("job.progressed  step=render type=render\n"),
        "{text}"
    );
    assert!(text.contains("job.created\n"), "{text}");
}
