//! The harness keeps its promises: what the other tests stand on.

use std::process::Command;

use crate::support::{Sandbox, Terminal, TestRedis};

#[test]
fn a_server_comes_back_with_what_it_had() {
    let mut redis = TestRedis::with_args(&["--appendonly", "yes", "--appendfsync", "always"]);
    let id = redis.add("s", &[("a", "1")]);
    redis.add_at("s", "99999999999999-7", &[("a", "2")]);
    let (socket, tcp) = (redis.url(), redis.tcp_url());
    redis.kill9();
    redis.restart();
    assert_eq!((redis.url(), redis.tcp_url()), (socket, tcp));
    assert_eq!(redis.len("s"), 2);
    let first: Vec<(String, Vec<String>)> = redis.run(&["XRANGE", "s", "-", "+", "COUNT", "1"]);
    assert_eq!(first, [(id, vec!["a".to_owned(), "1".to_owned()])]);
}

#[test]
fn servers_are_private() {
    let (one, other) = (TestRedis::start(), TestRedis::start());
    one.add("s", &[("a", "1")]);
    assert_eq!((one.len("s"), other.len("s")), (1, 0));
}

#[test]
fn a_terminal_is_a_terminal() {
    let mut sh = Command::new("sh");
    sh.args([
        "-c",
        "test -t 0 -a -t 1 -a -t 2 && stty size && read line && echo \"read $line\"",
    ]);
    let mut terminal = Terminal::spawn(sh, 97);
    terminal.wait_for("40 97");
    terminal.type_text("words\n");
    let (text, status) = terminal.finish();
    assert!(text.contains("read words"), "{text}");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_terminal_can_be_interrupted() {
    let mut sh = Command::new("sh");
    sh.args([
        "-c",
        "trap 'exit 7' INT; echo ready; while :; do sleep 0.01; done",
    ]);
    let terminal = Terminal::spawn(sh, 80);
    terminal.wait_for("ready");
    terminal.interrupt();
    assert_eq!(terminal.finish().1.code(), Some(7));
}

#[test]
fn a_sandbox_has_an_environment_of_its_own() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "content");
    let command = sandbox.command(&["--version"]);
    assert_eq!(command.get_current_dir(), Some(sandbox.work().as_path()));
    let value = |name: &str| {
        let mut set = command.get_envs().filter(|(seen, _)| *seen == name);
        set.next()
            .and_then(|(_, value)| value)
            .map(|value| value.to_string_lossy().into_owned())
    };
    assert_eq!(value("TZ").as_deref(), Some("UTC"));
    assert_eq!(value("EMP_URL").as_deref(), Some("redis://127.0.0.1:1"));
    assert_eq!(value("NO_COLOR"), None);
    let home = value("HOME").expect("a home");
    assert!(sandbox.work().starts_with(home.trim_end_matches("home")));
}
