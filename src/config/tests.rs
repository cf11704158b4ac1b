use super::*;

/// Loads settings from a list of variables and of files below a fresh folder.
fn load(
    variables: &[(&str, &str)],
    files: &[(&str, &str)],
    flags: &[(&'static str, &'static str, String)],
) -> Result<(tempfile::TempDir, Settings), Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let work = folder.path().join("project/deep/below");
    std::fs::create_dir_all(&work).expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let home = folder.path().join("home").to_string_lossy().into_owned();
    let env = |name: &str| {
        let given = variables.iter().find(|(variable, _)| *variable == name);
        match name {
            "HOME" => Some(home.clone()),
            _ => given.map(|(_, text)| (*text).to_owned()),
        }
    };
    let settings = Settings::load(&Inputs {
        env: &env,
        folder: &work,
        file: None,
        flags,
    })?;
    Ok((folder, settings))
}

/// Each layer is beaten by every one before it, as the top of the room says.
#[test]
fn layers_beat_each_other_in_the_stated_order() {
    let flag = [("redis.url", "--url", "redis://flag".to_owned())];
    let own = ("EMP_URL", "redis://own");
    let project = ("project/emp.toml", "[redis]\nurl = \"redis://project\"\n");
    let user = (
        "home/.config/emp/config.toml",
        "[redis]\nurl = \"redis://user\"\n",
    );
    let generic = ("REDIS_URL", "redis://generic");
    let host = ("REDIS_HOST", "host");
    let url = |variables: &[(&str, &str)], files: &[(&str, &str)], flags: &[_]| {
        let (_folder, settings) = load(variables, files, flags).expect("settings");
        settings.url
    };
    let none = [];
    assert_eq!(
        url(&[own, generic, host], &[project, user], &flag),
        "redis://flag"
    );
    assert_eq!(
        url(&[own, generic, host], &[project, user], &none),
        "redis://own"
    );
    assert_eq!(
        url(&[generic, host], &[project, user], &none),
        "redis://project"
    );
    assert_eq!(url(&[generic, host], &[user], &none), "redis://user");
    assert_eq!(url(&[generic, host], &[], &none), "redis://generic");
    assert_eq!(url(&[host], &[], &none), "redis://host:6379");
    assert_eq!(
        url(&[("EMP_URL", "")], &[], &none),
        "redis://127.0.0.1:6379"
    );
}

#[test]
fn host_port_and_password_make_an_address() {
    let variables = [
        ("REDIS_HOST", "cache"),
        ("REDIS_PORT", "7000"),
        ("REDIS_PASSWORD", "p@ss/word"),
    ];
    let (_folder, settings) = load(&variables, &[], &[]).expect("settings");
    assert_eq!(settings.url, "redis://:p%40ss%2Fword@cache:7000");
    let (_, shown) = settings.show().next().expect("a value");
    assert_eq!(shown.text.as_deref(), Some("redis://:***@cache:7000"));
    assert_eq!(shown.origin, Origin::Env("REDIS_HOST".into()));
}

#[test]
fn passwords_are_masked() {
    for (url, masked) in [
        ("redis://h:1/0", "redis://h:1/0"),
        ("redis://user@h", "redis://user@h"),
        ("redis://user:secret@h:1/0", "redis://user:***@h:1/0"),
        ("rediss://:se@cr@h", "rediss://:***@h"),
        (
            "redis+unix://u:secret@/run/redis.sock",
            "redis+unix://u:***@/run/redis.sock",
        ),
        (":secret@h", ":***@h"),
        ("unix:///s?pass=se#cret&db=2", "unix:///s?pass=***&db=2"),
        (
            "redis+unix:///s?user=u&pass=secret",
            "redis+unix:///s?user=u&pass=***",
        ),
    ] {
        assert_eq!(mask_password(url), masked);
    }
}

#[test]
fn a_wrong_file_is_an_error_that_helps() {
    for (text, message, hint) in [
        (
            "[redis]\nurll = \"x\"\n",
            "there is no setting `redis.urll`",
            Some("did you mean `redis.url`?"),
        ),
        (
            "timeout = 5\n",
            "there is no setting `timeout`",
            Some("did you mean `emit.timeout`?"),
        ),
        (
            "[redis\n",
            "line 1: ",
            Some("the file is TOML: [redis], then url = \"redis://host:6379\""),
        ),
        (
            "[emit]\ntimeout = 5\n",
            "`5` is no duration (250ms, 15s, 2h, 7d), as emit.timeout from ",
            Some("`emp config show` tells where each value comes from"),
        ),
        (
            "[streams]\nevents_max_len = 0\n",
            "`0` is no number of entries above zero",
            Some("`emp config show` tells where each value comes from"),
        ),
    ] {
        let error = load(&[], &[("project/emp.toml", text)], &[]).expect_err(text);
        assert!(error.to_string().contains(message), "{error}");
        assert_eq!(error.hints().first().map(String::as_str), hint, "{error}");
    }
}

#[test]
fn lists_and_numbers_are_written_as_toml_has_them() {
    let text = "[health]\nservices = [\"api-server\", \"worker\"]\n[streams]\nerrors_max_len = 7\n";
    let (_folder, settings) = load(&[], &[("project/emp.toml", text)], &[]).expect("settings");
    assert_eq!(settings.services, ["api-server", "worker"]);
    assert_eq!(settings.errors.max_len, 7);
    assert_eq!(settings.files().len(), 1);
}

/// An emitter goes on with all that can be read.
#[test]
fn what_makes_sense_is_salvaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "top = 1\n[redis]\nurll = \"x\"\nurl = \"redis://project\"\n\
                [emit]\ntimeout = 5\nservice = {}\n[streams]\nevents = \"mine\"\n";
    std::fs::write(folder.path().join("emp.toml"), text).expect("a file");
    let env = |name: &str| match name {
        "EMP_GAP" => Some("wide".to_owned()),
        "EMP_JOURNAL" => Some("/j.db".to_owned()),
        _ => None,
    };
    let inputs = Inputs {
        env: &env,
        folder: folder.path(),
        file: None,
        flags: &[],
    };
    let (settings, fault) = Settings::salvage(&inputs);
    assert!(fault.is_some() && Settings::load(&inputs).is_err());
    assert_eq!(settings.url, "redis://project");
    assert_eq!(settings.events.name, "mine");
    assert_eq!(settings.journal, Path::new("/j.db"));
    assert_eq!(
        (settings.timeout.as_millis(), settings.gap.as_millis()),
        (250, 1000)
    );
    assert_eq!(settings.origin("emit.timeout"), Origin::Default);
    assert_eq!(settings.service, None);
}

#[test]
fn the_defaults_make_sense() {
    let (_folder, settings) = load(&[], &[], &[]).expect("settings");
    assert_eq!(settings.events.name, "emp:events");
    assert_eq!(settings.timeout.as_millis(), 250);
    assert_eq!(settings.end_events.len(), 5);
    assert!(!settings.names_redis());
}

#[test]
fn what_an_emitter_cannot_do_is_refused() {
    for (variable, value, expected) in [
        ("EMP_SAMPLE", "job.*=1.5", "shares from 0 to 1"),
        ("EMP_SAMPLE", "job.*=-0.1", "shares from 0 to 1"),
        ("EMP_SAMPLE", "job.*=NaN", "shares from 0 to 1"),
        ("EMP_SAMPLE", "job.*", "pattern=share"),
        ("EMP_LEVEL", "loud", "level (debug, info, warn, error)"),
        ("EMP_RATE_LIMIT", "-1", "number"),
        ("EMP_QUEUE", "0", "number above zero"),
        ("EMP_QUEUE_SIZE", "0", "size"),
        ("EMP_JOURNAL_MAX_SIZE", "much", "size (32MiB, 100MB)"),
        ("EMP_FLUSH_INTERVAL", "50", "duration"),
    ] {
        let error = load(&[(variable, value)], &[], &[]).expect_err(value);
        let text = error.to_string();
        assert!(text.contains(&format!("`{value}`")), "{text}");
        assert!(text.contains(expected), "{text}");
        assert!(text.contains(variable), "{text}");
    }
}

#[test]
fn shares_and_sizes_are_read() {
    let file = "[emit]\nqueue_size = \"1MiB\"\n[emit.sample]\n\"job.progress_*\" = 0.1\n\
                [journal]\nmax_size = \"50 MB\"\n";
    let (_folder, settings) = load(&[], &[("project/emp.toml", file)], &[]).expect("settings");
    assert_eq!(settings.sample.len(), 1);
    assert_eq!(settings.sample[0].pattern, "job.progress_*");
    assert!((settings.sample[0].rate - 0.1).abs() < 1e-9);
    assert_eq!(settings.queue_bytes, 1 << 20);
    assert_eq!(settings.journal_max_bytes, 50_000_000);
    let (_folder, defaults) = load(&[], &[], &[]).expect("settings");
    assert_eq!(defaults.journal_max_bytes, 100_000_000);
}

#[test]
fn each_server_has_a_journal_of_its_own() {
    let journal = |url: &str| {
        let (folder, settings) = load(&[("EMP_URL", url)], &[], &[]).expect("settings");
        let path = settings
            .journal
            .strip_prefix(folder.path())
            .expect("below the home");
        path.to_string_lossy().into_owned()
    };
    assert_eq!(journal(""), "home/.local/state/emp/journal.db");
    assert_eq!(journal("redis://127.0.0.1:6379"), journal(""));
    let names = ["redis://a", "redis://a/1", "redis://b", "redis://me:x@a"].map(journal);
    let different: std::collections::HashSet<_> = names.iter().collect();
    assert_eq!(different.len(), names.len(), "{names:?}");
    assert_eq!(
        journal("redis://me:other@a"),
        names[3],
        "whatever the password"
    );
    let (_, named) = load(
        &[("EMP_URL", "redis://a"), ("EMP_JOURNAL", "/x/j.db")],
        &[],
        &[],
    )
    .expect("settings");
    assert_eq!(named.journal, std::path::Path::new("/x/j.db"));
}

#[test]
fn only_what_names_redis_for_emp_counts_as_named() {
    let own = ("project/emp.toml", "[redis]\nurl = \"redis://project\"\n");
    let flag = [("redis.url", "--url", "redis://flag".to_owned())];
    let generic = [("REDIS_URL", "redis://a"), ("REDIS_HOST", "a")];
    let names = |variables: &[(&str, &str)], files: &[(&str, &str)], flags: &[_]| {
        let (_folder, settings) = load(variables, files, flags).expect("settings");
        settings.names_redis()
    };
    assert!(names(&generic, &[], &flag));
    assert!(names(&generic, &[own], &[]));
    assert!(names(&[("EMP_URL", "redis://own")], &[], &[]));
    assert!(!names(&generic, &[], &[]));
    assert!(!names(&generic[1..], &[], &[]));
}

#[test]
fn rules_of_alerts_stand_beside_the_settings() {
    let text = "[emit]\nservice = \"a\"\n[[alerts]]\nname = \"mine\"\nstuck_for = \"10m\"\n\
                [notify]\nwebhook = \"https://hooks.example/T0/hunter2\"\nsecret = \"hunter2\"\n";
    let (_folder, settings) = load(&[], &[("project/emp.toml", text)], &[]).expect("settings");
    assert_eq!(settings.service.as_deref(), Some("a"));
    let rules = settings.alerts.rules().expect("rules");
    assert!(rules.iter().any(|rule| rule.name == "mine"));
    let shown: Vec<_> = settings
        .show()
        .filter_map(|(_, value)| value.text)
        .collect();
    assert!(!format!("{shown:?}{:?}", settings.notify).contains("hunter2"));
    assert!(shown.contains(&"https://hooks.example/***".to_owned()));
    let wrong = "[redis]\nurl = \"redis://x\"\n[[alerts]]\nname = \"mine\"\nquerry = \"*\"\n";
    let error = load(&[], &[("project/emp.toml", wrong)], &[]).expect_err("a fault");
    assert!(
        error.to_string().contains("line 5: a rule has no `querry`"),
        "{error}"
    );
    let error = load(&[("EMP_NOTIFY_WEBHOOK", "hooks/hunter2")], &[], &[]).expect_err("a fault");
    assert!(
        error.to_string().starts_with("`***` is no address"),
        "{error}"
    );
}
