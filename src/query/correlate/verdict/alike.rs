//! What the last failures have in common, beyond chance.

use super::super::chance::Four;
use super::super::path::float;
use super::Facts;
use crate::event::Id;
use crate::query::jobs::Course;
use crate::query::timeline::Outcome;

/// Failures that are looked at for what they have in common.
const LAST: usize = 40;

/// Fewer failures than this have nothing in common.
const ENOUGH: usize = 5;

/// Chance below which something in common is told: there are four things it could be.
const CERTAIN: f64 = 0.001;

/// What a job has of one kind of thing.
type ValueOf = fn(&Course<'_>) -> String;

/// Something that failures have in common.
pub(super) struct Common {
    pub(super) text: String,
    pub(super) evidence: String,
}

impl Facts<'_> {
    /// What this job's failure and the last ones have in common, beyond chance.
    pub(super) fn in_common(&self) -> Vec<Common> {
        let Some(own) = self.course else {
            return Vec::new();
        };
        let end = |course: &Course<'_>| course.last().map(|last| last.moment);
        let others = || {
            let courses = self.jobs.courses(self.options);
            courses.filter(|course| course.id != own.id)
        };
        let mut failed: Vec<_> = others().filter(Course::has_failed).collect();
        failed.sort_by_key(|course| std::cmp::Reverse(end(course)));
        // The last ones; for a job of long ago those up to it.
        let newer = failed
            .iter()
            .filter(|course| end(course) > end(own))
            .count();
        let skip = if newer >= LAST { newer } else { 0 };
        let failed: Vec<_> = failed.into_iter().skip(skip).take(LAST - 1).collect();
        if failed.len() + 1 < ENOUGH {
            return Vec::new();
        }
        let since = failed.iter().filter_map(&end).min();
        let completed: Vec<_> = others()
            .filter(|course| course.outcome == Outcome::Completed && end(course) >= since)
            .collect();
        let kinds: [(&str, ValueOf); 4] = [
            ("machine", |course| holder(course, Id::Machine)),
            ("worker", |course| holder(course, Id::Worker)),
            ("type", |course| course.job_type.to_owned()),
            ("user", |course| course.user.to_owned()),
        ];
        let mut found: Vec<Common> = Vec::new();
        for (kind, of) in kinds {
            let value = of(own);
            // A worker is on one machine, which is said already.
            if value.is_empty() || (kind == "worker" && !found.is_empty()) {
                continue;
            }
            let count = |courses: &[Course<'_>]| {
                let same = courses.iter().filter(|course| of(course) == value).count() as u64;
                (same, courses.len() as u64 - same)
            };
            let ((group_with, group_without), (rest_with, rest_without)) =
                (count(&failed), count(&completed));
            let four = Four {
                group_with,
                group_without,
                rest_with,
                rest_without,
            };
            if four.chance() * float(4) > CERTAIN || group_with < 3 {
                continue;
            }
            let (same, all) = (group_with + 1, four.group() + 1);
            let preposition = if kind == "machine" || kind == "worker" {
                "on"
            } else {
                "of"
            };
            found.push(Common {
                text: format!("{same} of the last {all} failures are {preposition} {kind} {value}"),
                evidence: format!(
                    "{kind} {value}: {same} of the last {all} failed jobs, but {rest_with} of {} \
                     that completed since the first of them",
                    rest_with + rest_without
                ),
            });
        }
        found
    }
}

fn holder(course: &Course<'_>, kind: Id) -> String {
    course.holder(kind).unwrap_or_default().to_owned()
}
