//! Bad input: one clear error with a hint and the right exit code, no password, and no event lost.

use crate::support::{Sandbox, TestRedis, errors};

/// What becomes of the event.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    /// There is none, or it is none.
    None,
    /// It is found, in Redis or in the journal.
    Kept,
    /// Both are out of reach, as the test wants it.
    Lost,
}

/// A call and what must come of it.
struct Case<'a> {
    args: Vec<String>,
    variables: &'a [(&'a str, &'a str)],
    code: i32,
    /// What the error says.
    says: &'a str,
    event: Event,
}

fn case<'a>(args: &[&str], code: i32, says: &'a str, event: Event) -> Case<'a> {
    Case {
        args: args.iter().map(ToString::to_string).collect(),
        variables: &[],
        code,
        says,
        event,
    }
}

impl<'a> Case<'a> {
    fn with(self, variables: &'a [(&'a str, &'a str)]) -> Self {
        Self { variables, ..self }
    }
}

#[test]
fn bad_input_is_told_and_costs_nothing() {
    let redis = TestRedis::start();
    let other = TestRedis::start();
    other.run::<()>(&["SET", "emp:events", "x"]);
    other.run::<()>(&["CONFIG", "SET", "requirepass", "right"]);
    let right = other.tcp_url().replace("://", "://:right@");
    let wrong = other.tcp_url().replace("://", "://me:hunter2@");
    let data = |bytes: usize| format!("{{\"x\":\"{}\"}}", "x".repeat(bytes));
    let prepare = || {
        let sandbox = Sandbox::with(&redis);
        sandbox.write("key.toml", "[redis]\nurll = \"redis://:hunter2@h\"\n");
        sandbox.write("value.toml", "[timeline]\ngap = \"soon\"\n");
        sandbox.write("syntax.toml", "[emit\n");
        sandbox.write("latin.txt", b"\xff\xfe");
        sandbox.write("large.json", data(1_048_600));
        // It fits by itself, but not with the other fields.
        sandbox.write("nearly.json", data(1_048_500));
        sandbox
    };
    let unwritable = [
        ("EMP_JOURNAL", "key.toml/journal.db"),
        ("EMP_URL", "redis://127.0.0.1:1"),
    ];
    use Event::{Kept, Lost, None};
    let cases = [
        // clap's own: usage in place of hints.
        case(
            &["emit", "a.b", "--no-such-flag"],
            2,
            "--no-such-flag",
            None,
        ),
        case(&["search", "--no-such-flag"], 2, "--no-such-flag", None),
        case(&["emit"], 2, "EVENT_TYPE", None),
        case(&["emit", "a.b", "--stdin"], 2, "--stdin", None),
        case(&["emit", "--stdin", "--level", "warn"], 2, "--level", None),
        case(&["emit", "a.b", "--level", "loud"], 2, "loud", None),
        case(&["emit", "--stdin", "--message", "m"], 2, "--message", None),
        case(&["no-such-command"], 2, "no-such-command", None),
        // Queries, times, ids.
        case(&["search", "(job:job_1"], 2, "column 1", None),
        case(&["search", "data.x>"], 2, "column 8", None),
        case(&["search", "job:~["], 2, "regular expression", None),
        case(&["search", "--since", "soon"], 2, "`soon` is no time", None),
        case(&["search", "--last", "0x"], 2, "`0x` is no duration", None),
        case(
            &["emit", "a.b", "--at", "soon"],
            2,
            "`soon` is no time",
            None,
        ),
        case(
            &["emit", "a.b", "--at", "2099-01-01"],
            2,
            "an hour ahead",
            None,
        ),
        case(
            &["emit", "a.b", "--timeout", "x"],
            2,
            "`x` is no duration",
            None,
        ),
        case(
            &["search", "--from", "no-such-file"],
            3,
            "no-such-file",
            None,
        ),
        // Events that are none.
        case(&["emit", "a b"], 2, "`a b` is no event type", None),
        case(&["emit", ""], 2, "`` is no event type", None),
        case(
            &["emit", "a\u{1b}[2J"],
            2,
            "`a\\u{1b}[2J` is no event type",
            None,
        ),
        case(&["emit", "a.b", "--data", "[1]"], 2, "no JSON object", None),
        case(&["emit", "a.b", "--data", "{"], 2, "no JSON object", None),
        case(
            &["emit", "a.b", "--data", "{} x"],
            2,
            "no JSON object",
            None,
        ),
        case(&["emit", "a.b", "--data", "@missing"], 2, "@missing", None),
        case(&["emit", "a.b", "--data", "@latin.txt"], 2, "UTF-8", None),
        case(
            &["emit", "a.b", "--data", "@large.json"],
            2,
            "1048576",
            None,
        ),
        case(
            &["emit", "a.b", "--data", "@nearly.json"],
            2,
            "1048576",
            None,
        ),
        case(
            &["emit", "--error", "--stack", "@/dev/zero"],
            2,
            "1048576",
            None,
        ),
        case(&["emit", "a.b", "-d", "x"], 2, "`x` is no field", None),
        case(&["emit", "a.b", "-d", "x:=y"], 2, "no JSON", None),
        // The address.
        case(
            &["emit", "a.b", "--url", "http://u:hunter2@h"],
            2,
            "`http`",
            Kept,
        ),
        case(
            &["search", "--url", "http://u:hunter2@h"],
            2,
            "`http`",
            None,
        ),
        case(
            &["emit", "a.b", "--url", "redis://u:hunter2@h:x"],
            2,
            "the port",
            Kept,
        ),
        case(&["emit", "a.b", "--url", &wrong], 0, "WRONGPASS", Kept),
        case(
            &["emit", "a.b", "--url", &wrong, "--strict"],
            3,
            "WRONGPASS",
            Kept,
        ),
        case(&["search", "--url", &wrong], 3, "WRONGPASS", None),
        // A key of another type.
        case(
            &["emit", "a.b", "--url", &right],
            0,
            "holds no stream",
            Kept,
        ),
        case(
            &["emit", "a.b", "--url", &right, "--strict"],
            3,
            "holds no stream",
            Kept,
        ),
        case(&["search", "--url", &right], 3, "holds no stream", None),
        // The configuration.
        case(
            &["emit", "a.b", "--config", "key.toml"],
            2,
            "`redis.urll`",
            Kept,
        ),
        case(
            &["emit", "a.b", "--config", "value.toml"],
            2,
            "`soon`",
            Kept,
        ),
        case(
            &["emit", "a.b", "--config", "syntax.toml"],
            2,
            "line 1",
            Kept,
        ),
        case(
            &["emit", "a.b", "--config", "missing.toml"],
            2,
            "missing.toml",
            Kept,
        ),
        case(&["emit", "a.b"], 0, "EMP_GAP", Kept).with(&[("EMP_GAP", "wide")]),
        case(&["search", "--config", "key.toml"], 2, "`redis.urll`", None),
        case(&["health", "--config", "syntax.toml"], 2, "line 1", None),
        // The journal.
        case(&["emit", "a.b"], 0, "key.toml/journal.db", Lost).with(&unwritable),
        case(&["emit", "a.b", "--strict"], 3, "key.toml/journal.db", Lost).with(&unwritable),
        case(&["search"], 3, "127.0.0.1:1", None).with(&unwritable),
    ];
    for Case {
        args,
        variables,
        code,
        says,
        event,
    } in cases
    {
        let sandbox = prepare();
        redis.run::<()>(&["FLUSHALL"]);
        let mut command = sandbox.command(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let output = command.envs(variables.iter().copied()).output();
        let output = output.expect("emp runs");
        let said = String::from_utf8(output.stderr).expect("text");
        let what = format!("emp {args:?} {variables:?}\n{said}");
        assert_eq!(output.status.code(), Some(code), "{what}");
        assert_eq!(output.stdout, b"", "{what}");
        assert_eq!(errors(&said), 1, "{what}");
        assert!(said.starts_with("error: ") && said.contains(says), "{what}");
        assert!(said.contains("hint: ") || said.contains("--help"), "{what}");
        assert!(
            !said.contains("hunter2") && !said.contains('\u{1b}'),
            "{what}"
        );
        assert!(said.lines().all(|line| line.len() < 400), "{what}");
        assert_eq!(
            sandbox.found(&[]).len(),
            usize::from(event == Kept),
            "{what}"
        );
        assert_eq!(said.contains("is lost"), event == Lost, "{what}");
    }
}

#[test]
fn an_unknown_id_is_a_negative_answer() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    sandbox
        .emp(&["emit", "a.b", "--job-id", "job_1"])
        .assert()
        .success();
    let output = sandbox
        .command(&["timeline", "job_9"])
        .output()
        .expect("emp runs");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.starts_with("nothing matches") && said.contains("1 entries scanned"),
        "{said}"
    );
    assert!(said.contains("hint: no event has the id `job_9`"), "{said}");
    assert_eq!(output.stdout, b"");
}
