//! The programs of `examples/`, as they stand there.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::support::{Client, Sandbox, TestRedis, missing};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name)
}

/// Runs an example in a sandbox, with `emp` on its search path.
fn run(sandbox: &Sandbox, mut program: Command, name: &str, args: &[&str]) -> Output {
    let bin = sandbox.work().join("emp-bin");
    std::fs::create_dir(&bin).expect("a folder");
    symlink(env!("CARGO_BIN_EXE_emp"), bin.join("emp")).expect("a link");
    let emp = sandbox.command(&[]);
    let own: Vec<_> = program
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    let path = std::env::var("PATH").unwrap_or_default();
    program
        .arg(example(name))
        .args(args)
        .current_dir(sandbox.work())
        .env_clear()
        .envs(
            emp.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .envs(own)
        .env("PATH", format!("{}:{path}", bin.display()))
        .env_remove("EMP_NOW")
        .stdin(Stdio::null());
    program.output().expect("the example runs")
}

fn types(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let found = sandbox.found(args).into_iter();
    found
        .map(|event| event["eventType"].as_str().unwrap_or("-").to_owned())
        .collect()
}

#[test]
fn the_deployment_script() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let output = run(&sandbox, Command::new("bash"), "deploy.sh", &["1.2"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"building 1.2\n");
    let events = sandbox.found(&[]);
    let told = ["deploy.started", "command.started", "command.completed"];
    let told = [&told[..], &told[1..], &["deploy.completed"]].concat();
    assert_eq!(types(&sandbox, &[]), told);
    for event in &events {
        assert_eq!(event["service"], "deploy", "{event}");
        assert_eq!(event["traceId"], events[0]["traceId"], "{event}");
    }
    assert_eq!(events[1]["parentSpanId"], events[0]["spanId"]);
}

#[test]
fn the_deployment_script_that_fails() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    // A folder stands where the upload should go.
    std::fs::create_dir_all(sandbox.work().join("uploaded/artifact")).expect("a folder");
    let output = run(&sandbox, Command::new("bash"), "deploy.sh", &["1.2"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let last = &sandbox.found(&["type:error.ShellCommandFailed"])[0];
    let script = std::fs::read_to_string(example("deploy.sh")).expect("the script");
    let line = last["data"]["line"].as_u64().expect("a line");
    let failed = script
        .lines()
        .nth(usize::try_from(line).expect("a line") - 1);
    assert!(
        failed.is_some_and(|text| text.contains("--name upload")),
        "{last}"
    );
    assert_eq!(types(&sandbox, &["type:command.failed"]).len(), 1);
}

#[test]
fn the_deployment_script_without_emp() {
    let sandbox = Sandbox::new();
    let mut bash = Command::new("bash");
    // Where the basic tools are, and nothing else.
    bash.arg(example("deploy.sh")).arg("1.2").env_clear();
    bash.env("PATH", "/usr/bin:/bin")
        .current_dir(sandbox.work());
    let output = bash.stdin(Stdio::null()).output().expect("bash runs");
    assert!(output.status.success(), "{output:?}");
    assert!(sandbox.work().join("uploaded").exists());
}

#[test]
fn the_node_service() {
    if missing(Client::Node) {
        return;
    }
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let node = Client::Node.command(&sandbox.work());
    let output = run(&sandbox, node, "service.js", &[]);
    assert!(output.status.success(), "{output:?}");
    let told = types(&sandbox, &["service:api-server"]);
    for event_type in ["request.received", "job.created", "error.UnknownJobType"] {
        assert!(told.iter().any(|seen| seen == event_type), "{told:?}");
    }
    assert_eq!((told.len(), redis.len("emp:errors")), (4, 1));
}

#[test]
fn the_python_worker() {
    if missing(Client::Python) {
        return;
    }
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let python = Client::Python.command(&sandbox.work());
    let output = run(&sandbox, python, "worker.py", &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        types(&sandbox, &["job:job_1"]),
        ["job.claimed", "job.completed"]
    );
    let told = types(&sandbox, &["job:job_2"]);
    assert_eq!((told.len(), redis.len("emp:errors")), (3, 1), "{told:?}");
}

#[test]
fn the_node_service_without_emp() {
    if missing(Client::Node) {
        return;
    }
    let mut node = Command::new(which("node"));
    node.arg(example("service.js"))
        .env_clear()
        .env("PATH", "/nonexistent");
    let output = node.output().expect("node runs");
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.starts_with("no events: "), "{said}");
}

fn which(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path).map(|folder| folder.join(name));
    found.find(|file| file.exists()).expect("a program")
}
