//! What every wire to an OpenAI-like server has in its configuration: the address, the head, and the name of the endpoint.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Uri};
use msg_core::llm::{LlmError, LlmErrorKind, Phase};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

/// The address of `path` below a base URL, whose query is kept behind it.
pub(crate) fn endpoint(base_url: &str, path: &str) -> Result<Uri, LlmError> {
    let (base, query) = base_url
        .split_once('?')
        .map_or((base_url, None), |(p, q)| (p, Some(q)));
    let mut text = format!("{}{path}", base.trim_end_matches('/'));
    if let Some(query) = query {
        text.push('?');
        text.push_str(query);
    }
    let uri: Uri = text
        .parse()
        .map_err(|_| invalid("the base url is not a url"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(invalid("the base url begins with neither http nor https"));
    }
    if uri
        .authority()
        .is_none_or(|authority| authority.as_str().contains('@'))
    {
        return Err(invalid(
            "the base url needs a host and no user name or password",
        ));
    }
    Ok(uri)
}

/// The key, where it goes, and further headers. All of it is secret.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Credentials<'a> {
    pub(crate) key: Option<&'a SecretString>,
    /// The header that carries the bare key; none sends `authorization: Bearer KEY`.
    pub(crate) key_header: Option<&'a str>,
    pub(crate) headers: &'a BTreeMap<String, SecretString>,
}

/// The head of every request, built once. Values that are secret are marked so and print as such.
pub(crate) fn head(credentials: Credentials<'_>, stream: bool) -> Result<HeaderMap, LlmError> {
    let mut head = HeaderMap::with_capacity(4 + credentials.headers.len());
    head.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    head.insert(
        ACCEPT,
        HeaderValue::from_static(if stream {
            "text/event-stream"
        } else {
            "application/json"
        }),
    );
    if let Some(key) = credentials.key {
        let (name, value) = match credentials.key_header {
            Some(name) => (header_name(name)?, secret(key.expose_secret())?),
            None => (
                AUTHORIZATION,
                secret(&format!("Bearer {}", key.expose_secret()))?,
            ),
        };
        head.insert(name, value);
    }
    for (name, value) in credentials.headers {
        head.insert(header_name(name)?, secret(value.expose_secret())?);
    }
    Ok(head)
}

/// The name that tells this endpoint from others: the one that was set, `own` at the provider itself, and otherwise `own`
/// with the host and port, so that what one server issued is never handed to another.
pub(crate) fn scheme(
    name: &str,
    own: &'static str,
    own_hosts: &[&str],
    endpoint: &Uri,
) -> Result<Box<str>, LlmError> {
    if !name.is_empty() {
        let sound = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
        return if sound {
            Ok(name.into())
        } else {
            Err(invalid(
                "the name of the server is not lowercase letters, digits, `_` and `-`",
            ))
        };
    }
    let host = endpoint.host().unwrap_or_default();
    if own_hosts.contains(&host) {
        return Ok(own.into());
    }
    let authority = endpoint.authority().map_or("", |a| a.as_str());
    let words = authority
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    Ok(words
        .fold(own.to_owned(), |name, word| {
            name + "-" + &word.to_ascii_lowercase()
        })
        .into())
}

/// A header's name, from a setting.
pub(crate) fn header_name(name: &str) -> Result<HeaderName, LlmError> {
    name.parse()
        .map_err(|_| invalid("a header name is not valid"))
}

fn secret(value: &str) -> Result<HeaderValue, LlmError> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| invalid("a key or header value has characters that a header cannot have"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// A setting or request that never leaves.
pub(crate) fn invalid(detail: &'static str) -> LlmError {
    LlmError::new(LlmErrorKind::InvalidRequest, detail).in_phase(Phase::Connect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_have_names_of_their_own() {
        let name = |name: &str, base: &str| {
            let uri = endpoint(base, "/chat/completions").unwrap();
            scheme(name, "openai", &["api.openai.com"], &uri).map_err(|error| error.detail)
        };
        assert_eq!(
            name("", "https://api.openai.com/v1").as_deref(),
            Ok("openai")
        );
        assert_eq!(
            name("", "http://127.0.0.1:8080/v1").as_deref(),
            Ok("openai-127-0-0-1-8080")
        );
        assert_eq!(
            name("", "http://[::1]:8080/v1").as_deref(),
            Ok("openai-1-8080")
        );
        assert_eq!(
            name("groq", "https://api.groq.com/openai/v1").as_deref(),
            Ok("groq")
        );
        for wrong in ["Groq", "9x", "a b", "a/b"] {
            assert!(name(wrong, "https://h/v1").is_err(), "{wrong}");
        }
    }
}
