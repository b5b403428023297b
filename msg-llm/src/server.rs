//! Where a server is and what goes into the head of every request to it.

use crate::outgoing::{add_headers, invalid};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Uri};
use msg_core::llm::LlmError;
use secrecy::SecretString;
use std::collections::BTreeMap;

/// The default limit of one event of a stream, 4 MiB: an answer of the largest output limit fits one event.
pub(crate) const DEFAULT_EVENT_LIMIT: usize = 4 << 20;

/// An address that paths are added to. A query of the configuration is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base {
    path: String,
    query: String,
}

impl Base {
    /// Reads a base URL: http or https, with a host, without user name and password.
    pub(crate) fn read(url: &str) -> Result<Self, LlmError> {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let base = Self {
            path: path.trim_end_matches('/').to_owned(),
            query: query.to_owned(),
        };
        let uri: Uri = base.join("/", "")?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(invalid("the base url begins with neither http nor https"));
        }
        let host = uri.authority().map(http::uri::Authority::as_str);
        if host.is_none_or(|host| host.contains('@')) {
            return Err(invalid(
                "the base url needs a host and no user name or password",
            ));
        }
        Ok(base)
    }

    /// The address of `path`, with the configured query and `query` behind it.
    pub(crate) fn join(&self, path: &str, query: &str) -> Result<Uri, LlmError> {
        let mut text = String::with_capacity(
            self.path.len() + path.len() + self.query.len() + query.len() + 2,
        );
        text.push_str(&self.path);
        text.push_str(path);
        let mut mark = '?';
        for part in [self.query.as_str(), query] {
            if !part.is_empty() {
                text.push(mark);
                text.push_str(part);
                mark = '&';
            }
        }
        text.parse()
            .map_err(|_| invalid("the base url is not a url"))
    }

    /// The names in the configured query.
    #[cfg(feature = "gemini")]
    pub(crate) fn query_names(&self) -> impl Iterator<Item = &str> {
        self.query
            .split('&')
            .map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name))
    }
}

/// The head of every request: what is accepted, the key, and the configured headers. Values count as secrets.
pub(crate) fn head(
    accept: &'static str,
    key: Option<(HeaderName, HeaderValue)>,
    headers: &BTreeMap<String, SecretString>,
) -> Result<HeaderMap, LlmError> {
    let mut head = HeaderMap::with_capacity(3 + headers.len());
    head.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    head.insert(ACCEPT, HeaderValue::from_static(accept));
    head.extend(key);
    add_headers(&mut head, headers)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outgoing::secret;

    #[test]
    fn addresses() {
        let join = |base: &str, path: &str, query: &str| {
            Base::read(base)
                .and_then(|base| base.join(path, query))
                .map(|uri| uri.to_string())
                .map_err(|error| error.detail)
        };
        assert_eq!(
            join("http://[::1]:8080/v1/", "/chat", "").as_deref(),
            Ok("http://[::1]:8080/v1/chat")
        );
        assert_eq!(
            join("https://h/v1?a=b", "/chat", "alt=sse").as_deref(),
            Ok("https://h/v1/chat?a=b&alt=sse")
        );
        for wrong in [
            "",
            "api.example.com",
            "ftp://h/v1",
            "https://user:pw@h/v1",
            "https:///v1",
            "http://h h/",
        ] {
            assert!(Base::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_a_header_carries_never_prints() {
        let headers = BTreeMap::from([("X-Team".to_owned(), "canary-team".into())]);
        let key = (http::header::AUTHORIZATION, secret("canary-key").unwrap());
        let sent = head("application/json", Some(key), &headers).unwrap();
        assert_eq!(sent["x-team"], "canary-team");
        assert!(!format!("{sent:?}").contains("canary"));
        let wrong = secret("canary\nkey").unwrap_err();
        assert!(!format!("{wrong:?} {wrong}").contains("canary"));
        let name = BTreeMap::from([("a b".to_owned(), "x".into())]);
        assert!(head("*/*", None, &name).is_err());
    }
}
