//! A base URL that was checked, and the addresses below it.

use super::call::{Encoded, invalid};
use http::Uri;
use msg_core::Error;
use std::fmt;

/// Where a provider's API is. It may carry a token in its path, so it prints nothing.
#[derive(Clone)]
pub struct Endpoint {
    base: String,
}

impl Endpoint {
    /// The API at `base`: https, or http to this machine; no query, no password, no fragment. A slash at its end does not matter.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) says what is wrong; the URL is not repeated.
    pub fn new(base: &str) -> Result<Self, Error> {
        let base = base.trim_end_matches('/');
        let uri: Uri = base
            .parse()
            .map_err(|_| Error::invalid("the base URL is not a URL"))?;
        let host = uri.host().unwrap_or_default();
        let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        if !(uri.scheme_str() == Some("https") || (uri.scheme_str() == Some("http") && here)) {
            return Err(Error::invalid(
                "the base URL is https, or http to this machine",
            ));
        }
        // A fragment is cut off by the parser, and every path with it.
        if base.contains('#')
            || uri.query().is_some()
            || uri.authority().is_some_and(|it| it.as_str().contains('@'))
        {
            return Err(Error::invalid(
                "the base URL has neither a query nor a password nor a fragment",
            ));
        }
        Ok(Self {
            base: base.to_owned(),
        })
    }

    /// The address of a fixed path, such as `/v3/mail/send`, made once: a request clones it without allocating.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the path is not one.
    pub fn fixed(&self, path: &str) -> Result<Uri, Error> {
        self.parse(path)
            .ok_or_else(|| Error::invalid("the path of an API is not a path"))
    }

    /// The address of a path that is made for one part. Who writes it encodes what comes from outside
    /// ([`path_segment`]).
    ///
    /// # Errors
    /// A failure when it is no path.
    pub fn uri(&self, path: &str) -> Encoded<Uri> {
        self.parse(path)
            .ok_or_else(|| invalid("an id cannot be written into the address of the API"))
    }

    fn parse(&self, path: &str) -> Option<Uri> {
        format!("{}{path}", self.base).parse().ok()
    }

    /// Whether an address has the scheme, host and port of this API, so that its credentials may go there.
    #[must_use]
    pub fn is_same_host(&self, uri: &Uri) -> bool {
        let base: Option<Uri> = self.base.parse().ok();
        base.is_some_and(|base| {
            base.scheme() == uri.scheme()
                && base
                    .host()
                    .zip(uri.host())
                    .is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
                && base.port_u16() == uri.port_u16()
        })
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endpoint")
    }
}

/// `text` as one segment of a path: everything but `A-Z a-z 0-9 - . _ ~` is percent-encoded (RFC 3986, 2.3), and `.` and
/// `..` too, so that an id never leads elsewhere.
#[must_use]
pub fn path_segment(text: &str) -> String {
    use std::fmt::Write as _;
    let dots = matches!(text, "." | "..");
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~');
        if plain || (byte == b'.' && !dots) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_over_http_only_to_this_machine() {
        let at = |base: &str| Endpoint::new(base).map(|it| it.fixed("/v1/x").unwrap().to_string());
        assert_eq!(
            at("https://api.example.org/").unwrap(),
            "https://api.example.org/v1/x"
        );
        assert_eq!(
            at("https://api.example.org/a").unwrap(),
            "https://api.example.org/a/v1/x"
        );
        assert!(at("http://127.0.0.1:8081").is_ok() && at("http://[::1]:1").is_ok());
        for bad in [
            "http://api.example.org",
            "ftp://x",
            "api.example.org",
            "https://a:b@x",
            "https://x/?a=b",
            "https://x/#a",
            "",
        ] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_segment_leads_nowhere_else() {
        assert_eq!(path_segment("wamid.A-_~9"), "wamid.A-_~9");
        assert_eq!(path_segment("a/b?c#d%e ä"), "a%2Fb%3Fc%23d%25e%20%C3%A4");
        assert_eq!(path_segment(".."), "%2E%2E");
    }

    #[test]
    fn only_the_same_host_is_the_same_host() {
        let endpoint = Endpoint::new("https://api.example.org/v1").unwrap();
        let same = |uri: &str| endpoint.is_same_host(&uri.parse().unwrap());
        assert!(same("https://API.example.org/other"));
        for other in [
            "http://api.example.org/",
            "https://api.example.org.evil.com/",
            "https://api.example.org:8443/",
            "/v1",
        ] {
            assert!(!same(other), "{other}");
        }
    }
}
