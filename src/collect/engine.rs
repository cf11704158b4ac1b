//! Builds a collector out of its parts, starts it, and brings it to an orderly end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::Error;
use super::acker::Acker;
use super::alerts::{AlertStatus, Alerts, Vitals};
use super::dead::Graveyard;
use super::export::{Logs, Traces};
use super::file::FileOutput;
use super::intake::{Ends, Giant, Intake, Notes, StreamTally};
use super::jobs::JobLog;
use super::keeper::Keeper;
use super::lane::{AnyLane, Courier, Lane, Limits};
use super::meters::Meters;
use super::outage::Outage;
use super::output::{Item, Output};
use super::plan::{Plan, Remains, Watchers, alerts};
use super::receipt::{Ack, Desk};
use super::report::{Report, Told, resident_memory};
use super::spans::Span;
use super::spool::Spool;
use super::stop::{Phase, Stop};
use crate::config::{CollectSettings, Settings};
use crate::event::Event;
use crate::store::redis::joblog::JobKeys;
use crate::store::redis::{Heartbeats, Index, Membership, Target};
use crate::time::Clock;

/// How long a line waits for others before it is written: people watch the file.
const FILE_DELAY: Duration = Duration::from_millis(100);
/// How often threads are looked after that are about to end.
const LOOK: Duration = Duration::from_millis(5);
/// What the last acknowledgements may take once all else is done.
const LAST_ACKS: Duration = Duration::from_secs(2);

/// A collector at work.
pub(crate) struct Collector {
    plan: Plan,
    stop: Stop,
    reopen: Arc<AtomicBool>,
    started: Instant,
    started_at: i64,
    meters: Arc<Meters>,
    desks: Vec<Arc<Desk>>,
    tallies: Vec<Arc<StreamTally>>,
    lanes: Vec<Arc<dyn AnyLane>>,
    spans: Option<Arc<Lane<Span>>>,
    acks: mpsc::Sender<Ack>,
    intakes: Vec<JoinHandle<()>>,
    couriers: Vec<JoinHandle<()>>,
    alerts: AlertStatus,
    acker: Option<JoinHandle<()>>,
    keeper: Option<JoinHandle<()>>,
    outage: Outage,
}

impl Collector {
    /// Opens what it writes to and starts to read.
    ///
    /// # Errors
    /// When a file or a spool cannot be used. A server that is away is waited for.
    pub(crate) fn start(plan: Plan) -> Result<(Self, Watchers), Error> {
        let (acks, done) = mpsc::channel();
        let alerts = alerts(&plan)?;
        let (seen, vitals) = watch::channel(Vitals::default());
        let mut collector = Self {
            stop: Stop::new(),
            reopen: Arc::default(),
            started: Instant::now(),
            started_at: Clock::system_now().get(),
            meters: Arc::default(),
            desks: Vec::new(),
            tallies: Vec::new(),
            lanes: Vec::new(),
            spans: None,
            acks,
            alerts: alerts.status(),
            intakes: Vec::new(),
            couriers: Vec::new(),
            acker: None,
            keeper: None,
            outage: Outage::new(plan.log.clone()),
            plan,
        };
        let collect = &collector.plan.settings.collect;
        let graveyard = Arc::new(Graveyard::new(
            collector.plan.target.clone(),
            collect.dead.clone(),
            collect.dead_max_len,
            collector.plan.consumer.clone(),
        ));
        let lanes = collector.open_outputs(&graveyard)?;
        if collector.lanes.is_empty() {
            let idle = collector.plan.settings.otlp()?.idle;
            return Err(Error::NoOutput { idle });
        }
        collector.read_streams(lanes, graveyard, done, &alerts)?;
        collector.keep_house(seen, alerts.stuck_after())?;
        let outage = collector.outage.clone();
        let watchers = Watchers {
            alerts,
            vitals,
            outage,
        };
        Ok((collector, watchers))
    }

    fn open_outputs(&mut self, graveyard: &Arc<Graveyard>) -> Result<Vec<Arc<Lane<Event>>>, Error> {
        let settings = self.plan.settings.collect.clone();
        let limits = Limits {
            items: settings.batch_events,
            bytes: usize::try_from(settings.batch_size).unwrap_or(usize::MAX),
            delay: settings.batch_delay,
        };
        let mut lanes = Vec::new();
        if let Some(path) = &settings.file {
            let reopen = Arc::clone(&self.reopen);
            let mut file = FileOutput::new(path, settings.file_size, settings.file_total, reopen);
            file.prepare().map_err(|source| Error::File {
                path: path.clone(),
                source,
            })?;
            let limits = Limits {
                delay: FILE_DELAY,
                ..limits
            };
            lanes.push(self.open("file", file, limits, graveyard, &settings)?);
        }
        let otlp = self.plan.settings.otlp()?;
        if let Some(logs) = Logs::new(&otlp)? {
            lanes.push(self.open("otlp logs", logs, limits, graveyard, &settings)?);
        }
        if let Some(traces) = Traces::new(&otlp)? {
            self.spans = Some(self.open("otlp traces", traces, limits, graveyard, &settings)?);
        }
        Ok(lanes)
    }

    fn open<O: Output + 'static>(
        &mut self,
        name: &'static str,
        output: O,
        limits: Limits,
        graveyard: &Arc<Graveyard>,
        settings: &CollectSettings,
    ) -> Result<Arc<Lane<O::Item>>, Error> {
        let path = Spool::place(&settings.spool, name);
        let spool = Spool::open(&path, settings.spool_size).map_err(|source| Error::Spool {
            output: name,
            source,
        })?;
        if let Some(aside) = spool.set_aside() {
            self.plan.log.error(&format!(
                "{name}: the spool was broken and lies in {} now",
                aside.display()
            ));
        }
        if spool.waiting() > 0 {
            self.plan.log.info(&format!(
                "{name}: {} wait in the spool from before",
                crate::quantity::number_of(spool.waiting(), O::Item::NOUN)
            ));
        }
        let lane = Lane::new(name, limits, spool, self.plan.log.clone());
        self.lanes.push(Arc::clone(&lane) as Arc<dyn AnyLane>);
        let graveyard = Arc::clone(graveyard);
        let courier = Courier::new(
            Arc::clone(&lane),
            output,
            graveyard,
            self.acks.clone(),
            self.stop.clone(),
        );
        self.couriers.push(courier.start()?);
        Ok(lane)
    }

    fn read_streams(
        &mut self,
        lanes: Vec<Arc<Lane<Event>>>,
        graveyard: Arc<Graveyard>,
        done: mpsc::Receiver<Ack>,
        alerts: &Alerts,
    ) -> Result<(), Error> {
        let ends = self.ends();
        let names = lanes.iter().map(|lane| lane.name());
        let outputs = names.collect::<Vec<_>>().join(",");
        let Settings {
            events,
            errors,
            collect,
            ..
        } = &self.plan.settings;
        let streams = [
            (events, &collect.events_group),
            (errors, &collect.errors_group),
        ];
        let mut members = Vec::new();
        for (number, (stream, group)) in streams.into_iter().enumerate() {
            let membership = Membership {
                stream: Arc::from(&*stream.name),
                group: group.clone(),
                consumer: self.plan.consumer.clone(),
            };
            let desk = Desk::new(number, self.acks.clone());
            let tally = Arc::new(StreamTally::new(&stream.name, group));
            members.push(membership.clone());
            self.desks.push(Arc::clone(&desk));
            self.tallies.push(Arc::clone(&tally));
            let (teller, telling) = ends.clone().start()?;
            self.intakes.push(telling);
            let intake = Intake {
                target: self.plan.target.clone(),
                membership,
                cap: stream.max_len,
                claim_idle: collect.claim_idle,
                desk,
                lanes: lanes.clone(),
                waited_for: self.lanes.clone(),
                notes: Notes::new(
                    self.plan.target.clone(),
                    Arc::from(&*stream.name),
                    JobLog::new(self.job_keys(), ends.options(), ends.policy()),
                    alerts.watch(),
                    (Index::new(&stream.name, group), collect.index),
                    self.plan.log.clone(),
                ),
                teller,
                graveyard: Arc::clone(&graveyard),
                giant: Giant::default(),
                tally,
                meters: Arc::clone(&self.meters),
                stop: self.stop.clone(),
                log: self.plan.log.clone(),
                outage: self.outage.clone(),
            };
            self.intakes.push(intake.start()?);
        }
        let acker = Acker {
            target: self.plan.target.clone(),
            members,
            desks: self.desks.clone(),
            done,
            outputs,
            stop: self.stop.clone(),
        };
        self.acker = Some(acker.start()?);
        Ok(())
    }

    fn keep_house(
        &mut self,
        vitals: watch::Sender<Vitals>,
        stuck_after: Option<Duration>,
    ) -> Result<(), Error> {
        let keeper = Keeper {
            target: self.plan.target.clone(),
            settings: self.plan.settings.clone(),
            jobs: self.job_keys(),
            ends: self.ends(),
            stuck_after,
            vitals,
            stop: self.stop.clone(),
            log: self.plan.log.clone(),
            outage: self.outage.clone(),
        };
        self.keeper = Some(keeper.start()?);
        Ok(())
    }

    fn job_keys(&self) -> JobKeys {
        let Settings { events, errors, .. } = &self.plan.settings;
        JobKeys::of(&events.name, &errors.name)
    }

    fn ends(&self) -> Ends {
        Ends {
            end_events: self.plan.settings.end_events.clone(),
            meters: Arc::clone(&self.meters),
            spans: self.spans.clone(),
            stop: self.stop.clone(),
        }
    }

    /// Opens files anew that somebody has moved away.
    pub(crate) fn reopen(&self) {
        self.reopen.store(true, Ordering::Relaxed);
    }

    /// The name of a thread that ended though nobody told it to.
    pub(crate) fn broken(&self) -> Option<String> {
        if self.stop.phase() > Phase::Running {
            return None;
        }
        let threads = self.intakes.iter().chain(&self.couriers);
        let threads = threads.chain(&self.acker).chain(&self.keeper);
        let ended = threads.filter(|thread| thread.is_finished());
        let name = ended.map(|thread| thread.thread().name().unwrap_or("?").to_owned());
        name.take(1).next()
    }

    /// The server.
    pub(super) fn target(&self) -> &Target {
        &self.plan.target
    }

    /// Its name in the consumer groups.
    pub(super) fn consumer(&self) -> &str {
        &self.plan.consumer
    }

    /// Where it tells of itself.
    pub(super) fn heartbeats(&self) -> Heartbeats {
        let Settings { events, errors, .. } = &self.plan.settings;
        Heartbeats::of(&events.name, &errors.name)
    }

    /// What is counted of events and jobs.
    pub(crate) fn meters(&self) -> &Arc<Meters> {
        &self.meters
    }

    /// Which alerts fire, and what was told of them.
    pub(crate) fn alerts(&self) -> &AlertStatus {
        &self.alerts
    }

    /// How it stands.
    pub(crate) fn report(&self) -> Report {
        let mut streams: Vec<_> = self.tallies.iter().map(|tally| tally.report()).collect();
        for (report, desk) in streams.iter_mut().zip(&self.desks) {
            report.unacknowledged = desk.open() as u64;
        }
        Report {
            consumer: self.plan.consumer.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            at: Clock::system_now().get(),
            started: self.started_at,
            uptime_s: self.started.elapsed().as_secs(),
            memory: resident_memory(),
            events_per_second: streams.iter().map(|one| one.events_per_second).sum(),
            stopping: self.stop.phase() > Phase::Running,
            streams,
            outputs: self.lanes.iter().map(|lane| lane.report()).collect(),
        }
    }

    /// All that it tells of itself.
    pub(crate) fn told(&self) -> Told {
        Told {
            report: self.report(),
            alerts: self.alerts.summary(),
        }
    }

    /// Reads nothing more, delivers what it has within `timeout`, and makes the rest safe.
    pub(crate) fn drain(&self, timeout: Duration) -> Remains {
        let deadline = Instant::now() + timeout;
        self.stop.advance(Phase::Draining);
        // What an intake still hands over is delivered like the rest.
        wait_for(&self.intakes, deadline);
        self.lanes.iter().for_each(|lane| lane.close());
        wait_for(&self.couriers, deadline);
        self.stop.advance(Phase::Over);
        self.desks.iter().for_each(|desk| desk.close());
        self.lanes.iter().for_each(|lane| lane.end());
        let last = deadline.max(Instant::now() + LAST_ACKS);
        wait_for(&self.couriers, last);
        // Everything that can be acknowledged lies in the channel before this.
        let _ = self.acks.send(Ack::End);
        wait_for(self.acker.as_slice(), last);
        // An entry is open before it is delivered: counted this way round, none is taken for lost.
        let delivered: usize = self.desks.iter().map(|desk| desk.delivered()).sum();
        let open: usize = self.desks.iter().map(|desk| desk.open()).sum();
        let lanes = self.lanes.iter();
        Remains {
            undelivered: open.saturating_sub(delivered) as u64,
            spooled: lanes.map(|lane| lane.report().spooled).sum(),
            unacknowledged: delivered.min(open) as u64,
        }
    }
}

/// Waits until threads have ended, or for no longer than a deadline.
fn wait_for(threads: &[JoinHandle<()>], deadline: Instant) {
    while threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < deadline {
        thread::sleep(LOOK);
    }
}
