//! The glue: [`WhatsApp`] implements the wire traits and knows how people are written in the API and in our addresses.

use super::config::{Flow, PaymentLink, WhatsAppConfig};
use super::{request, response, webhook};
use crate::graph::{Api, Hook};
use crate::wire::call::{Encoded, foreign_address};
use bytes::Bytes;
use http::Uri;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::capability::{Capabilities, Combos, Field, Limit, Unit, profile};
use msg_core::channel::{
    Authenticity, ChannelWire, Failure, InboundEvent, Located, MediaWire, SendOutcome, Verified,
    WebhookRequest, WebhookWire,
};
use msg_core::id::{AccountId, ActionId, ConversationId};
use msg_core::message::{
    ActionKind, Address, AddressScheme, ChannelKind, ContentKind, Markup, Media, Part,
};
use std::collections::BTreeMap;
use std::fmt;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "whatsapp";

/// The name of the address scheme of groups.
pub const GROUP: &str = "whatsapp-group";

/// The name of the address scheme of ids that are neither phone numbers nor user ids, such as those of test calls.
pub(super) const OTHER: &str = "whatsapp-id";

/// A phone number: the wire of WhatsApp's Cloud API.
///
/// It builds requests and reads answers and webhooks; [`HttpAdapter`](msg_core::channel::HttpAdapter) sends. It does not
/// register numbers, make templates or flows, or take calls.
pub struct WhatsApp {
    pub(super) api: Api,
    hook: Hook,
    pub(super) messages: Uri,
    pub(super) uploads: Uri,
    pub(super) phone_number_id: String,
    pub(super) account: Option<AccountId>,
    pub(super) portfolio: Option<Box<str>>,
    pub(super) catalog: Option<String>,
    pub(super) flows: BTreeMap<ActionId, Flow>,
    pub(super) payment_link: Option<PaymentLink>,
    pub(super) callback_data: bool,
    pub(super) media_hosts: Vec<String>,
    capabilities: Capabilities,
}

impl WhatsApp {
    /// A phone number with this configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the token, an id or the base URL breaks its rule; the value
    /// is not repeated.
    pub fn new(config: WhatsAppConfig) -> Result<Self, Error> {
        let api = config.api()?;
        let number = &config.phone_number_id;
        Ok(Self {
            messages: api.fixed(&format!("/{number}/messages"))?,
            uploads: api.fixed(&format!("/{number}/media"))?,
            hook: config.hook(),
            capabilities: profile::of(&ChannelKind::WhatsApp).meet(&carried(&config)),
            api,
            phone_number_id: config.phone_number_id,
            account: config.account,
            portfolio: config.portfolio.map(Into::into),
            catalog: config.catalog,
            flows: config.flows,
            payment_link: config.payment_link,
            callback_data: config.callback_data,
            media_hosts: config.media_hosts,
        })
    }

    /// A person as the API names them: a number without `+`, or a business-scoped user id such as `US.1349`.
    pub(super) fn person(&self, id: &str) -> Result<Address, Error> {
        let channel = || ChannelKind::WhatsApp;
        if id.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(address) = Address::phone(channel(), format!("+{id}"))
        {
            return Ok(address);
        }
        if !is_user_id(id) {
            return Address::new(channel(), AddressScheme::from(OTHER), id);
        }
        let address = Address::new(channel(), AddressScheme::WhatsAppUser, id)?;
        Ok(match &self.portfolio {
            Some(portfolio) => address.with_scope(portfolio.clone()),
            None => address,
        })
    }

    /// Our id of a conversation: `whatsapp:<phone number id>.<address key>`, or `whatsapp:<phone number id>/g<group>`. It
    /// repeats no address.
    pub(super) fn conversation(
        number: &str,
        with: &Address,
        group: Option<&str>,
    ) -> Result<ConversationId, Error> {
        ConversationId::new(match group {
            Some(group) => format!("{SCHEME}:{number}/g{group}"),
            None => format!("{SCHEME}:{number}.{}", with.key()),
        })
    }
}

/// Two letters of a country, a point, and digits; `US.ENT.1349` is that of a parent portfolio (Meta, "Business-scoped user
/// IDs"; pywa `_helpers.py`).
fn is_user_id(id: &str) -> bool {
    let rest = id.split_once('.').and_then(|(country, rest)| {
        let letters = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        letters.then_some(rest)
    });
    let digits = rest.map(|rest| rest.strip_prefix("ENT.").unwrap_or(rest));
    digits.is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Whom a part goes to, in the API's fields.
#[derive(Clone, Copy, Debug)]
pub(super) enum Recipient<'a> {
    /// A phone number.
    Phone(&'a str),
    /// A business-scoped user id.
    User(&'a str),
    /// A group.
    Group(&'a str),
}

impl<'a> Recipient<'a> {
    pub(super) fn of(part: &'a Part) -> Encoded<Self> {
        let value = part.to.expose();
        match (part.to.channel(), part.to.scheme()) {
            (ChannelKind::WhatsApp, AddressScheme::E164) => {
                Ok(Self::Phone(value.strip_prefix('+').unwrap_or(value)))
            }
            (ChannelKind::WhatsApp, AddressScheme::WhatsAppUser) => Ok(Self::User(value)),
            (ChannelKind::WhatsApp, AddressScheme::Other(scheme)) if **scheme == *GROUP => {
                Ok(Self::Group(value))
            }
            (ChannelKind::WhatsApp, AddressScheme::Other(scheme)) if **scheme == *OTHER => {
                Ok(Self::Phone(value))
            }
            _ => Err(foreign_address(
                "want a phone number, user id or group of whatsapp",
            )),
        }
    }
}

impl fmt::Debug for WhatsApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhatsApp")
            .field("phone_number_id", &self.phone_number_id)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl ChannelWire for WhatsApp {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn channel(&self) -> &ChannelKind {
        &ChannelKind::WhatsApp
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn encode(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
        request::encode(self, part)
    }

    fn classify(&self, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        response::classify(self, part, response)
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        Some(self)
    }

    fn media(&self) -> Option<&dyn MediaWire> {
        Some(self)
    }
}

impl MediaWire for WhatsApp {
    fn must_upload(&self, media: &Media) -> bool {
        request::must_upload(media)
    }

    fn upload(&self, part: &Part, media: &Media) -> Result<http::Request<Bytes>, Box<Failure>> {
        request::upload(self, part, media)
    }

    fn uploaded(&self, response: &http::Response<Bytes>) -> Result<String, Box<Failure>> {
        response::uploaded(response)
    }

    fn locate(&self, media: &Media) -> Result<http::Request<Bytes>, Error> {
        request::locate(self, media)
    }

    fn located(&self, media: &Media, response: http::Response<Bytes>) -> Result<Located, Error> {
        response::located(self, media, response)
    }
}

impl WebhookWire for WhatsApp {
    fn authenticate(&self, request: &WebhookRequest, _now: Timestamp) -> Authenticity {
        self.hook.authenticate(request)
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        webhook::parse(self, call)
    }
}

/// What this wire can say with this configuration. A card is a message with a picture above its text and buttons, and a
/// table is text; the limits are those that the API has beside the channel's.
fn carried(config: &WhatsAppConfig) -> Capabilities {
    const API: &str = "facebook/openapi business-messaging-api_v23.0 [V]";
    let mut combos = Combos::default();
    combos.buttons_with_media = true;
    let mut content = vec![
        ContentKind::Media,
        ContentKind::Choice,
        ContentKind::List,
        ContentKind::Location,
        ContentKind::LocationRequest,
        ContentKind::Contact,
        ContentKind::ContactRequest,
        ContentKind::Template,
        ContentKind::Reaction,
        ContentKind::Typing,
        ContentKind::Read,
    ];
    let mut actions = vec![ActionKind::Reply, ActionKind::Url];
    if !config.flows.is_empty() {
        content.push(ContentKind::Form);
    }
    if config.catalog.is_some() {
        content.push(ContentKind::Product);
        actions.push(ActionKind::Catalog);
    }
    if config.payment_link.is_some() {
        content.push(ContentKind::Payment);
    }
    let mut capabilities = Capabilities::text_only()
        .with_markup(Markup::WhatsApp)
        .with_combos(combos)
        .with_content(&content)
        .with_actions(&actions)
        .with_limit(Field::Contacts, Limit::new(5, Unit::Items, API));
    capabilities.receipts = true;
    capabilities
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number() -> WhatsApp {
        let mut config = WhatsAppConfig::new("EAAhunter2", "106").with_app_secret("app-hunter2");
        config.portfolio = Some("portfolio-1".into());
        WhatsApp::new(config).unwrap()
    }

    #[test]
    fn people_are_numbers_or_user_ids() {
        let scheme = |id: &str| {
            let address = number().person(id).unwrap();
            (
                address.scheme().as_str().to_owned(),
                address.scope().map(str::to_owned),
            )
        };
        assert_eq!(scheme("16505551234"), ("e164".into(), None));
        for user in ["US.13491208655302741918", "US.ENT.11815799212886844830"] {
            assert_eq!(
                scheme(user),
                ("whatsapp-user".into(), Some("portfolio-1".into()))
            );
        }
        for other in [
            "<WHATSAPP_USER_PHONE_NUMBER>",
            "123",
            "us.1",
            "US.",
            "US.a b",
        ] {
            assert_eq!(scheme(other), (OTHER.into(), None), "{other}");
        }
        assert!(number().person("").is_err());
    }

    #[test]
    fn debug_shows_no_secret_and_ids_repeat_no_address() {
        let number = number();
        assert!(!format!("{number:?}").contains("hunter2"));
        let person = number.person("16505551234").unwrap();
        let chat = WhatsApp::conversation("106", &person, None).unwrap();
        assert!(
            chat.as_str().starts_with("whatsapp:106.") && !chat.as_str().contains("16505551234")
        );
    }

    #[test]
    fn what_is_configured_is_carried() {
        let carries = |config: WhatsAppConfig, kind| {
            WhatsApp::new(config).unwrap().capabilities().carries(kind)
        };
        let plain = || WhatsAppConfig::new("x", "1");
        for kind in [
            ContentKind::Form,
            ContentKind::Product,
            ContentKind::Payment,
        ] {
            assert!(!carries(plain(), kind), "{kind:?}");
        }
        let form = ActionId::new("f").unwrap();
        assert!(carries(
            plain().with_flow(form, Flow::new("9")),
            ContentKind::Form
        ));
        assert!(carries(plain().with_catalog("7"), ContentKind::Product));
        let paying = plain().with_payment_link(PaymentLink::brazil());
        assert!(carries(paying, ContentKind::Payment));
    }
}
