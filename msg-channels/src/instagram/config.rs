//! What a page is configured with, and what is checked before it is used.

use super::wire::RULES;
use crate::graph::inbox::Inbox;
use crate::graph::{Api, Hook, VERSION};
use msg_core::Error;
use msg_core::id::AccountId;
use secrecy::SecretString;
use serde::Deserialize;

/// The API for accounts that log in to Instagram
/// (<https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api>).
pub const CLOUD: &str = "https://graph.instagram.com";

/// The API for accounts that are linked to a Facebook page
/// (<https://developers.facebook.com/docs/messenger-platform/instagram>).
pub const FACEBOOK: &str = crate::graph::CLOUD;

/// One professional account. It reads from a file or the environment; it cannot be written, and `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct InstagramConfig {
    /// The access token of the account (`graph.instagram.com`), or of the page that it is linked to ([`FACEBOOK`]).
    pub access_token: SecretString,
    /// The id of the professional account: digits. The one whose token it is unless set.
    #[serde(default)]
    pub account_id: Option<String>,
    /// The secrets of the app, which sign webhooks. Several, so that one can be replaced without losing a call; with none
    /// every webhook is refused.
    #[serde(default)]
    pub app_secrets: Vec<SecretString>,
    /// The words that the handshake of a webhook proves itself with.
    #[serde(default)]
    pub verify_tokens: Vec<SecretString>,
    /// The API: [`CLOUD`] unless set, or [`FACEBOOK`]; https, or http to this machine.
    #[serde(default = "cloud")]
    pub base_url: String,
    /// Its version, such as `v23.0`.
    #[serde(default = "version")]
    pub version: String,
    /// The host's name for the account, put into every event.
    #[serde(default)]
    pub account: Option<AccountId>,
    /// Whether people answer, and not programs: every message has the tag `HUMAN_AGENT`, and the reply window is 7 days. Meta
    /// audits that; the app needs the permission of the same name.
    #[serde(default)]
    pub human_agent: bool,
    /// Whether every call proves that the app's first secret is known, as an app may want it (`appsecret_proof`).
    #[serde(default)]
    pub prove_secret: bool,
}

impl InstagramConfig {
    /// The account with this access token, which takes no webhooks yet.
    pub fn new(access_token: impl Into<SecretString>) -> Self {
        Self {
            access_token: access_token.into(),
            account_id: None,
            app_secrets: Vec::new(),
            verify_tokens: Vec::new(),
            base_url: cloud(),
            version: version(),
            account: None,
            human_agent: false,
            prove_secret: false,
        }
    }

    /// Sets the id of the professional account.
    #[must_use]
    pub fn with_account_id(mut self, id: impl Into<String>) -> Self {
        self.account_id = Some(id.into());
        self
    }

    /// Adds a secret of the app.
    #[must_use]
    pub fn with_app_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.app_secrets.push(secret.into());
        self
    }

    /// Adds a word for the handshake.
    #[must_use]
    pub fn with_verify_token(mut self, token: impl Into<SecretString>) -> Self {
        self.verify_tokens.push(token.into());
        self
    }

    /// Sets the API: [`FACEBOOK`] for an account that is linked to a page.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Sets the host's name for the account.
    #[must_use]
    pub fn with_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Says that people answer here.
    #[must_use]
    pub const fn with_human_agent(mut self) -> Self {
        self.human_agent = true;
        self
    }

    pub(super) fn inbox(self) -> Result<Inbox, Error> {
        let mut api = Api::new(&self.base_url, &self.version, &self.access_token)?;
        if self.prove_secret {
            let secret = self.app_secrets.first();
            let secret =
                secret.ok_or_else(|| Error::invalid("a proof needs a secret of the app"))?;
            api = api.with_proof(&self.access_token, secret);
        }
        let hook = Hook::new(&self.app_secrets, &self.verify_tokens);
        let mut inbox = Inbox::new(&RULES, api, hook, self.account_id)?;
        inbox.account = self.account;
        inbox.human_agent = self.human_agent;
        Ok(inbox)
    }
}

fn cloud() -> String {
    CLOUD.to_owned()
}

fn version() -> String {
    VERSION.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_printed_and_a_misspelt_field_is_named() {
        let json = r#"{"access_token":"EAAtoken","app_secrets":["s3cret"],"verify_tokens":["w0rd"],"account_id":"7"}"#;
        let config: InstagramConfig = serde_json::from_str(json).unwrap();
        assert_eq!((&*config.base_url, &*config.version), (CLOUD, VERSION));
        let printed = format!("{config:?} {:?}", config.clone().inbox().unwrap());
        for secret in ["EAAtoken", "s3cret", "w0rd"] {
            assert!(!printed.contains(secret), "{printed}");
        }
        let error =
            serde_json::from_str::<InstagramConfig>(r#"{"access_token":"a","page_id":"7"}"#);
        assert!(error.unwrap_err().to_string().contains("`page_id`"));
    }

    #[test]
    fn an_id_is_digits_and_a_proof_needs_a_secret() {
        let config = || InstagramConfig::new("EAAtoken");
        assert!(config().inbox().is_ok() && config().with_account_id("12").inbox().is_ok());
        for bad in ["", "me/../1", "1 2", "a", &"1".repeat(33)] {
            assert!(config().with_account_id(bad).inbox().is_err(), "{bad}");
        }
        let mut proved = config();
        proved.prove_secret = true;
        assert!(proved.clone().inbox().is_err());
        let inbox = proved.with_app_secret("s").inbox().unwrap();
        assert!(
            inbox
                .messages
                .query()
                .unwrap()
                .starts_with("appsecret_proof=")
        );
    }
}
