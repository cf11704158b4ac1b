//! Endpoints and lists as people write them.

/// Where OTLP goes: checked as far as text can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) is_tls: bool,
    /// Host and port as they were written.
    authority: String,
    pub(super) port: Option<u16>,
    /// Path and query; empty where there is none.
    path: String,
}

impl Url {
    /// Reads an endpoint, or says what is wrong with it and what to write.
    pub(super) fn parse(text: &str) -> Result<Self, (String, String)> {
        let fault = |reason: &str, hint: &str| Err((reason.to_owned(), hint.to_owned()));
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return fault(
                "the endpoint has no scheme",
                "write http://host:port, or https://host:port for TLS",
            );
        };
        let is_tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            other => {
                return fault(
                    &format!("OTLP does not go over `{other}`"),
                    "write http:// or https://; otlp.protocol chooses between grpc and http/protobuf",
                );
            }
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if path.contains('#') || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return fault(
                "the endpoint holds characters that no address has",
                "write it as http://host:port or https://host:port/path",
            );
        }
        if authority.contains('@') {
            return fault(
                "the endpoint holds a user or a password",
                "put credentials into otlp.headers: authorization=Bearer%20TOKEN",
            );
        }
        // An IPv6 address has colons within its brackets.
        let after_host = authority.rfind(']').map_or(0, |at| at + 1);
        let (host, port) = match authority[after_host..].find(':') {
            Some(at) => {
                let (host, port) = authority.split_at(after_host + at);
                let port = port[1..].parse::<u16>().ok().filter(|port| *port > 0);
                let Some(port) = port else {
                    return fault(
                        "the endpoint's port is no number from 1 to 65535",
                        "write it as http://host:4318",
                    );
                };
                (host, Some(port))
            }
            None => (authority, None),
        };
        if host.is_empty() || host == "[]" {
            return fault(
                "the endpoint has no host",
                "write it as http://host:4318 or https://host:4317",
            );
        }
        Ok(Self {
            is_tls,
            authority: authority.to_owned(),
            port,
            path: path.to_owned(),
        })
    }

    pub(super) fn has_path(&self) -> bool {
        !matches!(self.path.as_str(), "" | "/")
    }

    /// The end of the path that is the place of one signal, as OTLP sets it down.
    pub(super) fn signal_path(&self) -> Option<&'static str> {
        let path = self.path.split('?').next().unwrap_or_default();
        let path = path.trim_end_matches('/');
        ["/v1/logs", "/v1/traces", "/v1/metrics"]
            .into_iter()
            .find(|place| path.ends_with(place))
    }

    pub(super) fn has_query(&self) -> bool {
        self.path.contains('?')
    }

    /// The address, with `added` to its path.
    pub(super) fn join(&self, added: &str) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        let path = match added {
            "" => self.path.clone(),
            added => format!("{}/{added}", self.path.trim_end_matches('/')),
        };
        format!("{scheme}://{}{path}", self.authority)
    }
}

/// `name=value,name=value`, values percent-decoded; the number of the first that is none.
pub(super) fn pairs(text: &str) -> Result<Vec<(String, String)>, usize> {
    let parts = text.split(',').map(str::trim).enumerate();
    parts
        .filter(|(_, part)| !part.is_empty())
        .map(|(index, part)| {
            let (name, value) = part.split_once('=').ok_or(index + 1)?;
            let value = percent_decoded(value.trim()).ok_or(index + 1)?;
            match name.trim() {
                "" => Err(index + 1),
                name => Ok((name.to_owned(), value)),
            }
        })
        .collect()
}

/// Whether requests may carry this header; RFC 9110, section 5.
pub(super) fn is_header((name, value): &(String, String)) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    name.bytes().all(token)
        && value
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~' | b'\t'))
}

/// What stands after a percent sign without being a code stays as it is.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = match (first, tail) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match code {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    let value = char::from(byte).to_digit(16)?;
    u8::try_from(value).ok()
}
