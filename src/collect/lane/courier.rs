//! The thread that hands a lane's batches to its output, and deals with what comes back.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{Batch, Lane};
use crate::collect::dead::Graveyard;
use crate::collect::output::{Item, Output, Verdict};
use crate::collect::pause::Backoff;
use crate::collect::priority;
use crate::collect::receipt::Ack;
use crate::collect::stop::Stop;
use crate::event::Millis;
use crate::quantity;
use crate::time::Clock;

/// Pauses after failures.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// The pause where somebody has to mend something first.
const DENIED_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause that an output may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);
/// How often a failure that lasts is told again.
const REMIND: Duration = Duration::from_secs(5 * 60);
/// How often waiting items are looked after during a pause.
const LOOK: Duration = Duration::from_secs(1);

/// Delivers what a lane holds.
pub(in crate::collect) struct Courier<O: Output> {
    lane: Arc<Lane<O::Item>>,
    output: O,
    graveyard: Arc<Graveyard>,
    acks: mpsc::Sender<Ack>,
    stop: Stop,
    told: Option<Instant>,
    /// The last word of an output that took something.
    warned: Option<String>,
}

/// Why a batch was left before it was done.
struct Over;

impl<O: Output + 'static> Courier<O> {
    pub(in crate::collect) fn new(
        lane: Arc<Lane<O::Item>>,
        output: O,
        graveyard: Arc<Graveyard>,
        acks: mpsc::Sender<Ack>,
        stop: Stop,
    ) -> Self {
        Self {
            lane,
            output,
            graveyard,
            acks,
            stop,
            told: None,
            warned: None,
        }
    }

    /// Starts the thread; it ends when the lane is closed and empty, or time is up.
    ///
    /// # Errors
    /// When the system has no thread or no timer for it.
    pub(in crate::collect) fn start(self) -> std::io::Result<JoinHandle<()>> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        thread::Builder::new()
            .name(self.lane.name.replace(' ', "-"))
            .spawn(move || self.run(&runtime))
    }

    fn run(mut self, runtime: &tokio::runtime::Runtime) {
        priority::give_way();
        while let Some(mut batch) = self.lane.next() {
            if let Err(Over) = runtime.block_on(self.work_through(&mut batch)) {
                if batch.is_unsafe() {
                    self.lane.secure_batch(&mut batch);
                }
                return;
            }
        }
    }

    async fn work_through(&mut self, batch: &mut Batch<O::Item>) -> Result<(), Over> {
        let mut backoff = Backoff::new(PAUSE.0, PAUSE.1);
        let whole = 0..batch.len();
        let mut parts = VecDeque::from([whole]);
        while let Some(part) = parts.pop_front() {
            let verdict = self.deliver(&batch.part(&part)).await?;
            match verdict {
                Verdict::Delivered => self.finish(batch, &part, 0)?,
                Verdict::Partial { rejected, reason } => {
                    self.rejected(&part, rejected, &reason);
                    self.finish(batch, &part, rejected)?;
                }
                Verdict::Refused { .. } if part.len() > 1 => {
                    let middle = part.start + part.len() / 2;
                    parts.push_front(middle..part.end);
                    parts.push_front(part.start..middle);
                    continue;
                }
                Verdict::Refused { reason } => {
                    if let Err(pause) = self
                        .bury_if_poison(batch, &part, reason, &mut backoff)
                        .await?
                    {
                        parts.push_front(part);
                        self.wait(pause, batch)?;
                        continue;
                    }
                }
                Verdict::Retry { reason, after } => {
                    parts.push_front(part);
                    let pause = after.map_or_else(
                        || backoff.next(),
                        |after| after.min(LONGEST_PAUSE).max(Duration::from_millis(1)),
                    );
                    self.failed(&reason, pause);
                    self.wait(pause, batch)?;
                    continue;
                }
                Verdict::Denied { reason } | Verdict::Unsupported { reason } => {
                    parts.push_front(part);
                    self.failed(&reason, DENIED_PAUSE);
                    self.wait(DENIED_PAUSE, batch)?;
                    continue;
                }
            }
            backoff.reset();
        }
        Ok(())
    }

    async fn deliver(&mut self, items: &[&O::Item]) -> Result<Verdict, Over> {
        tokio::select! {
            verdict = self.output.deliver(items) => Ok(verdict),
            () = self.stop.over() => Err(Over),
        }
    }

    /// One item is refused by itself. It is poison only if the output takes other things: an empty
    /// batch shows that, before and after it is refused once more. Otherwise gives back how long
    /// to wait.
    async fn bury_if_poison(
        &mut self,
        batch: &mut Batch<O::Item>,
        part: &Range<usize>,
        reason: String,
        backoff: &mut Backoff,
    ) -> Result<Result<(), Duration>, Over> {
        let mut refusal = reason;
        for attempt in 0..2 {
            let empty = self.deliver(&[]).await?;
            if !matches!(empty, Verdict::Delivered | Verdict::Partial { .. }) {
                let pause = backoff.next();
                self.failed(&refusal, pause);
                return Ok(Err(pause));
            }
            if attempt == 0 {
                match self.deliver(&batch.part(part)).await? {
                    Verdict::Refused { reason } => refusal = reason,
                    Verdict::Delivered => {
                        self.finish(batch, part, 0)?;
                        return Ok(Ok(()));
                    }
                    Verdict::Partial { rejected, reason } => {
                        self.rejected(part, rejected, &reason);
                        self.finish(batch, part, rejected)?;
                        return Ok(Ok(()));
                    }
                    _ => return Ok(Err(backoff.next())),
                }
            }
        }
        let event = batch.part(part).first().map(|item| item.to_event());
        if let Some(event) = event
            && let Err(error) = self.graveyard.bury(&event, self.lane.name, &refusal)
        {
            let pause = backoff.next();
            self.lane.log.warn(&format!(
                "{}: cannot put a refused event away: {error}",
                self.lane.name
            ));
            return Ok(Err(pause));
        }
        self.lane.tally.buried();
        self.lane.log.warn(&format!(
            "{}: one {} is refused for good and went to the dead letters: {refusal}",
            self.lane.name,
            O::Item::NOUN,
        ));
        self.forget(batch.finish(part))?;
        Ok(Ok(()))
    }

    /// The output has this part, which therefore leaves the spool.
    fn finish(
        &mut self,
        batch: &mut Batch<O::Item>,
        part: &Range<usize>,
        rejected: u64,
    ) -> Result<(), Over> {
        for id in batch.part(part).into_iter().filter_map(Item::canary) {
            let seen = Ack::Canary(id.to_owned(), Some(self.lane.name), Clock::system_now());
            // Nobody acknowledges anything any more: the collector ends.
            let _ = self.acks.send(seen);
        }
        if let Some(since) = self.lane.tally.delivered(part.len(), rejected) {
            self.told = None;
            let lasted = Clock::system_now().get() - Millis::get(since);
            self.lane.log.info(&format!(
                "{}: delivers again after {}",
                self.lane.name,
                quantity::duration(lasted)
            ));
        }
        self.forget(batch.finish(part))
    }

    /// Takes out of the spool what the output has. A spool that cannot be written (on a full disk,
    /// say) gives the same events again and again, so nothing goes on before they are gone.
    fn forget(&self, places: &[i64]) -> Result<(), Over> {
        let mut backoff = Backoff::new(PAUSE.0, PAUSE.1);
        let mut told = false;
        while !places.is_empty() && !self.lane.remove(places) {
            if !std::mem::replace(&mut told, true) {
                self.lane.log.error(&format!(
                    "{}: waits until delivered events can be taken out of the spool",
                    self.lane.name
                ));
            }
            if self.lane.rest(backoff.next()) {
                return Err(Over);
            }
        }
        Ok(())
    }

    /// The output took a part but for some that it refuses for good, or has a word to say.
    fn rejected(&mut self, part: &Range<usize>, rejected: u64, reason: &str) {
        self.lane.tally.noted(reason);
        if rejected == 0 && self.warned.as_deref() == Some(reason) {
            return;
        }
        self.warned = Some(reason.to_owned());
        let name = self.lane.name;
        let of = quantity::number_of(part.len() as u64, O::Item::NOUN);
        self.lane.log.warn(&match rejected {
            0 => format!("{name}: takes everything and says: {reason}"),
            _ => format!("{name}: {rejected} of {of} rejected for good: {reason}"),
        });
    }

    fn failed(&mut self, reason: &str, pause: Duration) {
        let first = self.lane.tally.failed(reason);
        if first || self.told.is_none_or(|told| told.elapsed() > REMIND) {
            self.told = Some(Instant::now());
            let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
            self.lane.log.warn(&format!(
                "{}: cannot deliver, keeps what comes and tries again in {}: {reason}",
                self.lane.name,
                quantity::duration(pause)
            ));
        }
    }

    /// Waits before another attempt, and makes everything safe first: nobody knows how long it
    /// will be, and what is acknowledged does not come to the other outputs again after a crash.
    fn wait(&self, pause: Duration, batch: &mut Batch<O::Item>) -> Result<(), Over> {
        let until = Instant::now() + pause;
        loop {
            if batch.is_unsafe() {
                self.lane.secure_batch(batch);
            }
            self.lane.secure_live();
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            if self.lane.rest(left.min(LOOK)) {
                return Err(Over);
            }
        }
    }
}
