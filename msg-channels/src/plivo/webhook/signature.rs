//! The three signatures of Plivo (<https://www.plivo.com/docs/messaging/concepts/signature-validation>; plivo-node 4889b05,
//! `security.js` and `v3Security.js`; plivo-go `utils.go`).
//!
//! - V3: base64 of HMAC-SHA256 over `url?query.fields.nonce`, where the query is sorted `name=value` joined by `&` and the
//!   fields of a POST are sorted `namevalue`; several signatures are parted by commas.
//! - V2: base64 of HMAC-SHA256 over the URL without its query and the nonce.
//! - V1: base64 of HMAC-SHA1 over the URL and the sorted fields.
//!
//! Subaccounts have a second header, `…-Ma-…`, signed with the token of their main account.

use super::super::config::{PlivoConfig, PlivoSignature};
use crate::wire::fields::Fields;
use crate::wire::proof::{Hash, Macs, Proof, authenticity, base64, header, public_url};
use http::Method;
use msg_core::channel::{Authenticity, Rejection, WebhookRequest};
use std::collections::BTreeMap;

pub(crate) const V3: &str = "x-plivo-signature-v3";
const V3_MAIN: &str = "x-plivo-signature-ma-v3";
const V3_NONCE: &str = "x-plivo-signature-v3-nonce";
const V2: &str = "x-plivo-signature-v2";
const V2_MAIN: &str = "x-plivo-signature-ma-v2";
const V2_NONCE: &str = "x-plivo-signature-v2-nonce";
const V1: &str = "x-plivo-signature";

/// The most signatures of one header that are looked at.
const MAX_SIGNATURES: usize = 8;

/// The auth tokens that a webhook may be signed with, what Plivo calls, and what is believed.
#[derive(Debug)]
pub(crate) struct Signatures {
    sha256: Macs,
    sha1: Macs,
    believed: Vec<PlivoSignature>,
    public_url: Option<String>,
}

impl Signatures {
    pub(crate) fn new(config: &PlivoConfig) -> Self {
        let mut believed = config.signatures.clone();
        believed.sort_unstable();
        Self {
            sha256: Macs::new(Hash::Sha256, &config.webhook_tokens),
            sha1: Macs::new(Hash::Sha1, &config.webhook_tokens),
            believed,
            public_url: config.public_url.clone(),
        }
    }

    pub(crate) fn authenticate(&self, request: &WebhookRequest) -> Authenticity {
        authenticity(self.verify(request))
    }

    /// The strongest signature that came and is believed decides alone: a weaker one beside it helps nobody.
    fn verify(&self, request: &WebhookRequest) -> Proof {
        let came = |names: &[&str]| names.iter().any(|name| request.headers.contains_key(*name));
        let url = public_url(self.public_url.as_deref(), request);
        for signature in &self.believed {
            match signature {
                PlivoSignature::V3 if came(&[V3, V3_MAIN]) => {
                    let nonce = header(request, V3_NONCE)?;
                    let said = format!("{}.{nonce}", said(&url, request));
                    return self.either(request, [V3, V3_MAIN], said.as_bytes());
                }
                PlivoSignature::V2 if came(&[V2, V2_MAIN]) => {
                    let nonce = header(request, V2_NONCE)?;
                    let said = format!("{}{nonce}", bare(&url));
                    return self.either(request, [V2, V2_MAIN], said.as_bytes());
                }
                PlivoSignature::V1 if came(&[V1]) => {
                    let code = base64(header(request, V1)?)?;
                    let fields = joined(&Fields::of_form(&request.body), "", "");
                    return self
                        .sha1
                        .verify(&[url.as_bytes(), fields.as_bytes()], &code);
                }
                _ => {}
            }
        }
        Err(Rejection::MissingProof)
    }

    /// Whether the header of the account or that of its main account holds.
    fn either(&self, request: &WebhookRequest, names: [&str; 2], said: &[u8]) -> Proof {
        let mut outcome = Err(Rejection::MissingProof);
        for name in names {
            let given = match header(request, name) {
                Ok(given) => given,
                Err(Rejection::MissingProof) => continue,
                Err(other) => return Err(other),
            };
            for one in given.split(',').take(MAX_SIGNATURES) {
                outcome = base64(one).and_then(|code| self.sha256.verify(&[said], &code));
                if outcome.is_ok() {
                    return outcome;
                }
            }
        }
        outcome
    }
}

/// The URL without its query.
fn bare(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// What version 3 signs before the nonce.
fn said(url: &str, request: &WebhookRequest) -> String {
    let (query, form) = (Fields::of_query(url), Fields::of_form(&request.body));
    let mut said = bare(url).to_owned();
    if request.method == Method::GET {
        // All fields are the query's; a form beside it counts as more of them.
        let all = query.iter().chain(form.iter());
        let all = sorted(all, "=", "&");
        if !all.is_empty() {
            said.push('?');
            said.push_str(&all);
        }
        return said;
    }
    let query = joined(&query, "=", "&");
    if !query.is_empty() || !form.is_empty() {
        said.push('?');
        said.push_str(&query);
    }
    if !query.is_empty() && !form.is_empty() {
        said.push('.');
    }
    said.push_str(&joined(&form, "", ""));
    said
}

fn joined(fields: &Fields<'_>, equals: &str, between: &str) -> String {
    sorted(fields.iter(), equals, between)
}

/// Sorted by name and then by value, decoded.
fn sorted<'a>(
    fields: impl Iterator<Item = (&'a str, &'a str)>,
    equals: &str,
    between: &str,
) -> String {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in fields {
        all.entry(name).or_default().push(value);
    }
    let mut out = String::new();
    for (name, mut values) in all {
        values.sort_unstable();
        for value in values {
            if !out.is_empty() {
                out.push_str(between);
            }
            out.push_str(name);
            out.push_str(equals);
            out.push_str(value);
        }
    }
    out
}

#[cfg(test)]
mod tests;
