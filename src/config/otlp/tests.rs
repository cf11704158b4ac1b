use super::super::{Error, Inputs, Settings};
use super::*;

type Flag = (&'static str, &'static str, String);

/// Settings from variables, an `emp.toml` and flags.
fn load(variables: &[(&str, &str)], file: &str, flags: &[Flag]) -> Settings {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("emp.toml"), file).expect("a file");
    let env = |name: &str| {
        let given = variables.iter().find(|(variable, _)| *variable == name);
        given.map(|(_, text)| (*text).to_owned())
    };
    let inputs = Inputs {
        env: &env,
        folder: folder.path(),
        file: None,
        flags,
    };
    Settings::load(&inputs).expect("settings")
}

fn otlp(variables: &[(&str, &str)]) -> OtlpSettings {
    load(variables, "", &[]).otlp().expect("settings of OTLP")
}

fn logs(variables: &[(&str, &str)]) -> OtlpTarget {
    otlp(variables).logs.expect("a target")
}

fn fault(variables: &[(&str, &str)]) -> Error {
    load(variables, "", &[]).otlp().expect_err("a fault")
}

#[test]
fn without_an_endpoint_nothing_is_sent() {
    let settings = otlp(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]);
    assert!(settings.logs.is_none() && settings.traces.is_none() && settings.metrics.is_none());
    assert_eq!(settings.service_name, "emp-collector");
    assert_eq!(settings.metric_interval, Duration::from_secs(60));
}

#[test]
fn layers_beat_each_other_in_the_stated_order() {
    let flag = [("otlp.endpoint", "--otlp-endpoint", "http://flag".to_owned())];
    let own = ("EMP_OTLP_ENDPOINT", "http://own");
    let file = "[otlp]\nendpoint = \"http://file\"\nlogs_endpoint = \"http://file-logs\"\n";
    let dash0 = [
        ("DASH0_ENABLED", "true"),
        ("DASH0_OTEL_ENDPOINT", "dash0:4318"),
    ];
    let signal = ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://otel-logs");
    let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel");
    let url = |variables: &[_], file: &str, flags: &[Flag]| {
        let settings = load(variables, file, flags).otlp().expect("settings");
        settings.logs.map(|target| target.url)
    };
    let [enabled, dash0] = dash0;
    for (variables, file, flags, expected) in [
        (
            &[own, enabled, dash0, signal, all][..],
            file,
            &flag[..],
            "http://flag/v1/logs",
        ),
        (
            &[own, enabled, dash0, signal, all],
            file,
            &[],
            "http://own/v1/logs",
        ),
        (
            &[enabled, dash0, signal, all],
            file,
            &[],
            "http://file-logs",
        ),
        (
            &[enabled, dash0, signal, all],
            "",
            &[],
            "https://dash0:4318/v1/logs",
        ),
        (&[dash0, signal, all], "", &[], "http://otel-logs"),
        (&[dash0, all], "", &[], "http://otel/v1/logs"),
    ] {
        assert_eq!(url(variables, file, flags).as_deref(), Some(expected));
    }
    let disabled = ("OTEL_SDK_DISABLED", "TRUE");
    assert_eq!(url(&[disabled, signal, all], "", &[]), None);
    assert!(
        url(&[disabled, own, all], "", &[]).is_some(),
        "emp's own variable is meant for emp"
    );
}

/// The examples of the exporter specification, "Endpoint URLs for OTLP/HTTP".
#[test]
fn paths_are_those_of_the_specification() {
    let settings = otlp(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")]);
    let url = |target: Option<OtlpTarget>| target.expect("a target").url;
    assert_eq!(url(settings.traces), "http://collector:4318/v1/traces");
    assert_eq!(url(settings.metrics), "http://collector:4318/v1/metrics");
    assert_eq!(url(settings.logs), "http://collector:4318/v1/logs");

    let settings = otlp(&[
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "https://collector/mycollector/",
        ),
        (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "http://collector:4318",
        ),
        (
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            "https://collector/v1/mymetrics?key=1",
        ),
    ]);
    assert_eq!(url(settings.logs), "https://collector/mycollector/v1/logs");
    assert_eq!(url(settings.traces), "http://collector:4318");
    assert_eq!(
        url(settings.metrics),
        "https://collector/v1/mymetrics?key=1"
    );
}

#[test]
fn the_protocol_follows_the_registered_port() {
    for (endpoint, protocol, url) in [
        ("http://h:4317", Protocol::Grpc, "http://h:4317"),
        ("https://[::1]:4317/", Protocol::Grpc, "https://[::1]:4317"),
        ("http://h:4318", Protocol::Http, "http://h:4318/v1/logs"),
        ("https://h", Protocol::Http, "https://h/v1/logs"),
    ] {
        let target = logs(&[("EMP_OTLP_ENDPOINT", endpoint)]);
        assert_eq!((target.protocol, target.url.as_str()), (protocol, url));
        assert_eq!(target.is_tls, endpoint.starts_with("https"));
    }
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:4317"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"),
    ];
    let settings = otlp(&variables);
    assert_eq!(settings.logs.expect("logs").protocol, Protocol::Http);
    assert_eq!(settings.traces.expect("traces").protocol, Protocol::Grpc);
}

#[test]
fn the_path_of_a_signal_is_right_in_its_own_endpoint() {
    for key in ["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "EMP_OTLP_LOGS_ENDPOINT"] {
        let target = logs(&[(key, "http://h/v1/logs")]);
        assert_eq!(target.url, "http://h/v1/logs");
    }
    let hint = &fault(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h/a/v1/metrics")]).hints()[0];
    assert!(hint.starts_with("leave /v1/metrics out"), "{hint}");
    assert!(hint.contains("otlp.metrics_endpoint"), "{hint}");
}

#[test]
fn an_endpoint_without_a_scheme_needs_to_be_told() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "h:4317");
    let insecure = |text| ("OTEL_EXPORTER_OTLP_INSECURE", text);
    assert_eq!(logs(&[endpoint, insecure("true")]).url, "http://h:4317");
    assert_eq!(logs(&[endpoint, insecure("false")]).url, "https://h:4317");
    let error = fault(&[endpoint]);
    assert_eq!(
        error.to_string(),
        "the endpoint has no scheme, as otlp.endpoint from the variable OTEL_EXPORTER_OTLP_ENDPOINT"
    );
    assert_eq!(
        error.hints(),
        ["write http://host:port, or https://host:port for TLS"]
    );
}

#[test]
fn wrong_settings_are_clear_errors() {
    let at = |endpoint| ("EMP_OTLP_ENDPOINT", endpoint);
    let grpc = ("EMP_OTLP_PROTOCOL", "grpc");
    let missing = ("EMP_OTLP_CA", "/nowhere/ca.pem");
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (variables, reason) in [
        (&[at("tcp://h")][..], "OTLP does not go over `tcp`"),
        (&[at("http://:4318")], "the endpoint has no host"),
        (&[at("http://")], "the endpoint has no host"),
        (
            &[at("http://h:0")],
            "the endpoint's port is no number from 1 to 65535",
        ),
        (
            &[at("http://h:99999")],
            "the endpoint's port is no number from 1 to 65535",
        ),
        (
            &[at("http://h/a b")],
            "the endpoint holds characters that no address has",
        ),
        (
            &[at("http://u:secret@h")],
            "the endpoint holds a user or a password",
        ),
        (
            &[at("http://h/x"), grpc],
            "gRPC takes no path in an endpoint",
        ),
        (
            &[at("http://h:4318/v1/logs")],
            "the endpoint of all signals ends in /v1/logs, the path of one",
        ),
        (
            &[at("http://h:4317/v1/traces/")],
            "the endpoint of all signals ends in /v1/traces, the path of one",
        ),
        (
            &[at("http://h?a=1")],
            "an endpoint of all signals takes no query",
        ),
        (
            &[at("http://h"), ("EMP_OTLP_PROTOCOL", "http/json")],
            "`http/json` is no protocol that emp speaks",
        ),
        (
            &[at("http://h"), ("EMP_OTLP_COMPRESSION", "zstd")],
            "`zstd` is no compression that emp knows",
        ),
        (
            &[at("http://h"), ("EMP_OTLP_TIMEOUT", "0s")],
            "`0s` is no duration above zero",
        ),
        (
            &[at("http://h"), ("EMP_OTLP_HEADERS", "a=secret,secret")],
            "header 2 is no name=value",
        ),
        (
            &[at("http://h"), ("EMP_OTLP_HEADERS", "a b=secret")],
            "header 1 holds what no header may",
        ),
        (
            &[at("http://h"), ("EMP_OTLP_HEADERS", "a=secret%0a")],
            "header 1 holds what no header may",
        ),
        (
            &[at("http://h"), missing],
            "cannot read /nowhere/ca.pem: No such file or directory (os error 2)",
        ),
        (
            &[at("http://h"), ("EMP_OTLP_CA", here)],
            "Cargo.toml holds no certificate in PEM",
        ),
        (
            &[at("http://h"), ("EMP_OTLP_CLIENT_KEY", here)],
            "a client's certificate and its key go together",
        ),
        (
            &[("EMP_OTLP_SIGNALS", "logs,spans")],
            "`spans` is no signal of OTLP",
        ),
        (
            &[("EMP_OTLP_RESOURCE_ATTRIBUTES", "x")],
            "attribute 1 is no name=value",
        ),
        (
            &[("DASH0_ENABLED", "true")],
            "Dash0 is enabled, and its endpoint is not set",
        ),
        (
            &[("DASH0_ENABLED", "yes")],
            "`yes` is neither true nor false",
        ),
    ] {
        let error = fault(variables);
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
        assert_eq!(error.hints().len(), 1);
    }
}

#[test]
fn what_is_set_in_vain_is_told() {
    let endpoint = ("DASH0_OTEL_ENDPOINT", "dash0:4317");
    for (variables, told) in [
        (&[][..], None),
        (
            &[endpoint],
            Some("dash0.endpoint is set, and Dash0 is not enabled"),
        ),
        (
            &[endpoint, ("DASH0_ENABLED", "0")],
            Some("Dash0 is not enabled"),
        ),
        (&[endpoint, ("DASH0_ENABLED", "true")], None),
        (
            &[("EMP_OTLP_HEADERS", "a=b")],
            Some("otlp.headers is set, and no endpoint is"),
        ),
        (
            &[("EMP_OTLP_TRACES_PROTOCOL", "grpc")],
            Some("otlp.traces_protocol is set"),
        ),
        // Other programs read these, too.
        (&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")], None),
        (
            &[("EMP_OTLP_HEADERS", "a=b"), ("EMP_OTLP_SIGNALS", "none")],
            None,
        ),
        (
            &[
                ("EMP_OTLP_HEADERS", "a=b"),
                ("EMP_OTLP_ENDPOINT", "http://h"),
            ],
            None,
        ),
    ] {
        let idle = otlp(variables).idle;
        match told {
            Some(told) => assert!(
                idle.is_some_and(|idle| idle.contains(told)),
                "{variables:?}"
            ),
            None => assert_eq!(idle, None, "{variables:?}"),
        }
    }
}

#[test]
fn headers_are_read_and_never_shown() {
    let target = |target: Option<OtlpTarget>| target.expect("a target");
    let list = header_list(&["X-Key=s3cret,2".to_owned(), "b=2".to_owned()]);
    let flags = [("otlp.traces_headers", "--otlp-header", list)];
    let settings = load(
        &[
            ("EMP_OTLP_ENDPOINT", "http://h"),
            (
                "EMP_OTLP_LOGS_HEADERS",
                "authorization=Bearer%20s3cret,x=100%",
            ),
        ],
        "",
        &flags,
    );
    let otlp = settings.otlp().expect("settings");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let logs = target(otlp.logs.clone());
    assert_eq!(
        logs.headers,
        [pair("authorization", "Bearer s3cret"), pair("x", "100%")]
    );
    let traces = target(otlp.traces.clone());
    assert_eq!(traces.headers, [pair("X-Key", "s3cret,2"), pair("b", "2")]);
    assert_eq!(
        logs.without_secrets("no s3cret and no Bearer s3cret"),
        "no *** and no ***"
    );

    let shown: Vec<_> = settings
        .show()
        .map(|(_, value)| format!("{value:?}"))
        .collect();
    for text in [shown.join("\n"), format!("{otlp:?}")] {
        assert!(!text.contains("s3cret"), "{text}");
    }
    assert!(shown.join("\n").contains("authorization=***,x=***"));
}

#[test]
fn tokens_of_dash0_and_of_others_are_not_mixed() {
    let dash0 = [
        ("DASH0_ENABLED", "true"),
        ("DASH0_OTEL_ENDPOINT", "ingress.dash0.example:4317"),
        ("DASH0_API_KEY", "auth_1"),
        ("DASH0_DATASET", "staging"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=other"),
    ];
    let target = logs(&dash0);
    assert_eq!(target.url, "https://ingress.dash0.example:4317");
    assert_eq!(target.protocol, Protocol::Grpc);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        target.headers,
        [
            pair("Authorization", "Bearer auth_1"),
            pair("Dash0-Dataset", "staging")
        ]
    );

    let mut elsewhere = dash0.to_vec();
    elsewhere.push(("EMP_OTLP_ENDPOINT", "http://elsewhere"));
    assert_eq!(logs(&elsewhere).headers, [pair("authorization", "other")]);

    let mut own = dash0.to_vec();
    own.push(("EMP_OTLP_HEADERS", "authorization=own"));
    assert_eq!(
        logs(&own).headers,
        [
            pair("Dash0-Dataset", "staging"),
            pair("authorization", "own")
        ]
    );
}

#[test]
fn generic_numbers_count_milliseconds() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h");
    let timeout = ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500");
    let own = ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "100");
    let settings = otlp(&[
        endpoint,
        timeout,
        own,
        ("OTEL_METRIC_EXPORT_INTERVAL", "5000"),
    ]);
    let timeout = |target: Option<OtlpTarget>| target.expect("a target").timeout;
    assert_eq!(timeout(settings.logs), Duration::from_millis(100));
    assert_eq!(timeout(settings.traces), Duration::from_millis(2500));
    assert_eq!(settings.metric_interval, Duration::from_secs(5));
}

#[test]
fn signals_and_attributes_are_lists() {
    let endpoint = ("EMP_OTLP_ENDPOINT", "http://h");
    let attributes = (
        "OTEL_RESOURCE_ATTRIBUTES",
        "team=a%2Cb, deployment.environment.name=test",
    );
    let settings = otlp(&[
        endpoint,
        attributes,
        ("EMP_OTLP_SIGNALS", "traces, metrics"),
    ]);
    assert!(settings.logs.is_none() && settings.traces.is_some() && settings.metrics.is_some());
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        settings.resource,
        [
            pair("team", "a,b"),
            pair("deployment.environment.name", "test")
        ]
    );
    let none = otlp(&[endpoint, ("EMP_OTLP_SIGNALS", "none")]);
    assert!(none.logs.is_none() && none.traces.is_none() && none.metrics.is_none());
}

#[test]
fn the_collector_has_a_name_of_its_own() {
    let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=attributes");
    assert_eq!(otlp(&[attributes]).service_name, "attributes");
    let both = [attributes, ("OTEL_SERVICE_NAME", "named")];
    assert_eq!(otlp(&both).service_name, "named");
}
