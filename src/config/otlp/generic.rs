//! Variables of OpenTelemetry and Dash0, turned into what our settings say.
//!
//! Their names, units and defaults: the OpenTelemetry specification, "OpenTelemetry Protocol
//! Exporter" and "Environment Variable Specification".

/// What a generic variable says in the form of our setting; `None` where it does not count.
pub(in crate::config) fn generic(
    name: &str,
    text: String,
    env: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    let is_true =
        |name: &str| env(name).is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
    match name {
        "DASH0_ENABLED" => Some(switch(text)),
        "OTEL_METRIC_EXPORT_INTERVAL" => Some(milliseconds(text)),
        _ => match name.strip_prefix("OTEL_EXPORTER_OTLP_") {
            Some(setting) if setting.ends_with("ENDPOINT") => {
                (!is_true("OTEL_SDK_DISABLED")).then(|| with_scheme(setting, text, env))
            }
            Some(setting) if setting.ends_with("TIMEOUT") => Some(milliseconds(text)),
            _ => Some(text),
        },
    }
}

/// The documents compare with `true`. Other words for no are no; any other word is perhaps meant as
/// a yes, which must not be passed over.
fn switch(text: String) -> String {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" => "true".to_owned(),
        "" | "false" | "0" | "no" | "off" => "false".to_owned(),
        _ => text,
    }
}

/// A plain number counts milliseconds there.
fn milliseconds(text: String) -> String {
    match text.trim().parse::<u64>() {
        Ok(count) => format!("{count}ms"),
        Err(_) => text,
    }
}

/// An endpoint without a scheme has the one that `..._INSECURE` tells, if that is set.
fn with_scheme(setting: &str, text: String, env: &dyn Fn(&str) -> Option<String>) -> String {
    if text.contains("://") {
        return text;
    }
    let own = setting.replace("ENDPOINT", "INSECURE");
    let insecure = [own.as_str(), "INSECURE"]
        .iter()
        .find_map(|name| env(&format!("OTEL_EXPORTER_OTLP_{name}")));
    match insecure
        .map(|text| text.trim().to_ascii_lowercase())
        .as_deref()
    {
        Some("true") => format!("http://{text}"),
        Some("false") => format!("https://{text}"),
        _ => text,
    }
}
