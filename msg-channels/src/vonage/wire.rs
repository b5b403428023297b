//! The glue: [`Vonage`] implements the wire traits.

use super::config::{VonageChannel, VonageConfig};
use super::webhook::signature::Signatures;
use super::{request, response, webhook};
use crate::wire::call;
use crate::wire::endpoint::Endpoint;
use bytes::Bytes;
use http::{HeaderValue, Uri};
use jiff::Timestamp;
use msg_core::Error;
use msg_core::capability::{Capabilities, Combos, Field, Limit, Unit, profile};
use msg_core::channel::{
    Authenticity, ChannelWire, Failure, InboundEvent, SendOutcome, Verified, WebhookRequest,
    WebhookWire,
};
use msg_core::id::AccountId;
use msg_core::message::{ActionKind, ChannelKind, ContentKind, Markup, MediaKind, Part};
use std::fmt;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "vonage";

/// A sender: the wire of Vonage's Messages API.
///
/// It builds requests and reads answers and webhooks; [`HttpAdapter`](msg_core::channel::HttpAdapter) sends.
pub struct Vonage {
    pub(super) channel: VonageChannel,
    pub(super) kind: ChannelKind,
    pub(super) from: String,
    pub(super) ttl: Option<u32>,
    pub(super) webhook_url: Option<String>,
    pub(super) account: Option<AccountId>,
    pub(super) messages: Uri,
    pub(super) authorization: HeaderValue,
    signatures: Signatures,
    capabilities: Capabilities,
}

impl Vonage {
    /// A sender with this configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when a value breaks its rule; it is not repeated.
    pub fn new(config: VonageConfig) -> Result<Self, Error> {
        config.check()?;
        let kind = config.channel.kind();
        Ok(Self {
            messages: Endpoint::new(&config.base_url)?.fixed("/v1/messages")?,
            authorization: call::basic(&config.api_key, &config.api_secret)?,
            capabilities: profile::of(&kind).meet(&carried(config.channel)),
            signatures: Signatures::new(&config.signature_secrets),
            // Vonage writes numbers without a plus.
            from: config.from.trim_start_matches('+').to_owned(),
            channel: config.channel,
            kind,
            ttl: config.ttl_seconds,
            webhook_url: config.webhook_url,
            account: config.account,
        })
    }
}

impl fmt::Debug for Vonage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vonage")
            .field("channel", &self.channel)
            .field("account", &self.account)
            .field("signatures", &self.signatures)
            .finish_non_exhaustive()
    }
}

impl ChannelWire for Vonage {
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
        response::classify(part, response)
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        Some(self)
    }
}

impl WebhookWire for Vonage {
    fn authenticate(&self, request: &WebhookRequest, now: Timestamp) -> Authenticity {
        self.signatures.authenticate(request, now)
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        webhook::parse(self, call)
    }
}

/// The longest text of each channel (models of vonage-messages 1.8.1; those of MMS are not bounded there).
pub(super) const fn max_text(channel: VonageChannel) -> usize {
    match channel {
        VonageChannel::Sms => 3200,
        VonageChannel::Mms => 5000,
        VonageChannel::Rcs => 3072,
        VonageChannel::WhatsApp => 4096,
        VonageChannel::Messenger => 640,
        VonageChannel::ViberService => 1000,
    }
}

/// The longest caption, where a channel has captions.
pub(super) const MAX_CAPTION: usize = 3000;

fn carried(channel: VonageChannel) -> Capabilities {
    const MODEL: &str = "vonage-messages 1.8.1, models [V]";
    use ContentKind as Kind;
    let max = |count, unit| Limit::new(count, unit, MODEL);
    let text = u32::try_from(max_text(channel)).unwrap_or(u32::MAX);
    let mut combos = Combos::default();
    (combos.mixed_buttons, combos.mixed_cards) = (true, true);
    combos.mixed_album = true;
    combos.buttons_with_media = channel == VonageChannel::ViberService;
    let caps = Capabilities::text_only()
        .with_combos(combos)
        .with_limit(Field::Text, max(text, Unit::Chars));
    let mut caps = match channel {
        VonageChannel::Sms => caps,
        VonageChannel::Mms => caps
            .with_content(&[Kind::Media])
            .with_limit(Field::Caption, max(3000, Unit::Chars))
            .with_limit(Field::Album, max(10, Unit::Items)),
        VonageChannel::Rcs => caps
            .with_content(&[Kind::Media, Kind::Choice, Kind::Card, Kind::Carousel])
            .with_actions(&[
                ActionKind::Reply,
                ActionKind::Url,
                ActionKind::Call,
                ActionKind::ViewLocation,
                ActionKind::ShareLocation,
                ActionKind::Calendar,
            ]),
        VonageChannel::WhatsApp => caps
            .with_markup(Markup::WhatsApp)
            .with_content(&[
                Kind::Media,
                Kind::Choice,
                Kind::List,
                Kind::Location,
                Kind::LocationRequest,
                Kind::Template,
            ])
            .with_actions(&[ActionKind::Reply, ActionKind::Url]),
        VonageChannel::Messenger => caps.with_content(&[Kind::Media]),
        // A film wants its length, its size and a picture, which a part does not know.
        VonageChannel::ViberService => caps
            .with_markup(Markup::Viber)
            .with_content(&[Kind::Media, Kind::Choice])
            .with_actions(&[ActionKind::Url])
            .without_media(&[MediaKind::Video]),
    };
    caps.receipts = true;
    caps
}
