//! How events look: a line each, or a block, on a terminal and in a pipe.

use unicode_width::UnicodeWidthStr;

use crate::support::{Sandbox, Terminal, TestRedis};

/// A sandbox with one long event and one short one.
fn long_and_short(redis: &TestRedis) -> Sandbox {
    redis.add(
        "emp:events",
        &[
            ("timestamp", "1758968940000"),
            ("service", "worker"),
            ("eventType", "job.failed"),
            ("jobId", "job_123"),
            ("workerId", "worker_7"),
            ("traceId", "8d12404289e478577467c87b7b93f785"),
            (
                "data",
                r#"{"attempt":2,"error":"CUDA out of memory: tried to allocate 2.5 GiB on 作業 GPU 0, of which 23 GiB are taken by others, and 1 GiB by us; see nvidia-smi","stack":"Error: x\n  at y"}"#,
            ),
        ],
    );
    redis.add(
        "emp:events",
        &[
            ("timestamp", "1758968941000"),
            ("service", "api-server"),
            ("eventType", "job.created"),
        ],
    );
    Sandbox::with(redis)
}

#[test]
fn a_pipe_gets_a_whole_line_for_each_event() {
    let redis = TestRedis::start();
    let sandbox = long_and_short(&redis);
    insta::assert_snapshot!(sandbox.stdout(&["search"]), @r#"
    09-27 10:29:00.000 [worker] job.failed job=job_123 error="CUDA out of memory: tried to allocate 2.5 GiB on 作業 GPU 0, of which 23 GiB are taken by others, and 1 GiB by us; see nvi…" attempt=2 worker=worker_7 trace=8d124042…
    09-27 10:29:01.000 [api-server] job.created
    "#);
    insta::assert_snapshot!(sandbox.stdout(&["search", "--full"]), @r"
    09-27 10:29:00.000 [worker] job.failed
      trace: 8d12404289e478577467c87b7b93f785
      job: job_123
      worker: worker_7
      attempt: 2
      error: CUDA out of memory: tried to allocate 2.5 GiB on 作業 GPU 0, of which 23 GiB are taken by others, and 1 GiB by us; see nvidia-smi
      stack: Error: x
            at y

    09-27 10:29:01.000 [api-server] job.created
    ");
    let mut ascii = sandbox.command(&["search", "failed"]);
    ascii.env("LANG", "C");
    let line = String::from_utf8(ascii.output().expect("emp runs").stdout).expect("text");
    assert!(
        line.ends_with("trace=8d124042...\n") && !line.contains('…'),
        "{line}"
    );
}

/// What a terminal shows, without colour.
fn shown(sandbox: &Sandbox, width: u16) -> Vec<String> {
    let mut command = sandbox.command(&["search"]);
    command.env("NO_COLOR", "1");
    let (text, status) = Terminal::spawn(command, width).finish();
    assert!(status.success(), "{text}");
    // A spinner may have come and gone.
    let text = text.rsplit("\u{1b}[2K").next().expect("a part").trim();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_terminal_gets_a_row_or_two_for_each_event() {
    let redis = TestRedis::start();
    let sandbox = long_and_short(&redis);
    for (width, most) in [(80, 160), (100, 200), (200, 200)] {
        let lines = shown(&sandbox, width);
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert!(lines[0].width() <= most, "{width}: {lines:#?}");
        assert!(lines[0].width() >= most - 12, "{width}: {lines:#?}");
        assert!(lines[0].ends_with('…'), "{width}: {lines:#?}");
        assert!(lines[0].contains("[worker] job.failed job=job_123 error=\"CUDA"));
        assert!(lines[1].ends_with("[api-server] job.created"));
    }
    let lines = shown(&sandbox, 300);
    assert!(
        lines[0].ends_with("worker=worker_7 trace=8d124042…"),
        "{lines:#?}"
    );
}

#[test]
fn what_was_looked_for_stands_out_on_a_terminal_only() {
    let redis = TestRedis::start();
    let sandbox = long_and_short(&redis);
    let marked = "\u{1b}[30;43mmemory\u{1b}[0m";
    let (text, _) = Terminal::spawn(sandbox.command(&["search", "MEMORY"]), 80).finish();
    assert!(text.contains(marked), "{text:?}");
    let piped = sandbox.stdout(&["search", "MEMORY"]);
    assert!(piped.contains("memory") && !piped.contains('\u{1b}'));
    let forced = sandbox.stdout(&["search", "MEMORY", "--color", "always"]);
    assert!(forced.contains(marked), "{forced:?}");
}

#[test]
fn a_picture_for_a_pager_fits_the_terminal() {
    let redis = TestRedis::start();
    let sandbox = long_and_short(&redis);
    let emp = sandbox.command(&[]);
    let line = format!("{} timeline job_123 | cat", env!("CARGO_BIN_EXE_emp"));
    for width in [80, 90] {
        let mut sh = std::process::Command::new("sh");
        sh.args(["-c", &line])
            .current_dir(sandbox.work())
            .env_clear();
        sh.envs(
            emp.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        let (text, status) = Terminal::spawn(sh, width).finish();
        assert!(status.success(), "{text}");
        let widest = text.lines().map(|line| line.trim_end().width()).max();
        let most = usize::from(width);
        assert!(
            widest.is_some_and(|cells| (most - 10..=most).contains(&cells)),
            "{width}: {text}"
        );
    }
}
