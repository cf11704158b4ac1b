//! What the last failures have in common, beyond chance.

use super::super::chance::Four;
use super::super::path::float;
use super::Facts;
use crate::event::{Id, Millis};
use crate::query::jobs::Course;
use crate::query::timeline::Outcome;

/// Failures that are looked at for what they have in common.
const LAST: usize = 40;

/// Fewer failures than this have nothing in common.
const ENOUGH: usize = 5;

/// Chance below which something in common is told: there are four things it could be.
const CERTAIN: f64 = 0.001;

/// Things that jobs can have in common.
const KINDS: [&str; 4] = ["machine", "worker", "type", "user"];

/// What is compared of a job.
struct Member<'a> {
    end: Option<Millis>,
    /// One of each of [`KINDS`], or empty.
    values: [&'a str; KINDS.len()],
}

impl<'a> Member<'a> {
    fn of(course: &Course<'a>) -> Self {
        let holder = |kind| course.holder(kind).unwrap_or_default();
        Self {
            end: course.last().map(|last| last.moment),
            values: [
                holder(Id::Machine),
                holder(Id::Worker),
                course.job_type,
                course.user,
            ],
        }
    }
}

/// Something that failures have in common.
pub(super) struct Common {
    pub(super) text: String,
    pub(super) evidence: String,
}

impl Facts<'_> {
    /// What this job's failure and the last ones have in common, beyond chance.
    pub(super) fn in_common(&self) -> Vec<Common> {
        let Some(course) = self.course else {
            return Vec::new();
        };
        let own = Member::of(course);
        let (mut failed, mut completed) = (Vec::new(), Vec::new());
        let courses = self.jobs.courses(self.options);
        for other in courses.filter(|other| other.id != course.id) {
            match other.outcome {
                Outcome::Failed | Outcome::TimedOut => failed.push(Member::of(&other)),
                Outcome::Completed => completed.push(Member::of(&other)),
                Outcome::Cancelled | Outcome::Unfinished => {}
            }
        }
        failed.sort_by_key(|member| std::cmp::Reverse(member.end));
        // The last ones; for a job of long ago those up to it.
        let newer = failed.iter().filter(|member| member.end > own.end).count();
        let skip = if newer >= LAST { newer } else { 0 };
        let failed: Vec<_> = failed.into_iter().skip(skip).take(LAST - 1).collect();
        if failed.len() + 1 < ENOUGH {
            return Vec::new();
        }
        let since = failed.iter().filter_map(|member| member.end).min();
        completed.retain(|member| member.end >= since);
        let mut found: Vec<Common> = Vec::new();
        for (at, (kind, value)) in KINDS.into_iter().zip(own.values).enumerate() {
            // A worker is on one machine, which is said already.
            if value.is_empty() || (kind == "worker" && !found.is_empty()) {
                continue;
            }
            let count = |members: &[Member<'_>]| {
                let has = |member: &&Member<'_>| member.values[at] == value;
                let same = members.iter().filter(has).count() as u64;
                (same, members.len() as u64 - same)
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
