use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ring::hmac;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};

use super::super::command::Command;
use super::super::deliver::{Attempt, Carrier, Courier};
use super::super::notice::Notice;
use super::super::state::Status;
use super::super::webhook::Webhook;
use super::super::{Alerts, Message, Rules, Vitals};
use super::hook::Hook;
use super::site::{Site, settings, until};
use crate::collect::outage::Outage;
use crate::output::{ColorChoice, Log, LogFormat, Verbosity};
use crate::store::redis::Target;
use crate::time::Clock;

const KINDS: &str = "[[alerts]]\nname = \"kinds\"\nquery = \"type:error.*\"\ncount = 1\n\
                     by = \"type\"\n";

fn alerts(text: &str, target: Target, consumer: &str) -> Alerts {
    let settings = settings(text);
    let rules = Rules::new(&settings.alerts, &Clock::system()).expect("rules");
    let streams = (&settings.events, &settings.errors);
    Alerts::new(rules, &settings.notify, streams, target, consumer).expect("alerts")
}

fn outage() -> Outage {
    Outage::new(Log::new(
        LogFormat::Text,
        ColorChoice::Never,
        Verbosity::Quiet,
    ))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Runs alerts as a collector does, until the test stops them.
struct Running {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
    told: Arc<Mutex<Vec<String>>>,
}

impl Running {
    fn start(alerts: Alerts) -> Self {
        let (stop, stopped) = oneshot::channel();
        let told = Arc::<Mutex<Vec<String>>>::default();
        let tell = Arc::clone(&told);
        let thread = std::thread::spawn(move || {
            let (_vitals, received) = watch::channel(Vitals::default());
            let tell = Box::new(move |_, text: &str| {
                tell.lock().expect("lines").push(text.to_owned());
            });
            let run = alerts.run(received, (tell, outage()), async {
                let _ = stopped.await;
            });
            runtime().block_on(run).expect("a thread");
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
            told,
        }
    }

    fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("an end");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

fn error(site: &mut Site, name: &str) {
    let page = [site.event(&format!("error.{name}"), json!({"message": "no answer"}))];
    let mut watch = site.watch();
    site.read(&mut watch, &page);
}

fn key(site: &Site, name: &str) -> Option<String> {
    let streams = crate::digest::digest(b"emp:events\nemp:errors") >> 96;
    let key = format!("emp:collector:{streams:08x}:alerts:{name}");
    site.server.ask(&["GET", &key])
}

fn outbox_is_empty(site: &Site) -> bool {
    key(site, "state").is_some_and(|state| state.ends_with("\"outbox\":[]}"))
}

#[test]
fn notices_are_posted_signed_and_tried_again() {
    let mut site = Site::new(KINDS);
    let hook = Hook::start();
    let text = format!(
        "{KINDS}[notify]\nwebhook = \"{}\"\nsecret = \"word\"\n",
        hook.url
    );
    let alerts = alerts(&text, site.server.target(), "one");
    let status = alerts.status();
    let mut running = Running::start(alerts);
    error(&mut site, "A");
    let first = hook.next().answer("503 Busy");
    let second = hook.next();
    let waits = "notices wait: the webhook answers 503";
    until("the trouble to be known", || {
        status.summary().trouble.as_deref() == Some(waits)
    });
    let second = second.answer("200 OK");
    until("the trouble to be over", || {
        status.summary().trouble.is_none()
    });
    assert_eq!(first.id(), second.id());
    assert_eq!(first.body, second.body);
    let signature = second.headers["x-emp-signature"].strip_prefix("sha256=");
    let hex = signature.expect("a signature").as_bytes().chunks(2);
    let tag: Vec<_> = hex
        .map(|pair| std::str::from_utf8(pair).expect("hex"))
        .map(|pair| u8::from_str_radix(pair, 16).expect("hex"))
        .collect();
    let with = |word: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, word);
    assert!(hmac::verify(&with(b"word"), &second.body, &tag).is_ok());
    assert!(hmac::verify(&with(b"other"), &second.body, &tag).is_err());
    let posted = second.json();
    assert_eq!(posted["rule"], "kinds");
    assert_eq!(posted["status"], "fired");
    assert_eq!(posted["value"], "error.A");
    until("the outbox to be empty", || outbox_is_empty(&site));
    // What is refused for good is given up, told, and counted; others come after it.
    error(&mut site, "B");
    hook.next().answer("400 Bad Request");
    error(&mut site, "C");
    assert_eq!(
        hook.next().answer("204 No Content").json()["value"],
        "error.C"
    );
    until("the outbox to be empty", || outbox_is_empty(&site));
    let totals = status.totals();
    assert_eq!((totals.fired, totals.delivered, totals.dropped), (3, 2, 1));
    let told = running.told.lock().expect("lines").clone();
    let (fired, others): (Vec<_>, Vec<_>) = told
        .into_iter()
        .partition(|line| line.starts_with("alert fired: kinds (error."));
    assert_eq!(fired.len(), 3, "{fired:?}");
    assert_eq!(
        others,
        [
            "notices wait, trying again: the webhook answers 503",
            "the webhook takes notices again",
            "a notice of kinds was given up: the webhook answers 400"
        ]
    );
    assert_eq!(status.summary().leader.as_deref(), Some("one"));
    assert_eq!(status.summary().firing.len(), 3);
    // Who stops lets others lead at once.
    running.stop();
    assert_eq!(key(&site, "lease"), None);
}

/// The process that the test below starts, and kills. Without what that gives it, it has nothing to
/// do.
#[test]
fn a_collector_in_a_process() {
    let variable = |name: &str| std::env::var(name);
    let (Ok(url), Ok(hook), Ok(name)) = (
        variable("EMP_TEST_ALERTS_URL"),
        variable("EMP_TEST_ALERTS_HOOK"),
        variable("EMP_TEST_ALERTS_NAME"),
    ) else {
        return;
    };
    let text = format!("{KINDS}[notify]\nwebhook = \"{hook}\"\ntimeout = \"60s\"\n");
    let target = Target::parse(&url, None).expect("an address");
    let (_vitals, received) = watch::channel(Vitals::default());
    let alerts = alerts(&text, target, &name);
    let run = alerts.run(
        received,
        (Box::new(|_, _| {}), outage()),
        std::future::pending(),
    );
    runtime().block_on(run).expect("a thread");
}

struct Process(Child);

impl Process {
    fn start(site: &Site, hook: &Hook, name: &str) -> Self {
        let program = std::env::current_exe().expect("this program");
        let child = std::process::Command::new(program)
            .arg("--exact")
            .arg("collect::alerts::tests::delivery::a_collector_in_a_process")
            .env("EMP_TEST_ALERTS_URL", site.server.url())
            .env("EMP_TEST_ALERTS_HOOK", &hook.url)
            .env("EMP_TEST_ALERTS_NAME", name)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.expect("a process"))
    }
}

/// Killed as nothing can be caught.
impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn of_two_collectors_one_tells_and_the_other_takes_over_when_it_is_killed() {
    let mut site = Site::new(KINDS);
    let hook = Hook::start();
    let leads = |site: &Site, name: &str| {
        let lease = key(site, "lease");
        lease.is_some_and(|holder| holder.starts_with(name))
    };
    let one = Process::start(&site, &hook, "one/");
    until("the first to lead", || leads(&site, "one/"));
    let other = Process::start(&site, &hook, "other/");
    error(&mut site, "A");
    let told = hook.next().answer("200 OK");
    until("the outbox to be empty", || outbox_is_empty(&site));
    // Killed in the middle of a post that nobody answers.
    error(&mut site, "B");
    let unanswered = hook.next();
    drop(one);
    let again = hook.next().answer("200 OK");
    assert!(leads(&site, "other/"));
    assert_eq!(unanswered.id(), again.id());
    assert_eq!(unanswered.body, again.body);
    assert_ne!(told.id(), again.id());
    until("the outbox to be empty", || outbox_is_empty(&site));
    // A restart tells nothing again: the next that comes is the next that is new.
    let one = Process::start(&site, &hook, "one/");
    drop(other);
    until("the first to lead again", || leads(&site, "one/"));
    error(&mut site, "C");
    let next = hook.next().answer("200 OK");
    assert_eq!(next.json()["value"], "error.C");
    assert_eq!(site.count(&["XLEN", "emp:events"]), 3);
    drop(one);
}

fn notice() -> Notice {
    Notice {
        id: "1".to_owned(),
        rule: "r".to_owned(),
        status: Status::Fired,
        severity: "critical".to_owned(),
        message: "$(touch hurt) `touch hurt`; touch hurt".to_owned(),
        value: None,
        count: 3,
        more: 3,
        since: String::new(),
        at: String::new(),
        examples: Vec::new(),
    }
}

fn attempt(text: &str, timeout: Duration) -> Attempt {
    let command = Command::new(text.to_owned(), timeout);
    runtime().block_on(command.attempt(&notice()))
}

#[test]
fn a_command_gets_the_notice_as_data_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().display();
    let text = format!(
        "cd '{place}' && cat > stdin && echo \"$EMP_ALERT_RULE $EMP_ALERT_COUNT $EMP_ALERT_MESSAGE\" > words"
    );
    assert_eq!(attempt(&text, Duration::from_secs(30)), Attempt::Done);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    assert!(read("stdin").ends_with("}\n"), "a line");
    let given: Value = serde_json::from_str(&read("stdin")).expect("JSON");
    assert_eq!(given["message"], notice().message);
    assert_eq!(read("words"), format!("r 3 {}\n", notice().message));
    assert!(!folder.path().join("hurt").exists());
}

#[test]
fn a_command_that_fails_or_hangs_is_a_failure_and_ends() {
    let failed = |reason: &str| Attempt::Failed {
        reason: reason.to_owned(),
        after: None,
    };
    let long = Duration::from_secs(30);
    assert_eq!(attempt("exit 3", long), failed("ended with exit status: 3"));
    assert_eq!(attempt("exec <&-; exit 0", long), Attempt::Done);
    // All that it has started ends with it: then nobody writes into the pipe any more.
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    let text = format!("sleep 1000 > '{}' & exec sleep 1000", pipe.display());
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || ended.send(std::fs::read(pipe).is_ok()));
    let short = Duration::from_millis(500);
    assert_eq!(attempt(&text, short), failed("did not end in time"));
    assert_eq!(end.recv_timeout(long), Ok(true));
}

/// A leader that is cut off from Redis cannot know whether another one tells by now.
#[test]
fn a_post_under_way_is_dropped_when_the_lease_ends() {
    let hook = Hook::start();
    let text = format!("[notify]\nwebhook = \"{}\"\ntimeout = \"60s\"\n", hook.url);
    let webhook = Webhook::new(&settings(&text).notify).expect("a webhook");
    let carrier = Carrier::Webhook(Arc::new(webhook.expect("a webhook")));
    let (notices, received) = mpsc::unbounded_channel();
    let (done, told) = std::sync::mpsc::channel();
    let short = || Instant::now() + Duration::from_millis(300);
    let (lease, renewed) = watch::channel(short());
    let courier = Courier {
        pace: carrier.pace(),
        carrier,
        notices: received,
        lease: renewed,
        done,
        shared: Arc::default(),
    };
    notices.send(notice()).expect("a courier");
    notices.send(notice()).expect("a courier");
    let thread = std::thread::spawn(move || runtime().block_on(courier.run()));
    let first = hook.next();
    // While it is renewed the post goes on, for longer than a lease.
    let begun = Instant::now();
    until("several leases", || {
        lease.send_replace(short());
        assert!(!thread.is_finished());
        begun.elapsed() > Duration::from_secs(1)
    });
    first.answer("200 OK");
    let unanswered = hook.next();
    assert!(matches!(told.recv(), Ok(Message::Tried(_, None))));
    assert!(matches!(told.recv(), Ok(Message::Done { .. })));
    until("the courier to end", || thread.is_finished());
    assert!(told.recv().is_err(), "what nobody answered is not done");
    drop(unanswered);
}
