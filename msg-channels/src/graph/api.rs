//! The versioned base URL and the key.

use crate::wire::call::{self, Encoded};
use crate::wire::endpoint::Endpoint;
use crate::wire::proof::{Hash, Mac, to_hex};
use bytes::Bytes;
use http::{HeaderValue, Uri, header::AUTHORIZATION};
use msg_core::Error;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use std::fmt;

/// The Graph API that Meta runs (<https://developers.facebook.com/docs/graph-api/overview#host-url>).
pub const CLOUD: &str = "https://graph.facebook.com";

/// The version that the specification of WhatsApp's API is of (facebook/openapi, `business-messaging-api_v23.0`). A version
/// is served for at least two years.
pub const VERSION: &str = "v23.0";

/// A Graph API with a key. It prints neither.
pub struct Api {
    endpoint: Endpoint,
    bearer: HeaderValue,
    proof: Option<String>,
}

impl Api {
    /// The API at `base`, https or http to this machine, in `version` such as `v23.0`, with an access token.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when one of them breaks its rule; none is repeated.
    pub fn new(base: &str, version: &str, token: &SecretString) -> Result<Self, Error> {
        if !is_version(version) {
            return Err(Error::invalid(
                "a version of the graph api is `v`, digits, a point and digits",
            ));
        }
        if token.expose_secret().is_empty() {
            return Err(Error::invalid("an access token is not empty"));
        }
        Ok(Self {
            endpoint: Endpoint::new(&format!("{}/{version}", base.trim_end_matches('/')))?,
            bearer: call::bearer(token)?,
            proof: None,
        })
    }

    /// Proves with every call that the app's secret is known, for apps that want it
    /// (<https://developers.facebook.com/docs/graph-api/guides/secure-requests#appsecret_proof>).
    #[must_use]
    pub fn with_proof(mut self, token: &SecretString, app_secret: &SecretString) -> Self {
        let key = Mac::new(Hash::Sha256, app_secret.expose_secret().as_bytes());
        let code = key.sign(&[token.expose_secret().as_bytes()]);
        self.proof = Some(format!("?appsecret_proof={}", to_hex(&code)));
        self
    }

    fn query(&self) -> &str {
        self.proof.as_deref().unwrap_or_default()
    }

    /// The address of a fixed path, such as `/106540352242922/messages`, made once.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the path is not one.
    pub fn fixed(&self, path: &str) -> Result<Uri, Error> {
        self.endpoint.fixed(&format!("{path}{}", self.query()))
    }

    /// The address of a path that is made for one part. Who writes it encodes what comes from outside
    /// ([`path_segment`](crate::wire::endpoint::path_segment)).
    ///
    /// # Errors
    /// A failure when it is no path.
    pub fn uri(&self, path: &str) -> Encoded<Uri> {
        self.endpoint.uri(&format!("{path}{}", self.query()))
    }

    /// Whether an address is this API's, so that the key may go there.
    #[must_use]
    pub fn is_same_host(&self, uri: &Uri) -> bool {
        self.endpoint.is_same_host(uri)
    }

    /// A POST of this JSON with the key.
    ///
    /// # Errors
    /// A failure when it cannot be written.
    pub fn post(&self, uri: Uri, body: &impl Serialize) -> Encoded<http::Request<Bytes>> {
        Ok(self.with_key(call::json(uri, body)?))
    }

    /// A GET with the key.
    #[must_use]
    pub fn get(&self, uri: Uri) -> http::Request<Bytes> {
        self.with_key(call::get(uri))
    }

    /// A request with the key.
    #[must_use]
    pub fn with_key(&self, request: http::Request<Bytes>) -> http::Request<Bytes> {
        call::with_header(request, AUTHORIZATION, &self.bearer)
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Api")
    }
}

/// `v23.0`.
fn is_version(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('v')
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(major, minor)| digits(major) && digits(minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(version: &str) -> Result<Api, Error> {
        Api::new(CLOUD, version, &SecretString::from("EAAsecret"))
    }

    #[test]
    fn a_call_has_version_and_key_and_prints_neither_key_nor_proof() {
        let api = api(VERSION).unwrap();
        let uri = api.fixed("/1/messages").unwrap();
        assert_eq!(
            uri.to_string(),
            "https://graph.facebook.com/v23.0/1/messages"
        );
        let request = api.post(uri, &serde_json::json!({"a": 1})).unwrap();
        assert_eq!(request.headers()["authorization"], "Bearer EAAsecret");
        let (token, secret) = (SecretString::from("EAAsecret"), SecretString::from("app"));
        let proved = api.with_proof(&token, &secret);
        let printed = format!("{request:?} {proved:?}");
        assert!(!printed.contains("EAAsecret"), "{printed}");
        // Checked with `printf EAAsecret | openssl dgst -sha256 -hmac app`.
        assert_eq!(
            proved.uri("/1").unwrap().query(),
            Some(
                "appsecret_proof=58c4d1a4c7cbe49cba3cd1fc7ba6c6b409c4c26a5c6526e5f7333854c23c4e6b"
            )
        );
    }

    #[test]
    fn a_version_is_one_and_a_key_is_not_empty() {
        for bad in ["", "23.0", "v23", "v.0", "v23.", "v23.0/..", "vx.0"] {
            assert!(api(bad).is_err(), "{bad}");
        }
        assert!(Api::new(CLOUD, VERSION, &SecretString::from("")).is_err());
        assert!(Api::new("http://graph.example", VERSION, &SecretString::from("x")).is_err());
    }
}
