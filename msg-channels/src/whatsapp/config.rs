//! What a phone number is configured with, and what is checked before it is used.

use crate::graph::{Api, CLOUD, Hook, VERSION};
use msg_core::Error;
use msg_core::id::{AccountId, ActionId};
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The host that media are fetched from with the key (Meta, "Download media").
pub const MEDIA_HOST: &str = "lookaside.fbsbx.com";

/// One phone number of a WhatsApp Business account. It reads from a file or the environment; it cannot be written, and
/// `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WhatsAppConfig {
    /// The access token of a system user.
    pub access_token: SecretString,
    /// The id of the phone number: digits, and not the number itself.
    pub phone_number_id: String,
    /// The secrets of the app, which sign webhooks. Several, so that one can be replaced without losing a call; with none
    /// every webhook is refused.
    #[serde(default)]
    pub app_secrets: Vec<SecretString>,
    /// The words that the handshake of a webhook proves itself with.
    #[serde(default)]
    pub verify_tokens: Vec<SecretString>,
    /// The Graph API. Meta's own unless set; https, or http to this machine.
    #[serde(default = "cloud")]
    pub base_url: String,
    /// Its version, such as `v23.0`.
    #[serde(default = "version")]
    pub version: String,
    /// The host's name for the number, put into every event of that number.
    #[serde(default)]
    pub account: Option<AccountId>,
    /// The business portfolio, which user ids are scoped to: put into every address of that scheme.
    #[serde(default)]
    pub portfolio: Option<String>,
    /// The catalog that is linked to the account: with it products and the catalog itself can be sent.
    #[serde(default)]
    pub catalog: Option<String>,
    /// The flows that forms are shown as, by the form's id: with one forms can be sent.
    #[serde(default)]
    pub flows: BTreeMap<ActionId, Flow>,
    /// How payments are asked for: with it they can be sent.
    #[serde(default)]
    pub payment_link: Option<PaymentLink>,
    /// Whether the id of a part goes along and comes back in its statuses (`biz_opaque_callback_data`).
    #[serde(default = "yes")]
    pub callback_data: bool,
    /// Whether every call proves that the app's first secret is known, as an app may want it (`appsecret_proof`).
    #[serde(default)]
    pub prove_secret: bool,
    /// Where media may be fetched from with the key, beside the Graph API itself.
    #[serde(default = "media_hosts")]
    pub media_hosts: Vec<String>,
}

/// A flow that a form is shown as. Its questions are the flow's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Flow {
    /// The id of the flow.
    pub id: String,
    /// The label of the button; the form's title where there is none. At most 20 characters, without pictograms (pywa; the
    /// specification says 30).
    #[serde(default)]
    pub button: Option<String>,
    /// The first screen, where the flow does not ask its endpoint for it.
    #[serde(default)]
    pub screen: Option<String>,
    /// Whether the flow is still a draft, for tests.
    #[serde(default)]
    pub draft: bool,
}

impl Flow {
    /// The flow with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            ..Self::default()
        }
    }

    /// Sets the first screen.
    #[must_use]
    pub fn with_screen(mut self, screen: impl Into<String>) -> Self {
        self.screen = Some(screen.into());
        self
    }
}

/// Payments as a link to the page of the payment provider, in an order that the person reviews. Meta offers this to
/// businesses in Brazil; payment gateways (India, Singapore) go as raw messages, because they need names that only the
/// account knows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PaymentLink {
    /// The payment type: `br`.
    pub kind: String,
    /// What is sold: `digital-goods` or `physical-goods`.
    pub goods: String,
}

impl PaymentLink {
    /// A payment link of digital goods in Brazil.
    #[must_use]
    pub fn brazil() -> Self {
        Self {
            kind: "br".into(),
            goods: "digital-goods".into(),
        }
    }
}

impl WhatsAppConfig {
    /// A phone number that takes no webhooks yet.
    pub fn new(access_token: impl Into<SecretString>, phone_number_id: impl Into<String>) -> Self {
        Self {
            access_token: access_token.into(),
            phone_number_id: phone_number_id.into(),
            app_secrets: Vec::new(),
            verify_tokens: Vec::new(),
            base_url: cloud(),
            version: version(),
            account: None,
            portfolio: None,
            catalog: None,
            flows: BTreeMap::new(),
            payment_link: None,
            callback_data: true,
            prove_secret: false,
            media_hosts: media_hosts(),
        }
    }

    /// Adds a secret of the app.
    #[must_use]
    pub fn with_app_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.app_secrets.push(secret.into());
        self
    }

    /// Adds a word that the handshake proves itself with.
    #[must_use]
    pub fn with_verify_token(mut self, token: impl Into<SecretString>) -> Self {
        self.verify_tokens.push(token.into());
        self
    }

    /// Sets the Graph API.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Sets the host's name for the number.
    #[must_use]
    pub fn with_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Sets the catalog.
    #[must_use]
    pub fn with_catalog(mut self, catalog: impl Into<String>) -> Self {
        self.catalog = Some(catalog.into());
        self
    }

    /// Adds the flow that a form is shown as.
    #[must_use]
    pub fn with_flow(mut self, form: ActionId, flow: Flow) -> Self {
        self.flows.insert(form, flow);
        self
    }

    /// Sets how payments are asked for.
    #[must_use]
    pub fn with_payment_link(mut self, link: PaymentLink) -> Self {
        self.payment_link = Some(link);
        self
    }

    /// The API that the number is used with.
    pub(super) fn api(&self) -> Result<Api, Error> {
        let id = &self.phone_number_id;
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::invalid("the id of a phone number is digits"));
        }
        let api = Api::new(&self.base_url, &self.version, &self.access_token)?;
        match (self.prove_secret, self.app_secrets.first()) {
            (false, _) => Ok(api),
            (true, Some(secret)) => Ok(api.with_proof(&self.access_token, secret)),
            (true, None) => Err(Error::invalid("a proof needs the secret of the app")),
        }
    }

    /// What believes webhooks.
    pub(super) fn hook(&self) -> Hook {
        Hook::new(&self.app_secrets, &self.verify_tokens)
    }
}

fn cloud() -> String {
    CLOUD.to_owned()
}

fn version() -> String {
    VERSION.to_owned()
}

fn media_hosts() -> Vec<String> {
    vec![MEDIA_HOST.to_owned()]
}

const fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_printed() {
        let config = WhatsAppConfig::new("EAAtoken", "106")
            .with_app_secret("app-hunter2")
            .with_verify_token("verify-hunter2");
        let text = format!("{config:?} {:?}", config.api());
        assert!(
            !text.contains("EAAtoken") && !text.contains("hunter2"),
            "{text}"
        );
    }

    #[test]
    fn a_config_reads_from_json_and_names_a_misspelt_field() {
        let json = r#"{"access_token":"x","phone_number_id":"1","app_secrets":["a","b"],
            "flows":{"return":{"id":"9","screen":"FIRST"}},"payment_link":{"kind":"br","goods":"digital-goods"}}"#;
        let config: WhatsAppConfig = serde_json::from_str(json).unwrap();
        assert_eq!(
            (config.base_url.as_str(), config.version.as_str()),
            (CLOUD, VERSION)
        );
        assert!(config.callback_data && config.app_secrets.len() == 2);
        let form = ActionId::new("return").unwrap();
        assert_eq!(config.flows[&form], Flow::new("9").with_screen("FIRST"));
        let wrong = r#"{"access_token":"x","phone_number_id":"1","app_secret":"a"}"#;
        let error = serde_json::from_str::<WhatsAppConfig>(wrong).unwrap_err();
        assert!(error.to_string().contains("`app_secret`"));
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        assert!(WhatsAppConfig::new("x", "106").api().is_ok());
        for id in ["", "+1650", "../me", "1 2"] {
            assert!(WhatsAppConfig::new("x", id).api().is_err(), "{id}");
        }
        let mut proving = WhatsAppConfig::new("x", "106");
        proving.prove_secret = true;
        assert!(proving.api().is_err());
        let api = proving.with_app_secret("app").api().unwrap();
        assert!(api.uri("/1").unwrap().query().is_some());
    }
}
