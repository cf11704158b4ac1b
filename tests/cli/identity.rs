//! Ids and trace context of `emp emit`: made, printed, taken from the environment.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Running, Sandbox, TestRedis, wait_for};

const TRACE: &str = "8d12404289e478577467c87b7b93f785";
const HEADER: &str = "00-8d12404289e478577467c87b7b93f785-00f067aa0ba902b7-01";

/// Emits: the lines on standard output, what was said, and the event as it is found.
fn emit(args: &[&str], env: &[(&str, &str)]) -> (Vec<String>, String, Value) {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let mut command = sandbox.command(&[&["emit", "a.b"], args].concat());
    let output = command
        .envs(env.iter().copied())
        .output()
        .expect("emp runs");
    assert!(output.status.success(), "{output:?}");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let lines = text(output.stdout).lines().map(str::to_owned).collect();
    (lines, text(output.stderr), sandbox.found(&[]).remove(0))
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let hex = |byte: u8| byte == b'-' || byte.is_ascii_hexdigit();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(hex)
}

#[test]
fn ids_are_made_and_printed_in_order() {
    let args = [
        "--print-traceparent",
        "--new-request",
        "--new-job",
        "--print-id",
    ];
    let (lines, _, event) = emit(&args, &[]);
    let [id, job, request, header] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert_eq!(event["eventId"], **id);
    assert!(
        is_uuid(job.strip_prefix("job-").expect("a job id")),
        "{job}"
    );
    assert_eq!(event["jobId"], **job);
    assert!(
        is_uuid(request.strip_prefix("req-").expect("a request id")),
        "{request}"
    );
    assert_eq!(event["requestId"], **request);
    let text = |name: &str| event[name].as_str().expect(name).to_owned();
    assert_eq!(
        *header,
        format!("00-{}-{}-01", text("traceId"), text("spanId"))
    );
}

#[test]
fn a_trace_goes_on_or_begins_anew() {
    let (lines, _, event) = emit(&["--print-traceparent"], &[("TRACEPARENT", HEADER)]);
    assert_eq!(event["traceId"], TRACE);
    assert_eq!(event["parentSpanId"], "00f067aa0ba902b7");
    assert!(
        lines[0].starts_with(&format!("00-{TRACE}-")) && lines[0] != HEADER,
        "{lines:?}"
    );

    let env = [("TRACEPARENT", HEADER), ("EMP_TRACE_ID", TRACE)];
    let (_, said, event) = emit(&["--new-trace"], &env);
    assert_ne!(event["traceId"], TRACE);
    assert!(event.get("parentSpanId").is_none(), "{event}");
    assert_eq!(said, "");
}

#[test]
fn an_invalid_header_is_told_and_begins_a_trace() {
    let untraced = HEADER.replace(TRACE, &"0".repeat(32));
    let orphaned = HEADER.replace("00f067aa0ba902b7", &"0".repeat(16));
    for header in ["00-0-0-00", &untraced, &orphaned] {
        let env = [("TRACEPARENT", header), ("EMP_TRACE_ID", TRACE)];
        let (_, said, event) = emit(&[], &env);
        let warning =
            format!("TRACEPARENT \"{header}\" is no W3C trace context; a new trace begins");
        assert_eq!(said, format!("warning: {warning}\n"));
        let trace = event["traceId"].as_str().expect("a trace");
        assert!(trace.len() == 32 && trace != TRACE, "{trace}");
        assert!(event.get("parentSpanId").is_none(), "{event}");
    }
}

#[test]
fn a_trace_that_no_header_can_carry_is_refused() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let args = [
        "emit",
        "a.b",
        "--trace-id",
        "my trace",
        "--print-traceparent",
    ];
    let emp = sandbox.emp(&args).assert().code(2);
    let said = String::from_utf8_lossy(&emp.get_output().stderr).into_owned();
    assert!(
        said.contains("no TRACEPARENT can carry the trace my trace"),
        "{said}"
    );
    assert_eq!(redis.len("emp:events"), 0);
}

#[test]
fn a_disabled_emitter_still_makes_ids() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let mut command = sandbox.command(&["emit", "a.b", "--new-job", "--print-traceparent"]);
    command.env("EMP_DISABLED", "1").env("TRACEPARENT", HEADER);
    let output = command.output().expect("emp runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("job-"), "{lines:?}");
    assert!(lines[1].starts_with(&format!("00-{TRACE}-")), "{lines:?}");
    assert_eq!(redis.len("emp:events"), 0);
}

#[test]
fn new_events_say_where_they_come_from() {
    let env = [
        ("NODE_ENV", "production"),
        ("AWS_REGION", "us-1"),
        ("npm_package_version", "1.2.3"),
        ("MACHINE_ID", "gpu-1"),
        ("EMP_WORKER_INDEX", "0"),
        ("EMP_INSTANCE_ID", "auto"),
    ];
    let (_, _, event) = emit(&[], &env);
    for (name, value) in [
        ("environment", "production"),
        ("region", "us-1"),
        ("version", "1.2.3"),
        ("machineId", "gpu-1"),
        ("workerId", "gpu-1-worker-0"),
        ("instanceId", "machine-gpu-1.gpu-1-worker-0"),
    ] {
        assert_eq!(event[name], value, "{event}");
    }
}

#[test]
fn a_long_lived_emitter_that_is_ended_delivers_what_it_has() {
    for signal in [Signal::TERM, Signal::INT] {
        // Redis is up, or away: then the journal has it.
        for away in [false, true] {
            let redis = TestRedis::start();
            let sandbox = if away {
                Sandbox::new()
            } else {
                Sandbox::with(&redis)
            };
            let mut command = sandbox.command(&["emit", "--stdin"]);
            command.stdin(Stdio::piped());
            let mut running = Running::spawn(command);
            running.write("{\"eventType\":\"first\"}\n");
            wait_for("the first event", || {
                // Until there is a journal, nothing can be read where Redis is away.
                let search = sandbox.command(&["search", "first"]).output();
                search.expect("emp runs").status.success().then_some(())
            });
            // The last is written and at once the signal comes.
            let lines: String = (0..2000)
                .map(|n| format!("{{\"eventType\":\"n.{n}\"}}\n"))
                .collect();
            running.write(&lines);
            let pid = i32::try_from(running.pid()).ok().and_then(Pid::from_raw);
            kill_process(pid.expect("a process"), signal).expect("a running program");
            let (_, said, status) = running.finish();
            assert_eq!(sandbox.found(&[]).len(), 2001, "{said}");
            let ended_by = std::os::unix::process::ExitStatusExt::signal(&status);
            assert_eq!(ended_by, Some(signal.as_raw()), "{said}");
        }
    }
}
