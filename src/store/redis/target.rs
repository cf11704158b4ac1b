//! Where a server is and how it lets us in, from an address as people write it.
//!
//! | written | meaning |
//! |---|---|
//! | `redis://[user][:password@]host[:port][/db]`, also `valkey://` | plain TCP |
//! | `rediss://…`, also `valkeys://` | TLS; `#insecure` at the end accepts any certificate |
//! | `redis+unix:///path[?db=N&user=…&pass=…]`, also `unix://`, `valkey+unix://` | a socket |
//! | `host`, `host:port`, `host:port/db` | plain TCP, as with `redis-cli` |
//!
//! What a user or a password cannot hold as it is (`/`, `#`, `?`, `@`, `:`) is written `%2F` and
//! so on.

use std::fmt;
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redis::{ConnectionAddr, IntoConnectionInfo};

use super::tls;
use crate::store::Error;

/// A server's address. Cheap to clone; neither `Display` nor `Debug` shows the password.
#[derive(Clone)]
pub struct Target(Arc<Parts>);

struct Parts {
    place: Place,
    user: Option<String>,
    password: Option<String>,
    database: u64,
    tls: Option<Arc<rustls::ClientConfig>>,
}

/// Where to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
}

impl Target {
    /// Reads an address. `ca_file` holds the certificates (PEM) that a TLS server is trusted by,
    /// in place of the system's.
    ///
    /// # Errors
    /// [`Error::Address`], which never shows the password.
    pub fn parse(address: &str, ca_file: Option<&Path>) -> Result<Self, Error> {
        let wrong = |reason: String| Error::Address {
            url: masked(address.trim()),
            reason,
        };
        let full = with_scheme(address.trim());
        let url = redis::parse_redis_url(&full).ok_or_else(|| wrong(why_not(&full)))?;
        let info = url.into_connection_info().map_err(|error| {
            let text = error.to_string();
            let said = text.split(" - ").next().unwrap_or_default();
            wrong(format!("{}{}", lower(said), advice(&full)))
        })?;
        let settings = info.redis_settings();
        let database = u64::try_from(settings.db())
            .map_err(|_| wrong("the database number is negative".to_owned()))?;
        let (place, tls) = match info.addr() {
            ConnectionAddr::Tcp(host, port) => (tcp(host, *port), None),
            ConnectionAddr::TcpTls {
                host,
                port,
                insecure,
                ..
            } => {
                let config = tls::config(ca_file, *insecure).map_err(wrong)?;
                (tcp(host, *port), Some(config))
            }
            ConnectionAddr::Unix(path) => (Place::Unix(path.clone()), None),
            _ => return Err(wrong("emp cannot connect there".to_owned())),
        };
        if matches!(&place, Place::Tcp { host, .. } if host.is_empty()) {
            return Err(wrong("it names no host".to_owned()));
        }
        let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self(Arc::new(Parts {
            place,
            user: filled(settings.username()),
            password: filled(settings.password()),
            database,
            tls,
        })))
    }

    pub(super) fn place(&self) -> &Place {
        &self.0.place
    }

    pub(super) fn tls(&self) -> Option<&Arc<rustls::ClientConfig>> {
        self.0.tls.as_ref()
    }

    /// The arguments of `AUTH`, where a password is set.
    pub(super) fn credentials(&self) -> Option<(Option<&str>, &str)> {
        let password = self.0.password.as_deref()?;
        Some((self.0.user.as_deref(), password))
    }

    /// Whether the address holds a password.
    pub fn has_password(&self) -> bool {
        self.0.password.is_some()
    }

    pub(super) fn database(&self) -> u64 {
        self.0.database
    }

    /// Text of a server without our password in it: some servers repeat what they do not
    /// understand.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        match &self.0.password {
            Some(password) => text.replace(password.as_str(), "***"),
            None => text.to_owned(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts {
            place,
            user,
            password,
            database,
            tls,
        } = &*self.0;
        let user = user.as_deref().unwrap_or_default();
        match place {
            Place::Tcp { host, port } => {
                f.write_str(if tls.is_some() {
                    "rediss://"
                } else {
                    "redis://"
                })?;
                match password {
                    Some(_) => write!(f, "{user}:***@")?,
                    None if !user.is_empty() => write!(f, "{user}@")?,
                    None => {}
                }
                match host.contains(':') {
                    true => write!(f, "[{host}]:{port}")?,
                    false => write!(f, "{host}:{port}")?,
                }
                if *database != 0 {
                    write!(f, "/{database}")?;
                }
            }
            Place::Unix(path) => {
                write!(f, "redis+unix://{}", path.display())?;
                let mut mark = '?';
                let mut option = |name: &str, value: &str| {
                    let before = std::mem::replace(&mut mark, '&');
                    write!(f, "{before}{name}={value}")
                };
                if *database != 0 {
                    option("db", &database.to_string())?;
                }
                if !user.is_empty() {
                    option("user", user)?;
                }
                if password.is_some() {
                    option("pass", "***")?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

fn tcp(host: &str, port: u16) -> Place {
    Place::Tcp {
        host: host.to_owned(),
        port,
    }
}

/// The address with `redis://` before it, where it has no scheme.
fn with_scheme(address: &str) -> String {
    let has_scheme = ["://", "unix:"].iter().any(|mark| address.contains(mark));
    match address.parse::<Ipv6Addr>() {
        Ok(_) => format!("redis://[{address}]"),
        Err(_) if has_scheme || address.starts_with('/') => address.to_owned(),
        Err(_) => format!("redis://{address}"),
    }
}

/// Why an address is no URL of a server.
fn why_not(address: &str) -> String {
    if address.starts_with('/') {
        return format!("for a socket, write redis+unix://{address}");
    }
    let (scheme, rest) = address.split_once("://").unwrap_or((address, ""));
    let known = redis::parse_redis_url(&format!("{scheme}://host/")).is_some();
    if !known {
        return format!("emp knows no scheme `{scheme}`");
    }
    let place = rest.rsplit('@').next().unwrap_or_default();
    let place = place.split(['/', '?', '#']).next().unwrap_or_default();
    let reason = match place.rsplit_once(':') {
        Some((_, port)) if !place.ends_with(']') && port.parse::<u16>().is_err() => {
            "the port is no number from 1 to 65535"
        }
        _ if place.is_empty() => "it names no host",
        _ => "the host cannot be read",
    };
    format!("{reason}{}", advice(address))
}

/// The usual cause of an address that reads differently than it was meant.
fn advice(address: &str) -> &'static str {
    if address.contains('@') {
        "; in a user or a password, write / as %2F, # as %23, ? as %3F, @ as %40 and : as %3A"
    } else {
        ""
    }
}

/// An address that could not be read, without anything that may be a password.
fn masked(address: &str) -> String {
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), address),
    };
    let rest = match rest.rsplit_once('@') {
        Some((_, place)) => format!("***@{place}"),
        None => match rest.split_once(':') {
            // `redis://:secret` without a host: what stands for the port may be the password.
            Some((host, port))
                if !port.starts_with(|c: char| c.is_ascii_digit()) && !host.starts_with('[') =>
            {
                format!("{host}:***")
            }
            _ => rest.to_owned(),
        },
    };
    let rest = match rest.split_once("pass=") {
        Some((before, after)) => match after.split_once('&') {
            Some((_, more)) => format!("{before}pass=***&{more}"),
            None => format!("{before}pass=***"),
        },
        None => rest,
    };
    scheme + &rest
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(address: &str) -> String {
        Target::parse(address, None)
            .unwrap_or_else(|error| panic!("{address}: {error}"))
            .to_string()
    }

    #[test]
    fn addresses_as_people_write_them() {
        for (written, meant) in [
            ("redis://127.0.0.1", "redis://127.0.0.1:6379"),
            (" redis://127.0.0.1:7000/2 ", "redis://127.0.0.1:7000/2"),
            (
                "redis://user:secret@host:6379/2",
                "redis://user:***@host:6379/2",
            ),
            ("redis://:secret@host", "redis://:***@host:6379"),
            ("redis://user@host", "redis://user@host:6379"),
            ("valkey://host/", "redis://host:6379"),
            ("valkeys://host/#insecure", "rediss://host:6379"),
            (
                "rediss://:s%2Fecret@host:1/#insecure",
                "rediss://:***@host:1",
            ),
            ("redis://[::1]:7000", "redis://[::1]:7000"),
            (
                "redis+unix:///run/redis.sock",
                "redis+unix:///run/redis.sock",
            ),
            (
                "unix:///run/r.sock?db=2&user=me&pass=secret",
                "redis+unix:///run/r.sock?db=2&user=me&pass=***",
            ),
            ("host", "redis://host:6379"),
            ("host:7000", "redis://host:7000"),
            ("host:7000/3", "redis://host:7000/3"),
            ("127.0.0.1:7000", "redis://127.0.0.1:7000"),
            ("::1", "redis://[::1]:6379"),
        ] {
            assert_eq!(shown(written), meant, "{written}");
        }
    }

    #[test]
    fn users_and_passwords_are_decoded() {
        let target = Target::parse("redis://a%40b:p%2F%23%3F%3A@h", None).expect("an address");
        assert_eq!(target.credentials(), Some((Some("a@b"), "p/#?:")));
        let target = Target::parse("unix:///s?user=u&pass=p%26q", None).expect("an address");
        assert_eq!(target.credentials(), Some((Some("u"), "p&q")));
    }

    #[test]
    fn a_wrong_address_says_what_is_wrong_and_no_secret() {
        for (written, reason) in [
            ("http://user:secret@host", "no scheme `http`"),
            ("redis://host:99999", "the port is no number"),
            ("redis://host:port", "the port is no number"),
            ("redis://:secret", "the port is no number"),
            ("redis://user:secret@host:x", "the port is no number"),
            (
                "redis://:sec#ret@host",
                "the host cannot be read; in a user",
            ),
            (
                "redis://user:123/secret@host",
                "invalid database number; in a user",
            ),
            ("redis://host/secret", "invalid database number"),
            ("redis://host/-1", "the database number is negative"),
            ("redis://:secret@", "it names no host"),
            ("redis://", "missing hostname"),
            ("", "missing hostname"),
            ("redis://a b", "the host cannot be read"),
            ("redis://0.0.0.0", "cannot connect to a wildcard address"),
            ("rediss://host/#verify", "only #insecure is supported"),
            ("/run/redis.sock", "write redis+unix:///run/redis.sock"),
            (
                "redis+unix:///s?db=x&pass=secret",
                "invalid database number",
            ),
        ] {
            let error = Target::parse(written, None).expect_err(written);
            let text = error.to_string();
            assert!(text.contains(reason), "{written}: {text}");
            let harmless = written == "redis://host/secret";
            assert!(harmless || !text.contains("secret"), "{text}");
            assert!(!text.contains("ret@"), "{text}");
            assert!(error.is_usage());
        }
    }

    #[test]
    fn a_ca_file_that_cannot_be_read_is_named() {
        let error = Target::parse("rediss://host", Some(Path::new("/nowhere/ca.pem")));
        let text = error.expect_err("no such file").to_string();
        assert!(text.contains("/nowhere/ca.pem"), "{text}");
    }

    #[test]
    fn debug_hides_the_password() {
        let target = Target::parse("redis://user:secret@host", None).expect("an address");
        assert_eq!(format!("{target:?}"), "Target(redis://user:***@host:6379)");
        assert_eq!(target.without_secrets("args: 'secret'"), "args: '***'");
    }
}
