//! The glue: [`Twilio`] implements the wire traits.

use super::config::{TwilioChannel, TwilioConfig};
use super::request::{self, Endpoints};
use super::webhook::signature::Signatures;
use super::{response, webhook};
use crate::wire::call;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode, Uri};
use jiff::Timestamp;
use msg_core::capability::{Capabilities, Combos, Field, Limit, Unit, profile};
use msg_core::channel::{
    Authenticity, ChannelWire, Failure, InboundEvent, Located, MediaWire, SendOutcome, Verified,
    WebhookRequest, WebhookWire,
};
use msg_core::id::AccountId;
use msg_core::message::media::{Media, MediaBytes, MediaSource};
use msg_core::message::{ChannelKind, ContentKind, Markup, Part};
use msg_core::{Error, ErrorKind};
use std::collections::BTreeMap;
use std::fmt;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "twilio";

/// A sender: the wire of Twilio's Messages API.
///
/// It builds requests and reads answers and webhooks; [`HttpAdapter`](msg_core::channel::HttpAdapter) sends. It creates
/// no content templates and configures no numbers.
pub struct Twilio {
    pub(super) channel: TwilioChannel,
    pub(super) kind: ChannelKind,
    pub(super) from: Option<String>,
    pub(super) service: Option<String>,
    pub(super) callback: Option<String>,
    pub(super) validity: Option<String>,
    pub(super) smart_encoding: Option<bool>,
    pub(super) templates: BTreeMap<String, String>,
    pub(super) account: Option<AccountId>,
    pub(super) endpoints: Endpoints,
    authorization: HeaderValue,
    media_path: String,
    signatures: Signatures,
    capabilities: Capabilities,
}

impl Twilio {
    /// A sender with this configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] when a value breaks its rule; it is not repeated.
    pub fn new(config: TwilioConfig) -> Result<Self, Error> {
        config.check()?;
        let user = config.key_sid.as_ref().unwrap_or(&config.account_sid);
        let prefixed = |from: &String| format!("{}{from}", config.channel.prefix());
        Ok(Self {
            authorization: call::basic(user, &config.secret)?,
            endpoints: Endpoints::new(&config)?,
            media_path: format!("/2010-04-01/Accounts/{}/Messages/", config.account_sid),
            signatures: Signatures::new(&config.webhook_tokens, config.public_url.clone()),
            capabilities: capabilities(config.channel),
            kind: config.channel.kind(),
            channel: config.channel,
            from: config.from.as_ref().map(prefixed),
            callback: config.status_callback.as_deref().map(request::callback),
            validity: config.validity_seconds.map(|it| it.to_string()),
            smart_encoding: config.smart_encoding,
            service: config.messaging_service_sid,
            templates: config.templates,
            account: config.account,
        })
    }

    pub(super) fn signed(&self, request: http::Request<Bytes>) -> http::Request<Bytes> {
        call::with_header(request, AUTHORIZATION, &self.authorization)
    }
}

impl fmt::Debug for Twilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Twilio")
            .field("channel", &self.channel)
            .field("account", &self.account)
            .field("signatures", &self.signatures)
            .finish_non_exhaustive()
    }
}

impl ChannelWire for Twilio {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn channel(&self) -> &ChannelKind {
        &self.kind
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn encode(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
        request::encode(self, part)
    }

    fn classify(&self, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        response::classify(self.callback.is_some(), part, response)
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        Some(self)
    }

    fn media(&self) -> Option<&dyn MediaWire> {
        Some(self)
    }
}

impl WebhookWire for Twilio {
    fn authenticate(&self, request: &WebhookRequest, _now: Timestamp) -> Authenticity {
        self.signatures.authenticate(request)
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        webhook::parse(self, call)
    }
}

/// Twilio fetches media that are sent from their URL, so nothing is uploaded. Media that came in are fetched with the
/// account's credentials, and from where Twilio redirects to without them
/// (<https://www.twilio.com/docs/messaging/api/media-resource>).
impl MediaWire for Twilio {
    fn must_upload(&self, _media: &Media) -> bool {
        false
    }

    fn upload(&self, _part: &Part, _media: &Media) -> Result<http::Request<Bytes>, Box<Failure>> {
        Err(call::unsupported("twilio takes media by url only"))
    }

    fn uploaded(&self, _response: &http::Response<Bytes>) -> Result<String, Box<Failure>> {
        Err(call::unsupported("twilio takes media by url only"))
    }

    fn locate(&self, media: &Media) -> Result<http::Request<Bytes>, Error> {
        let foreign = || Error::invalid("want the url of media in a message of this account");
        let uri: Uri = media
            .url()
            .and_then(|url| url.parse().ok())
            .ok_or_else(foreign)?;
        let ours = self.endpoints.api.is_same_host(&uri)
            && uri.path().starts_with(&self.media_path)
            && !uri.path().contains("..");
        if ours {
            Ok(self.signed(call::get(uri)))
        } else {
            Err(foreign())
        }
    }

    fn located(&self, media: &Media, response: http::Response<Bytes>) -> Result<Located, Error> {
        let (head, body) = response.into_parts();
        match head.status {
            status if status.is_success() => {
                let mut found = media.clone();
                let kind = head.headers.get(CONTENT_TYPE);
                let kind = kind.and_then(|it| it.to_str().ok()).map(str::to_owned);
                found.mime = found.mime.or(kind);
                found.source = MediaSource::Bytes(MediaBytes(body));
                Ok(Located::Here(Box::new(found)))
            }
            status if status.is_redirection() => {
                let next = head.headers.get(LOCATION).and_then(|it| it.to_str().ok());
                let next: Option<Uri> = next.and_then(|it| it.parse().ok());
                let next = next.filter(|uri| uri.scheme_str() == Some("https"));
                let lost = || Error::new(ErrorKind::Unavailable, "the media lead nowhere");
                // Without the credentials: they are for Twilio's API only.
                Ok(Located::Next(Box::new(call::get(next.ok_or_else(lost)?))))
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                Err(Error::new(ErrorKind::NotFound, "the media are gone"))
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Error::new(
                ErrorKind::Invalid,
                "the media are not for this account",
            )),
            _ => Err(Error::new(ErrorKind::Unavailable, "the media did not come")),
        }
    }
}

/// Whether an id is one that Twilio gives messages: `SM` or `MM` and letters and digits.
pub(super) fn is_message(id: &str) -> bool {
    let rest = id.strip_prefix("SM").or_else(|| id.strip_prefix("MM"));
    rest.is_some_and(|it| {
        (1..=62).contains(&it.len()) && it.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// The longest `Body`, in UTF-16 units: the API says 1,600 characters without saying which, so the smaller reading holds
/// (OpenAPI description of `Body`; error 21617).
pub(super) const MAX_BODY: usize = 1600;

/// What Twilio carries on a channel, as far as this wire says it. A content template is Twilio's own and goes to every
/// channel (<https://www.twilio.com/docs/content>).
fn capabilities(channel: TwilioChannel) -> Capabilities {
    let met = profile::of(&channel.kind()).meet(&carried(channel));
    met.with_content(&[ContentKind::Template])
}

fn carried(channel: TwilioChannel) -> Capabilities {
    const BODY: &str = "Twilio OpenAPI 2010-04-01, `Body` [V]";
    let max = |unit| Limit::new(1600, unit, BODY);
    let mut combos = Combos::default();
    combos.mixed_album = true;
    let caps = Capabilities::text_only()
        .with_combos(combos)
        .with_limit(Field::Text, max(Unit::Utf16))
        .with_limit(Field::Caption, max(Unit::Utf16))
        .with_limit(
            Field::Album,
            Limit::new(10, Unit::Items, "Twilio OpenAPI 2010-04-01, `MediaUrl` [V]"),
        );
    let mut caps = match channel {
        TwilioChannel::Sms => caps,
        TwilioChannel::Mms | TwilioChannel::Rcs => caps.with_content(&[ContentKind::Media]),
        TwilioChannel::WhatsApp => caps.with_markup(Markup::WhatsApp).with_content(&[
            ContentKind::Media,
            ContentKind::Location,
            ContentKind::Typing,
            ContentKind::Read,
        ]),
    };
    caps.receipts = true;
    caps
}

#[cfg(test)]
mod tests;
