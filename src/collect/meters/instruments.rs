//! The same figures as instruments of OpenTelemetry, for whatever meter provider there is.
//!
//! Counters and gauges are read when the provider asks; only lengths of time have to be recorded as
//! they happen.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Histogram, Meter, MeterProvider};

use super::figures::{
    ALERTS, COLLECTOR, EVENTS, Figure, JOBS, Kind, Lengths, STEPS, Take, Unit, WAITS,
};
use super::{BUCKETS, Meters};
use crate::collect::alerts::AlertStatus;
use crate::collect::report::Report;

/// Histograms of a meter provider.
#[derive(Debug)]
pub(super) struct Durations {
    jobs: Histogram<f64>,
    waits: Histogram<f64>,
    steps: Histogram<f64>,
}

impl Durations {
    fn of(meter: &Meter) -> Self {
        let histogram = |of: &Lengths| {
            let builder = meter.f64_histogram(of.name).with_unit("s");
            let builder = builder.with_description(of.help);
            builder.with_boundaries(BUCKETS.to_vec()).build()
        };
        Self {
            jobs: histogram(&JOBS),
            waits: histogram(&WAITS),
            steps: histogram(&STEPS),
        }
    }

    pub(super) fn job(&self, kind: &str, took: f64, waited: Option<f64>) {
        let values = labels(JOBS.labels.iter().copied().zip([kind]));
        self.jobs.record(took, &values);
        if let Some(waited) = waited {
            self.waits.record(waited, &values);
        }
    }

    pub(super) fn step(&self, name: &str, service: &str, took: f64) {
        let values = labels(STEPS.labels.iter().copied().zip([name, service]));
        self.steps.record(took, &values);
    }
}

impl Meters {
    /// Shows everything to a meter provider, too: to be called once, before anything is counted.
    pub(crate) fn register(
        self: &Arc<Self>,
        provider: &impl MeterProvider,
        alerts: AlertStatus,
        report: impl Fn() -> Report + Send + Sync + 'static,
    ) {
        let meter = &provider.meter("emp");
        // The first provider is the one that is asked.
        if self.durations.set(Durations::of(meter)).is_err() {
            return;
        }
        let report = Arc::new(report);
        for figure in COLLECTOR {
            let report = Arc::clone(&report);
            observe(meter, figure, move |take| (figure.read)(&report(), take));
        }
        for figure in ALERTS {
            let alerts = alerts.clone();
            observe(meter, figure, move |take| (figure.read)(&alerts, take));
        }
        for figure in EVENTS {
            let meters = Arc::clone(self);
            observe(meter, figure, move |take| {
                (figure.read)(&meters.lock(), take);
            });
        }
    }
}

/// Makes an instrument of a figure.
fn observe<S>(
    meter: &Meter,
    figure: &'static Figure<S>,
    read: impl Fn(&mut Take<'_>) + Send + Sync + 'static,
) {
    let callback = move |to: &dyn AsyncInstrument<f64>| {
        read(&mut |names, value| to.observe(value, &labels(names.iter().copied())));
    };
    let unit = match figure.unit {
        Unit::None => "",
        Unit::Seconds => "s",
        Unit::Bytes => "By",
    };
    // The provider keeps the instrument.
    match figure.kind {
        Kind::Counter => {
            let counter = meter.f64_observable_counter(figure.name).with_unit(unit);
            let counter = counter.with_description(figure.help);
            let _ = counter.with_callback(callback).build();
        }
        Kind::Gauge => {
            let gauge = meter.f64_observable_gauge(figure.name).with_unit(unit);
            let gauge = gauge.with_description(figure.help);
            let _ = gauge.with_callback(callback).build();
        }
    }
}

fn labels<'a>(pairs: impl Iterator<Item = (&'static str, &'a str)>) -> Vec<KeyValue> {
    pairs
        .map(|(name, value)| KeyValue::new(name, value.to_owned()))
        .collect()
}
