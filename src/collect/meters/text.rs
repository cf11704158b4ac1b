//! What `/metrics` answers: the text of OpenMetrics, or the older one of Prometheus.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet, text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::registry::{Registry, Unit};

use super::Meters;
use super::figures::{
    ALERTS, COLLECTOR, EVENTS, Figure, JOBS, Kind, Lengths, STEPS, Unit as Measure, WAITS,
};
use crate::collect::alerts::AlertStatus;
use crate::collect::report::Report;

/// A text form of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exposition {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus 0.0.4, which tools know that never heard of OpenMetrics.
    Prometheus,
}

impl Exposition {
    /// What a client takes, by its `Accept` header.
    pub(crate) fn of(accept: Option<&str>) -> Self {
        match accept.is_some_and(|accept| accept.contains("application/openmetrics-text")) {
            true => Self::OpenMetrics,
            false => Self::Prometheus,
        }
    }

    /// Its `Content-Type`.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// All figures at one time.
pub(crate) fn render(
    meters: &Arc<Meters>,
    report: Report,
    alerts: &AlertStatus,
    form: Exposition,
) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Scrape {
        meters: Arc::clone(meters),
        alerts: alerts.clone(),
        report,
    }));
    let mut text = String::with_capacity(32 * 1024);
    // Writing to a string does not fail.
    let _ = text::encode(&mut text, &registry);
    match form {
        Exposition::OpenMetrics => text,
        Exposition::Prometheus => older(&text),
    }
}

#[derive(Debug)]
struct Scrape {
    meters: Arc<Meters>,
    alerts: AlertStatus,
    report: Report,
}

impl Collector for Scrape {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        for figure in COLLECTOR {
            encode(figure, &self.report, &mut to)?;
        }
        for figure in ALERTS {
            encode(figure, &self.alerts, &mut to)?;
        }
        let tables = self.meters.lock();
        for figure in EVENTS {
            encode(figure, &*tables, &mut to)?;
        }
        let spreads = [
            (&JOBS, &tables.durations),
            (&WAITS, &tables.waits),
            (&STEPS, &tables.steps),
        ];
        for (Lengths { name, help, labels }, pairs) in spreads {
            let unit = Some(&Unit::Seconds);
            let mut metric = to.encode_descriptor(name, help, unit, MetricType::Histogram)?;
            for (a, b, spread) in pairs.iter() {
                let labels: Vec<_> = labels.iter().copied().zip([a, b]).collect();
                spread.0.encode(metric.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

fn encode<S>(figure: &Figure<S>, from: &S, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let kind = match figure.kind {
        Kind::Counter => MetricType::Counter,
        Kind::Gauge => MetricType::Gauge,
    };
    let unit = match figure.unit {
        Measure::None => None,
        Measure::Seconds => Some(Unit::Seconds),
        Measure::Bytes => Some(Unit::Bytes),
    };
    let mut metric = to.encode_descriptor(figure.name, figure.help, unit.as_ref(), kind)?;
    let mut result = Ok(());
    (figure.read)(from, &mut |labels, value| {
        let encoded = match labels {
            [] => figure.kind.encode(&mut metric, value),
            labels => metric
                .encode_family(&labels)
                .and_then(|mut one| figure.kind.encode(&mut one, value)),
        };
        result = result.and(encoded);
    });
    result
}

impl Kind {
    /// A whole number is shown as one.
    fn encode(self, to: &mut MetricEncoder<'_>, value: f64) -> fmt::Result {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "compared with what it came from"
        )]
        let whole = value as i64;
        #[expect(
            clippy::cast_precision_loss,
            reason = "compared with what it came from"
        )]
        let is_whole = (whole as f64).to_bits() == value.to_bits();
        match (self, u64::try_from(whole)) {
            (Self::Counter, Ok(count)) if is_whole => to.encode_counter(&count, NO_EXEMPLAR),
            (Self::Counter, _) => to.encode_counter(&value, NO_EXEMPLAR),
            (Self::Gauge, _) if is_whole => to.encode_gauge(&whole),
            (Self::Gauge, _) => to.encode_gauge(&value),
        }
    }
}

/// The crate asks for one with every counter.
const NO_EXEMPLAR: Option<&Exemplar<NoLabelSet, f64>> = None;

/// The same in the older text: a counter's comments name it as its values do, and there is neither
/// a unit nor an end.
fn older(open: &str) -> String {
    let mut text = String::with_capacity(open.len());
    let mut help = "";
    for line in open.lines() {
        let comment = line
            .strip_prefix("# ")
            .and_then(|rest| rest.split_once(' '));
        match comment {
            Some(("HELP", rest)) => help = rest,
            Some(("TYPE", rest)) => {
                let (name, kind) = rest.split_once(' ').unwrap_or((rest, "untyped"));
                let said = help.strip_prefix(name).unwrap_or_default();
                let total = if kind == "counter" { "_total" } else { "" };
                text.push_str(&format!("# HELP {name}{total}{said}\n"));
                text.push_str(&format!("# TYPE {name}{total} {kind}\n"));
            }
            Some(("UNIT", _)) => {}
            _ if line == "# EOF" => {}
            _ => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}
