//! Reads a configuration from a URL.

use super::config::{Outlet, Server, SmtpConfig, TlsMode};
use msg_core::Error;
use secrecy::SecretString;

/// The longest URL that is read, in bytes.
const MAX_URL: usize = 4096;

/// See [`SmtpConfig::from_url`].
pub(super) fn parse(url: &str) -> Result<SmtpConfig, Error> {
    if url.len() > MAX_URL || url.chars().any(|c| c.is_control() || c == ' ') {
        return Err(Error::invalid(
            "want a URL of at most 4096 bytes without spaces and control characters",
        ));
    }
    let (scheme, rest) = url
        .split_once("://")
        .ok_or_else(|| Error::invalid("want `smtp://…`, `smtps://…` or `file:///…`"))?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let options = Options::read(query)?;
    let scheme_tls = match scheme {
        "smtp" => None,
        "smtps" => Some(TlsMode::Implicit),
        "smtp+starttls" => Some(TlsMode::Required),
        "file" => return folder(place, options),
        _ => {
            return Err(Error::invalid(
                "want the scheme `smtp`, `smtps`, `smtp+starttls` or `file`",
            ));
        }
    };
    let mut server = read_server(place)?;
    server.tls = match (scheme_tls, options.tls) {
        (Some(one), Some(other)) if one != other => {
            return Err(
                Error::invalid("the scheme says another encryption").with_context("key", "tls")
            );
        }
        (Some(tls), _) | (None, Some(tls)) => tls,
        (None, None) if matches!(&*server.host, "localhost" | "127.0.0.1" | "::1") => TlsMode::None,
        (None, None) => TlsMode::Required,
    };
    server.hello = options.hello;
    if let Some(connections) = options.connections {
        server.connections = connections;
    }
    let from = options
        .from
        .or_else(|| server.user.clone().filter(|user| user.contains('@')))
        .ok_or_else(|| Error::invalid("want `?from=…`: the user is no address"))?;
    finish(SmtpConfig::new(Outlet::Server(server), from), options.rest)
}

fn folder(place: &str, options: Options) -> Result<SmtpConfig, Error> {
    if !place.starts_with('/') {
        return Err(Error::invalid("want an absolute path: `file:///folder`"));
    }
    if options.tls.is_some() || options.hello.is_some() || options.connections.is_some() {
        return Err(Error::invalid(
            "a folder has no `tls`, `hello` and `connections`",
        ));
    }
    let from = options
        .from
        .unwrap_or_else(|| "messages@localhost".to_owned());
    let folder = Outlet::Folder(decode("folder", place)?.into());
    finish(SmtpConfig::new(folder, from), options.rest)
}

/// The configuration is checked now, so that a wrong URL is found where it is read.
fn finish(mut config: SmtpConfig, rest: Rest) -> Result<SmtpConfig, Error> {
    config.reply_to = rest.reply_to;
    config.bounce_to = rest.bounce_to;
    config.domain = rest.domain;
    if let Some(subject) = rest.subject {
        config.subject = subject;
    }
    config.sender()?;
    Ok(config)
}

/// `user:password@host:port`, perhaps with a `/` behind it.
fn read_server(place: &str) -> Result<Server, Error> {
    let place = place.strip_suffix('/').unwrap_or(place);
    let (login, host) = match place.rsplit_once('@') {
        Some((login, host)) => (Some(login), host),
        None => (None, place),
    };
    let (host, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or_else(bad_host)?;
            if host.parse::<std::net::Ipv6Addr>().is_err() {
                return Err(bad_host());
            }
            match port {
                "" => (host, None),
                port => (host, Some(port.strip_prefix(':').ok_or_else(bad_host)?)),
            }
        }
        None => match host.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (host, None),
        },
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.is_empty() || host.len() > 255 || !host.chars().all(fits) {
        return Err(bad_host());
    }
    let mut server = Server::new(host);
    server.port = port
        .map(|port| port.parse().ok().filter(|port| *port > 0))
        .map(|port| port.ok_or_else(|| Error::invalid("want a port from 1 to 65535; write `/`, `?` and `#` of a password as %2F, %3F, %23")))
        .transpose()?;
    if let Some(login) = login {
        let (user, password) = login
            .split_once(':')
            .ok_or_else(|| Error::invalid("want `user:password@`"))?;
        server.user = Some(decode("user", user)?);
        server.password = Some(SecretString::from(decode("password", password)?));
    }
    Ok(server)
}

fn bad_host() -> Error {
    Error::invalid(
        "want a host name or address; write `@`, `/`, `?` and `#` of a password as %40, %2F, %3F, %23",
    )
}

#[derive(Default)]
struct Options {
    tls: Option<TlsMode>,
    from: Option<String>,
    hello: Option<String>,
    connections: Option<usize>,
    rest: Rest,
}

#[derive(Default)]
struct Rest {
    reply_to: Option<String>,
    bounce_to: Option<String>,
    domain: Option<String>,
    subject: Option<String>,
}

impl Options {
    fn read(query: &str) -> Result<Self, Error> {
        let mut options = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode("option", value)?;
            let text = match key {
                "tls" => {
                    options.tls = Some(tls(&value)?);
                    continue;
                }
                "connections" => {
                    let number = value.parse().ok().filter(|number| *number > 0);
                    options.connections = Some(number.ok_or_else(|| {
                        Error::invalid("want a number above 0").with_context("key", "connections")
                    })?);
                    continue;
                }
                "from" => &mut options.from,
                "hello" => &mut options.hello,
                "reply_to" => &mut options.rest.reply_to,
                "bounce_to" => &mut options.rest.bounce_to,
                "domain" => &mut options.rest.domain,
                "subject" => &mut options.rest.subject,
                _ => {
                    return Err(Error::invalid(
                        "want the options `tls`, `from`, `reply_to`, `bounce_to`, `domain`, `subject`, `hello`, `connections`",
                    ));
                }
            };
            *text = Some(value);
        }
        Ok(options)
    }
}

fn tls(value: &str) -> Result<TlsMode, Error> {
    Ok(match value {
        "none" => TlsMode::None,
        "opportunistic" => TlsMode::Opportunistic,
        "required" => TlsMode::Required,
        "implicit" => TlsMode::Implicit,
        _ => {
            return Err(
                Error::invalid("want `none`, `opportunistic`, `required` or `implicit`")
                    .with_context("key", "tls"),
            );
        }
    })
}

/// Turns `%40` into `@`.
fn decode(key: &'static str, text: &str) -> Result<String, Error> {
    let wrong = || {
        Error::invalid("want two hexadecimal digits after every `%`, and UTF-8")
            .with_context("key", key)
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            let (high, low) = digit(rest.next())
                .zip(digit(rest.next()))
                .ok_or_else(wrong)?;
            bytes.push(u8::try_from(high * 16 + low).map_err(|_| wrong())?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;
    use std::fmt::Write as _;
    use std::path::Path;

    fn server(url: &str) -> Server {
        match parse(url).unwrap().outlet {
            Outlet::Server(server) => server,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn schemes_and_options_choose_encryption_and_port() {
        for (url, tls, port) in [
            ("smtps://u%40example.org:p@h", TlsMode::Implicit, 465),
            (
                "smtp+starttls://h:26?from=a@example.org",
                TlsMode::Required,
                26,
            ),
            ("smtp://h?from=a@example.org", TlsMode::Required, 587),
            (
                "smtp://localhost:1025?from=a@example.org",
                TlsMode::None,
                1025,
            ),
            ("smtp://[::1]?from=a@example.org", TlsMode::None, 25),
            (
                "smtp://h?tls=opportunistic&from=a@example.org",
                TlsMode::Opportunistic,
                587,
            ),
            (
                "smtp://h/?tls=implicit&from=a@example.org",
                TlsMode::Implicit,
                465,
            ),
        ] {
            let server = server(url);
            assert_eq!(
                (server.tls, server.port.unwrap_or(server.tls.port())),
                (tls, port),
                "{url}"
            );
        }
    }

    #[test]
    fn a_login_is_decoded_and_an_address_as_user_is_the_sender() {
        let config = parse("smtps://jo%40example.org:p%40s%2Fs@mail.example.org").unwrap();
        assert_eq!(config.from, "jo@example.org");
        let Outlet::Server(server) = config.outlet else {
            panic!("not a server")
        };
        assert_eq!(server.host, "mail.example.org");
        assert_eq!(server.user.as_deref(), Some("jo@example.org"));
        assert_eq!(server.password.unwrap().expose_secret(), "p@s/s");
    }

    #[test]
    fn a_folder_has_a_path_and_a_sender_of_its_own() {
        let config = parse("file:///var/my%20mail?subject=Hi").unwrap();
        assert!(
            matches!(&config.outlet, Outlet::Folder(path) if path == Path::new("/var/my mail"))
        );
        assert_eq!(
            (&*config.from, &*config.subject),
            ("messages@localhost", "Hi")
        );
    }

    #[test]
    fn what_is_wrong_is_said_without_repeating_it() {
        for (url, says) in [
            ("secret", "want `smtp://"),
            ("http://u:secret@h", "want the scheme"),
            ("smtp://u:secret@h", "want `?from=…`"),
            ("smtp://u:secret@h?from=secret", "key: from"),
            ("smtp://u:secret/x?from=a@example.org", "want a port"),
            (
                "smtp://secret@h?from=a@example.org",
                "want `user:password@`",
            ),
            (
                "smtp://u:secret%4@h?from=a@example.org",
                "two hexadecimal digits",
            ),
            ("smtp://u:secret@?from=a@example.org", "want a host name"),
            ("smtp://[secret]?from=a@example.org", "want a host name"),
            ("smtp://h?tls=secret&from=a@example.org", "key: tls"),
            ("smtps://h?tls=none&from=a@example.org", "key: tls"),
            ("smtp://h?secret=1", "want the options"),
            (
                "smtp://h?connections=0&from=a@example.org",
                "key: connections",
            ),
            ("file://secret/folder", "absolute path"),
            ("file:///folder?tls=none", "a folder has no"),
            ("smtp://u:se cret@h", "without spaces"),
        ] {
            let error = parse(url).map(|_| ()).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(says), "{url}: {shown}");
            assert!(!shown.contains("secret"), "{shown}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(url in "(smtp|smtps|file)?(://)?[a-z0-9:@/?%&=\\[\\].]{0,60}|\\PC{0,60}") {
            let _ = parse(&url);
        }

        #[test]
        fn any_password_can_be_written(password in "\\PC{1,20}") {
            let mut coded = String::new();
            for byte in password.bytes() {
                write!(coded, "%{byte:02x}").unwrap();
            }
            let server = server(&format!("smtp://u:{coded}@h?from=a@example.org"));
            let read = server.password.unwrap();
            prop_assert_eq!(read.expose_secret(), password.as_str());
        }
    }
}
