//! The glue: [`Instagram`] implements the wire traits and knows what tells it from Messenger.

use super::config::InstagramConfig;
use super::response::ROWS;
use super::{request, response, webhook};
use crate::graph::inbox::{HUMAN_AGENT_HOURS, Inbox, Rules, media, scoped};
use bytes::Bytes;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::capability::{Capabilities, Combos, ReplyWindow, profile};
use msg_core::channel::{
    Authenticity, ChannelWire, Failure, InboundEvent, Located, MediaWire, SendOutcome, Verified,
    WebhookRequest, WebhookWire,
};
use msg_core::message::state::Progress;
use msg_core::message::{
    ActionKind, Address, AddressScheme, ChannelKind, ContentKind, Markup, Media, Part,
};
use std::fmt;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "instagram";

/// The address scheme of whoever wrote a comment on a post, a film or a live video: one private reply within seven days.
pub const COMMENT: &str = "instagram-comment";

/// What tells Instagram from Messenger.
pub(super) static RULES: Rules = Rules {
    scheme: SCHEME,
    channel: ChannelKind::Instagram,
    person: AddressScheme::InstagramUser,
    others: &[(COMMENT, "comment_id")],
    object: "instagram",
    // There is no other report that a message arrived.
    echoed: Progress::Delivered,
    says_why: false,
    metadata: false,
    asks_contact: false,
    albums: true,
    knows_commenters: true,
    rows: ROWS,
};

/// A professional account: the wire of Instagram messages.
///
/// It builds requests and reads answers and webhooks; [`HttpAdapter`](msg_core::channel::HttpAdapter) sends. It does not
/// subscribe webhooks, answer comments in public, or pass conversations to other apps.
pub struct Instagram {
    pub(super) inbox: Inbox,
    capabilities: Capabilities,
}

impl Instagram {
    /// An account with this configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the token, the id or the base URL breaks its rule; the value
    /// is not repeated.
    pub fn new(config: InstagramConfig) -> Result<Self, Error> {
        let inbox = config.inbox()?;
        Ok(Self {
            capabilities: capabilities(inbox.human_agent),
            inbox,
        })
    }

    /// A person by their Instagram-scoped id (IGSID), which is good for this account only.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the id is no id.
    pub fn person(account: &str, id: impl Into<String>) -> Result<Address, Error> {
        let address = Address::new(ChannelKind::Instagram, AddressScheme::InstagramUser, id)?;
        Ok(scoped(address, account))
    }
}

impl fmt::Debug for Instagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Instagram").field(&self.inbox).finish()
    }
}

impl ChannelWire for Instagram {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn channel(&self) -> &ChannelKind {
        &ChannelKind::Instagram
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn encode(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
        request::encode(&self.inbox, part)
    }

    fn classify(&self, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        response::classify(&self.inbox, part, response)
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        Some(self)
    }

    fn media(&self) -> Option<&dyn MediaWire> {
        Some(self)
    }
}

impl WebhookWire for Instagram {
    fn authenticate(&self, request: &WebhookRequest, _now: Timestamp) -> Authenticity {
        self.inbox.hook.authenticate(request)
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        webhook::parse(&self.inbox, call)
    }
}

impl MediaWire for Instagram {
    fn must_upload(&self, media: &Media) -> bool {
        media::must_upload(media)
    }

    fn upload(&self, part: &Part, media: &Media) -> Result<http::Request<Bytes>, Box<Failure>> {
        media::upload(&self.inbox, part, media)
    }

    fn uploaded(&self, response: &http::Response<Bytes>) -> Result<String, Box<Failure>> {
        media::uploaded(&self.inbox, response)
    }

    fn locate(&self, media: &Media) -> Result<http::Request<Bytes>, Error> {
        media::locate(media)
    }

    fn located(&self, media: &Media, response: http::Response<Bytes>) -> Result<Located, Error> {
        media::located(media, response)
    }
}

/// What Instagram carries, as far as this wire says it. All limits are the channel's.
fn capabilities(human_agent: bool) -> Capabilities {
    let mut combos = Combos::default();
    combos.mixed_buttons = true;
    combos.mixed_cards = true;
    combos.card_without_media = true;
    let mut carried = Capabilities::text_only()
        .with_markup(Markup::Plain)
        .with_combos(combos)
        .with_content(&[
            ContentKind::Media,
            ContentKind::Card,
            ContentKind::Carousel,
            ContentKind::Choice,
            ContentKind::Product,
            ContentKind::Reaction,
            ContentKind::Typing,
            ContentKind::Read,
        ])
        .with_actions(&[ActionKind::Reply, ActionKind::Url]);
    carried.receipts = true;
    let mut met = profile::of(&ChannelKind::Instagram).meet(&carried);
    if human_agent {
        let source = "Instagram messaging: seven days with HUMAN_AGENT";
        met.window = Some(ReplyWindow::new(HUMAN_AGENT_HOURS, source));
    }
    met
}
