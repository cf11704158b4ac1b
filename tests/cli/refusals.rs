//! A Redis that refuses: the event is kept, its sender unharmed, and one error tells why where it
//! will not pass by itself.

use std::process::Command;

use crate::support::{Sandbox, TestRedis, errors};

fn run(mut command: Command) -> (i32, String) {
    let output = command.output().expect("emp runs");
    assert_eq!(output.stdout, b"", "{output:#?}");
    let code = output.status.code().expect("an exit code");
    (code, String::from_utf8(output.stderr).expect("text"))
}

/// Emits against a server that refuses: the sender is unharmed, one error tells `why` with a hint,
/// `--strict` ends with 3, and both events are in the journal.
fn check_refusal(sandbox: &Sandbox, why: &str) {
    for (strict, code) in [(&[][..], 0), (&["--strict"], 3)] {
        let (seen, said) = run(sandbox.command(&[&["emit", "a.b"], strict].concat()));
        assert_eq!(seen, code, "{said}");
        assert_eq!(errors(&said), 1, "{said}");
        assert!(
            said.starts_with("error: the event is kept in the journal"),
            "{said}"
        );
        assert!(said.contains(why) && said.contains("hint: "), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    assert_eq!(sandbox.found(&["--from", "journal"]).len(), 2);
}

/// A later emit to a server that takes events finds the journal and drains it.
fn check_recovery(sandbox: &Sandbox, redis: &TestRedis) {
    let mut emit = sandbox.command(&["emit", "a.b"]);
    emit.env("EMP_URL", redis.url());
    assert_eq!(run(emit), (0, String::new()));
    assert_eq!(redis.len("emp:events"), 3);
    assert!(sandbox.found(&["--from", "journal"]).is_empty());
}

#[test]
fn a_wrong_password() {
    let redis = TestRedis::start();
    redis.run::<()>(&["CONFIG", "SET", "requirepass", "right"]);
    let address = redis.tcp_url();
    let with = |user: &str| Sandbox::at(&address.replace("://", &format!("://{user}@")));
    for (sandbox, why) in [
        (with(":hunter2"), "WRONGPASS"),
        (with("nobody:hunter2"), "WRONGPASS"),
        (Sandbox::at(&address), "password"),
    ] {
        check_refusal(&sandbox, why);
        // A query says the same, rather than show a part as if it were all.
        let (code, said) = run(sandbox.command(&["search"]));
        assert_eq!(code, 3, "{said}");
        let said_why = said.contains(why) || said.contains("NOAUTH");
        assert!(said_why && !said.contains("hunter2"), "{said}");
    }
    // A server that refuses closes the connection on whoever sends much at once.
    for user in [":hunter2@", ""] {
        let sandbox = Sandbox::at(&address.replace("://", &format!("://{user}")));
        let line = format!(
            "{{\"eventType\":\"a.b\",\"data\":{{\"x\":\"{:1000}\"}}}}\n",
            ""
        );
        let mut emit = sandbox.emp(&["emit", "--stdin"]);
        let output = emit
            .write_stdin(line.repeat(5000))
            .output()
            .expect("emp runs");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(output.status.success(), "{said}");
        assert_eq!(errors(&said), 1, "{said}");
        assert!(
            said.contains("refuses access") && said.contains("5000 kept"),
            "{said}"
        );
    }
    let right = with(":right");
    assert_eq!(run(right.command(&["emit", "a.b"])), (0, String::new()));
    assert_eq!(right.found(&[]).len(), 1);
}

#[test]
fn a_user_without_the_right_to_write() {
    let redis = TestRedis::start();
    let words = ["ACL", "SETUSER", "reader", "on", ">hunter2", "~*", "+@read"];
    redis.run::<()>(&words);
    let url = redis.tcp_url().replace("://", "://reader:hunter2@");
    let sandbox = Sandbox::at(&url);
    check_refusal(&sandbox, "NOPERM");
    assert_eq!(sandbox.found(&[]).len(), 2);
    check_recovery(&sandbox, &redis);
}

#[test]
fn a_key_of_another_type() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    redis.run::<()>(&["SET", "emp:events", "x"]);
    check_refusal(&sandbox, "the key `emp:events`");
    // The other stream is as good as ever, and its events do not wait behind those.
    assert_eq!(run(sandbox.command(&["emit", "--error", "E"])).0, 0);
    assert_eq!(redis.len("emp:errors"), 1);
    assert_eq!(sandbox.found(&["--stream", "errors"]).len(), 1);
    redis.run::<()>(&["DEL", "emp:events"]);
    check_recovery(&sandbox, &redis);
}

#[test]
fn a_stream_that_refuses_holds_up_no_other() {
    let mut redis = TestRedis::with_args(&["--appendonly", "yes"]);
    redis.run::<()>(&["SET", "emp:errors", "x"]);
    redis.kill9();
    let sandbox = Sandbox::with(&redis);
    // More than a page of the drain.
    let mut lines = "{\"eventType\":\"error.E\"}\n".repeat(600);
    lines += &"{\"eventType\":\"a.b\"}\n".repeat(10);
    let mut emit = sandbox.emp(&["emit", "--stdin"]);
    emit.write_stdin(lines).assert().success();
    redis.restart();
    assert_eq!(run(sandbox.command(&["emit", "a.b"])), (0, String::new()));
    assert_eq!(redis.len("emp:events"), 11);
    // It was not asked again for the pages that followed.
    let errors: String = redis.run(&["INFO", "errorstats"]);
    let count = errors.split("errorstat_WRONGTYPE:count=").nth(1);
    let count = count.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    assert!(count.is_some_and(|count: u32| count <= 256), "{errors}");
    assert_eq!(sandbox.found(&["--from", "journal"]).len(), 600);
    redis.run::<()>(&["DEL", "emp:errors"]);
    assert_eq!(run(sandbox.command(&["emit", "a.b"])), (0, String::new()));
    assert_eq!(redis.len("emp:errors"), 600);
}

#[test]
fn a_server_without_memory() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    redis.run::<()>(&["CONFIG", "SET", "maxmemory", "1"]);
    check_refusal(&sandbox, "OOM");
    assert_eq!(sandbox.found(&[]).len(), 2, "it can be read");
    redis.run::<()>(&["CONFIG", "SET", "maxmemory", "0"]);
    check_recovery(&sandbox, &redis);
}

#[test]
fn a_replica() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    redis.run::<()>(&["REPLICAOF", "127.0.0.1", "1"]);
    check_refusal(&sandbox, "READONLY");
    assert_eq!(sandbox.found(&[]).len(), 2, "it can be read");
    redis.run::<()>(&["REPLICAOF", "NO", "ONE"]);
    check_recovery(&sandbox, &redis);
}

#[test]
fn too_few_replicas() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    redis.run::<()>(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    check_refusal(&sandbox, "NOREPLICAS");
    redis.run::<()>(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    check_recovery(&sandbox, &redis);
}

#[test]
fn a_database_that_is_not_there() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::at(&format!("{}?db=99", redis.url()));
    check_refusal(&sandbox, "out of range");
    assert_eq!(redis.len("emp:events"), 0);
    check_recovery(&sandbox, &redis);
}

#[test]
fn trouble_that_passes_is_no_news() {
    // A replica that lost its primary and serves nothing stale stands for every such state.
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    redis.run::<()>(&["CONFIG", "SET", "replica-serve-stale-data", "no"]);
    redis.run::<()>(&["CONFIG", "SET", "replica-read-only", "no"]);
    redis.run::<()>(&["REPLICAOF", "127.0.0.1", "1"]);
    assert_eq!(run(sandbox.command(&["emit", "a.b"])), (0, String::new()));
    let (code, said) = run(sandbox.command(&["emit", "a.b", "-v"]));
    assert_eq!(code, 0);
    assert!(
        said.starts_with("detail: ") && said.contains("MASTERDOWN"),
        "{said}"
    );
    assert_eq!(sandbox.found(&[]).len(), 2, "answered from the journal");
    redis.run::<()>(&["REPLICAOF", "NO", "ONE"]);
    check_recovery(&sandbox, &redis);
}
