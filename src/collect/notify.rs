//! Tells the service manager how the collector stands, in systemd's `sd_notify` protocol: that it
//! is ready, what it does, that it is alive and that it ends. Without a service manager that
//! listens, nothing happens. It knows a [`Report`], not what stands behind it.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;

use super::Report;
use crate::output::escape;

/// Characters of a status. The service manager passes over a message of more than 4 KiB.
const LONGEST: usize = 800;
/// What an end may take beyond the time for deliveries: last metrics, alerts, acknowledgements.
const LAST_STEPS: Duration = Duration::from_secs(20);

/// The way to the service manager.
#[derive(Debug)]
pub(crate) struct Notifier {
    /// Whether anybody listens.
    listens: bool,
    /// Half the time after which a silent process counts as stuck.
    beat: Option<Duration>,
    beaten: Instant,
    ready: bool,
    status: String,
}

impl Notifier {
    /// As the environment says.
    pub(crate) fn from_environment() -> Self {
        Self {
            listens: std::env::var_os("NOTIFY_SOCKET").is_some(),
            beat: sd_notify::watchdog_enabled().map(|time| time / 2),
            beaten: Instant::now(),
            ready: false,
            status: String::new(),
        }
    }

    /// Whether anybody wants to know how things stand.
    pub(crate) fn listens(&self) -> bool {
        self.listens
    }

    /// How long to wait between two looks, `longest` at most, so that no sign of life is late.
    pub(crate) fn pause(&self, longest: Duration) -> Duration {
        let beat = self.beat.unwrap_or(longest);
        beat.min(longest).max(Duration::from_millis(1))
    }

    /// Tells what is new, and that it is ready once every stream is read or the reason why not is
    /// known: a server that is away must not fail the start.
    pub(crate) fn tell(&mut self, report: &Report) {
        let settled =
            |stream: &super::report::StreamReport| stream.connected || stream.last_error.is_some();
        let status = status(report);
        if !self.ready && report.streams.iter().all(settled) {
            self.ready = true;
            self.send(&[NotifyState::Ready, NotifyState::Status(&status)]);
        } else if status != self.status {
            self.send(&[NotifyState::Status(&status)]);
        }
        self.status = status;
    }

    /// Gives a sign of life, unless the next look, after `pause`, comes early enough for it.
    pub(crate) fn alive(&mut self, pause: Duration) {
        if self
            .beat
            .is_some_and(|beat| self.beaten.elapsed() + pause >= beat)
        {
            self.beaten = Instant::now();
            self.send(&[NotifyState::Watchdog]);
        }
    }

    /// The end begins, and may take `timeout` for deliveries.
    pub(crate) fn stopping(&self, timeout: Duration) {
        let most = (timeout + LAST_STEPS).as_micros();
        self.send(&[
            NotifyState::Stopping,
            NotifyState::ExtendTimeoutUsec(u32::try_from(most).unwrap_or(u32::MAX)),
            NotifyState::Status("stopping: delivering what is on its way"),
        ]);
    }

    fn send(&self, states: &[NotifyState<'_>]) {
        // A service manager that does not listen any more is no reason to stop collecting.
        let _ = sd_notify::notify(states);
    }
}

/// One line without figures, so that it only changes when something does.
fn status(report: &Report) -> String {
    let names = |names: Vec<&str>| names.join(" and ");
    let mut parts = report.troubles();
    if parts.is_empty() {
        let streams = report.streams.iter();
        let outputs = report.outputs.iter();
        parts = vec![
            format!("reading {}", names(streams.map(|of| &*of.stream).collect())),
            format!(
                "delivering to {}",
                names(outputs.map(|of| &*of.name).collect())
            ),
        ];
    }
    // Others' words: a line break in them would begin another message.
    escape(&parts.join("; ")).chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::lane::Mark;
    use crate::collect::report::{LaneReport, StreamReport};

    fn failure(reason: &str) -> Option<Mark> {
        Some(Mark {
            at: 1,
            reason: reason.to_owned(),
        })
    }

    fn report(connected: bool, failing: bool, reason: &str) -> Report {
        let stream = |name: &str, connected| StreamReport {
            stream: name.to_owned(),
            connected,
            last_error: failure(reason),
            ..StreamReport::default()
        };
        Report {
            streams: vec![stream("emp:events", true), stream("emp:errors", connected)],
            outputs: vec![LaneReport {
                name: "file".to_owned(),
                failing_since: failing.then_some(1),
                last_error: failure(reason),
                ..LaneReport::default()
            }],
            ..Report::default()
        }
    }

    #[test]
    fn a_status_says_what_is_wrong_or_what_it_does() {
        let fine = "reading emp:events and emp:errors; delivering to file";
        assert_eq!(status(&report(true, false, "long ago")), fine);
        assert_eq!(
            status(&report(false, true, "gone")),
            "emp:errors: gone; file: gone"
        );
    }

    #[test]
    fn the_words_of_others_stay_one_short_line() {
        let status = status(&report(false, true, &"x\nREADY=1\n\u{1b}é".repeat(1000)));
        assert!(!status.contains(char::is_control), "{status}");
        assert_eq!(status.chars().count(), LONGEST);
    }

    #[test]
    fn signs_of_life_come_in_time() {
        let mut notifier = Notifier {
            listens: true,
            beat: Some(Duration::from_millis(400)),
            beaten: Instant::now(),
            ready: false,
            status: String::new(),
        };
        let second = Duration::from_secs(1);
        assert_eq!(notifier.pause(second), Duration::from_millis(400));
        let before = notifier.beaten;
        notifier.alive(Duration::ZERO);
        assert_eq!(notifier.beaten, before, "the next look comes at once");
        notifier.alive(Duration::from_millis(400));
        assert!(notifier.beaten > before, "the next look comes too late");
        notifier.beat = None;
        assert_eq!(notifier.pause(second), second);
    }
}
