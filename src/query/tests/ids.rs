//! Which ids a query cannot do without.

use super::filter;
use crate::event::Id;
use crate::query::{Field, Filter};

#[test]
fn exact_ids_are_what_all_that_match_have() {
    let job = |value: &str| vec![(Some(Id::Job), value.to_owned())];
    for (query, expected) in [
        ("job:job_1", job("job_1")),
        ("job=job_1", job("job_1")),
        ("JobId:\"job 1\"", job("job 1")),
        ("job:a\\*b", job("a*b")),
        ("job=a*", job("a*")),
        ("level:error (job:job_1 service:x)", job("job_1")),
        ("trace:t", vec![(Some(Id::Trace), "t".to_owned())]),
        ("worker:w", vec![(Some(Id::Worker), "w".to_owned())]),
        ("id:x", vec![(None, "x".to_owned())]),
        (
            "id:x job:y",
            vec![(None, "x".to_owned()), (Some(Id::Job), "y".to_owned())],
        ),
    ] {
        assert_eq!(filter(query).exact_ids(), expected, "{query}");
    }
    for query in [
        "",
        "job_1",
        "job:*",
        "job:job_*",
        "job:job_?",
        "job:~job_1",
        "job!=job_1",
        "-job:job_1",
        "job>=job_1",
        "job:a OR job:b",
        "job:a OR level:error",
        "data.jobId:job_1",
        "eventId:x",
        "_id:1-1",
    ] {
        assert_eq!(filter(query).exact_ids(), [], "{query}");
    }
    let option = Filter::field(Field::Id(Id::Job), "job_1").expect("a filter");
    let both = Filter::all([Filter::everything(), Filter::any([option])]);
    assert_eq!(both.exact_ids(), job("job_1"));
}
