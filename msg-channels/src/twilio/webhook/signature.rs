//! `X-Twilio-Signature`: base64 of HMAC-SHA1, keyed with the auth token, over the URL that Twilio called and, of a form, every
//! field's name and value (<https://www.twilio.com/docs/usage/security>).
//!
//! Twilio is not of one mind about the URL: with or without the standard port, and with some characters escaped. Its own
//! libraries try the readings one after the other (twilio-node 45d3d65, `webhooks.ts`), and so does this.

use crate::wire::fields::Fields;
use crate::wire::proof::{
    Hash, Macs, Proof, authenticity, base64, header, hex, public_url, query_field,
};
use msg_core::channel::{Authenticity, Rejection, WebhookRequest};
use ring::digest;
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use subtle::ConstantTimeEq as _;

/// The header that carries the signature.
pub(crate) const HEADER: &str = "x-twilio-signature";

/// The auth tokens that a webhook may be signed with, and what Twilio calls.
#[derive(Debug)]
pub(crate) struct Signatures {
    keys: Macs,
    public_url: Option<String>,
}

impl Signatures {
    pub(crate) fn new(tokens: &[SecretString], public_url: Option<String>) -> Self {
        Self {
            keys: Macs::new(Hash::Sha1, tokens),
            public_url,
        }
    }

    pub(crate) fn authenticate(&self, request: &WebhookRequest) -> Authenticity {
        authenticity(self.verify(request))
    }

    fn verify(&self, request: &WebhookRequest) -> Proof {
        let code = base64(header(request, HEADER)?)?;
        let url = public_url(self.public_url.as_deref(), request);
        let said = said(&url, &request.body)?;
        let mut outcome = Err(Rejection::WrongProof);
        for url in readings(&url) {
            outcome = self.keys.verify(&[url.as_bytes(), said.as_bytes()], &code);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }
}

/// What is signed behind the URL. A body that is no form is signed by its hash, which stands in the URL.
fn said(url: &str, body: &[u8]) -> Proof<String> {
    if let Some(hash) = query_field(url, "bodySHA256") {
        let body = digest::digest(&digest::SHA256, body);
        let same = bool::from(body.as_ref().ct_eq(&hex(&hash)?));
        return if same {
            Ok(String::new())
        } else {
            Err(Rejection::WrongProof)
        };
    }
    let fields = Fields::of_form(body);
    let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in fields.iter() {
        sorted.entry(name).or_default().insert(value);
    }
    let mut said = String::with_capacity(body.len());
    for (name, values) in sorted {
        for value in values {
            said.push_str(name);
            said.push_str(value);
        }
    }
    Ok(said)
}

/// The URL in every form that Twilio may have signed, the likeliest first, none twice.
fn readings(url: &str) -> Vec<String> {
    let mut all = Vec::with_capacity(6);
    let mut add = |url: String| {
        if !all.contains(&url) {
            all.push(url);
        }
    };
    let (bare, ported) = (with_port(url, Port::None), with_port(url, Port::Standard));
    add(bare.clone());
    add(ported.clone());
    for reading in [&bare, &ported] {
        // As URLs are written by the rules of browsers, which escape this character in a query and others do not.
        if let Some((path, query)) = reading.split_once('?') {
            add(format!("{path}?{}", query.replace('\'', "%27")));
            add(format!("{path}?{}", legacy(query)));
        }
    }
    all
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Port {
    None,
    /// The one that stands there, else that of the scheme.
    Standard,
}

fn with_port(url: &str, port: Port) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    // The colons of an IPv6 address are inside brackets.
    let (name, given) = match host.rsplit_once(':') {
        Some((name, digits)) if !digits.contains(']') => (name, Some(digits)),
        _ => (host, None),
    };
    let standard = if scheme.eq_ignore_ascii_case("https") {
        "443"
    } else {
        "80"
    };
    let mut out = format!("{scheme}://");
    if let Some(user) = user {
        out.push_str(user);
        out.push('@');
    }
    out.push_str(name);
    if port == Port::Standard {
        out.push(':');
        out.push_str(given.unwrap_or(standard));
    }
    out.push_str(path);
    out
}

/// A query taken apart and put together again as Node's `querystring` does.
fn legacy(query: &str) -> String {
    let mut out = String::with_capacity(query.len());
    let escape = |text: &str| {
        let mut escaped = String::with_capacity(text.len());
        for byte in text.bytes() {
            let plain = byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte);
            if plain {
                escaped.push(char::from(byte));
            } else {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
        escaped
    };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(&escape(&name));
        out.push('=');
        out.push_str(&escape(&value));
    }
    out
}

#[cfg(test)]
mod tests;
