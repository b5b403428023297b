//! The account that signs requests.

use crate::wire::call::{Encoded, invalid};
use bytes::Bytes;
use msg_core::http::sigv4::{Credentials, Signer};
use msg_core::{Clock, Error};
use secrecy::SecretString;
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;

/// An account and where it is. It reads from a file or the environment; `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AwsConfig {
    /// Such as `eu-central-1`.
    pub region: String,
    /// The id of the key.
    pub access_key_id: SecretString,
    /// The key.
    pub secret_access_key: SecretString,
    /// The token of a session, for keys that end. A wire keeps its key: when it ends, make another wire.
    #[serde(default)]
    pub session_token: Option<SecretString>,
}

impl AwsConfig {
    /// A key without a session.
    pub fn new(
        region: impl Into<String>,
        access_key_id: impl Into<SecretString>,
        secret_access_key: impl Into<SecretString>,
    ) -> Self {
        Self {
            region: region.into(),
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
            session_token: None,
        }
    }

    /// Sets the token of the session.
    #[must_use]
    pub fn with_session_token(mut self, token: impl Into<SecretString>) -> Self {
        self.session_token = Some(token.into());
        self
    }

    /// The address of a service in this region: `https://email.eu-central-1.amazonaws.com`, in China with `.cn` behind it
    /// (<https://docs.aws.amazon.com/general/latest/gr/rande.html>).
    #[must_use]
    pub fn endpoint(&self, service: &str) -> String {
        let china = if self.region.starts_with("cn-") {
            ".cn"
        } else {
            ""
        };
        format!("https://{service}.{}.amazonaws.com{china}", self.region)
    }
}

/// An account that signs requests to one service.
pub struct Account {
    signer: Signer,
    clock: Arc<dyn Clock>,
}

impl Account {
    /// The account of this configuration; `service` is its name in signatures, `clock` dates them: they are good for minutes.
    ///
    /// # Errors
    /// As [`Signer::new`].
    pub fn new(
        config: &AwsConfig,
        service: &'static str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        use secrecy::ExposeSecret as _;
        let id = config.access_key_id.expose_secret();
        let mut credentials = Credentials::new(id, config.secret_access_key.clone());
        if let Some(token) = &config.session_token {
            credentials = credentials.with_session_token(token.clone());
        }
        let signer = Signer::new(credentials, &*config.region, service)?;
        Ok(Self { signer, clock })
    }

    /// The request, signed.
    ///
    /// # Errors
    /// A failure when it has a header that cannot be signed.
    pub fn signed(&self, mut request: http::Request<Bytes>) -> Encoded<http::Request<Bytes>> {
        match self.signer.seal(&mut request, self.clock.now()) {
            Ok(()) => Ok(request),
            Err(_) => Err(invalid("the request cannot be signed")),
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.signer, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::testkit::ManualClock;

    #[test]
    fn a_config_reads_from_json_and_hides_its_secrets() {
        let json = r#"{"region":"cn-north-1","access_key_id":"hidden","secret_access_key":"hidden","session_token":"hidden"}"#;
        let config: AwsConfig = serde_json::from_str(json).unwrap();
        assert!(!format!("{config:?}").contains("hidden"));
        assert_eq!(
            config.endpoint("sns"),
            "https://sns.cn-north-1.amazonaws.com.cn"
        );
        let wrong = json.replace("session_token", "token");
        let error = serde_json::from_str::<AwsConfig>(&wrong).unwrap_err();
        assert!(error.to_string().contains("`token`"));
    }

    #[test]
    fn a_request_is_signed_for_the_service() {
        let config = AwsConfig::new("us-east-1", "AKIDEXAMPLE", "hidden");
        let clock = Arc::new(ManualClock::default());
        let account = Account::new(&config, "ses", clock).unwrap();
        assert!(!format!("{account:?}").contains("hidden"));
        let request = http::Request::get("https://example.org/").body(Bytes::new());
        let signed = account.signed(request.unwrap()).unwrap();
        let proof = signed.headers()["authorization"].to_str().unwrap();
        assert!(proof.starts_with(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260615/us-east-1/ses/aws4_request, SignedHeaders=host;x-amz-date, "
        ), "{proof}");
    }
}
