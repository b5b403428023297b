//! The inbox of a page or a professional account: what Messenger and Instagram share. Both send with the
//! [Send API](https://developers.facebook.com/docs/messenger-platform/reference/send-api) and get the webhooks of the
//! [Messenger Platform](https://developers.facebook.com/docs/messenger-platform/webhooks); what tells them apart stands in
//! [`Rules`], in the folder of each.

pub(crate) mod media;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod schema;
pub(crate) mod webhook;

use super::{Api, Hook};
use crate::wire::refusal::Row;
use http::Uri;
use msg_core::Error;
use msg_core::id::{AccountId, ConversationId};
use msg_core::message::state::Progress;
use msg_core::message::{Address, AddressScheme, ChannelKind};
use std::fmt;

/// How long after a person's last message somebody who works there may still answer, in hours: seven days
/// (<https://developers.facebook.com/docs/messenger-platform/policy/policy-overview#message_tags>, `HUMAN_AGENT`).
pub(crate) const HUMAN_AGENT_HOURS: u32 = 7 * 24;

/// What tells Messenger and Instagram apart.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts of a channel, not states"
)]
pub(crate) struct Rules {
    /// The scheme: also the feature and the folder.
    pub(crate) scheme: &'static str,
    /// The channel.
    pub(crate) channel: ChannelKind,
    /// The scheme of a person's address.
    pub(crate) person: AddressScheme,
    /// Other ways to name whom a message goes to: the address scheme, and the field of `recipient`.
    pub(crate) others: &'static [(&'static str, &'static str)],
    /// What webhooks are about.
    pub(crate) object: &'static str,
    /// How far a message got that the webhook shows us as our own.
    pub(crate) echoed: Progress,
    /// Whether a message says why it is sent, also inside of the reply window.
    pub(crate) says_why: bool,
    /// Whether `metadata` goes along and comes back with the message.
    pub(crate) metadata: bool,
    /// Whether the person's client offers their number or email address.
    pub(crate) asks_contact: bool,
    /// Whether several pictures are one message.
    pub(crate) albums: bool,
    /// Whether who wrote a comment is a person whom a message can go to.
    pub(crate) knows_commenters: bool,
    /// Errors that only this channel has, before those of both.
    pub(crate) rows: &'static [Row],
}

/// One page or account: where its calls go, and what proves them. It prints no secret.
pub(crate) struct Inbox {
    pub(crate) rules: &'static Rules,
    pub(crate) api: Api,
    pub(crate) hook: Hook,
    pub(crate) messages: Uri,
    pub(crate) uploads: Uri,
    /// The id of the page or the account, where the host names it.
    pub(crate) id: Option<String>,
    /// The host's name for it.
    pub(crate) account: Option<AccountId>,
    /// Whether people answer here, and not programs.
    pub(crate) human_agent: bool,
}

impl Inbox {
    /// An inbox of the page or account `id`, or of the one whose key it is.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the id is not made of digits.
    pub(crate) fn new(
        rules: &'static Rules,
        api: Api,
        hook: Hook,
        id: Option<String>,
    ) -> Result<Self, Error> {
        if id.as_deref().is_some_and(|id| !is_id(id)) {
            return Err(Error::invalid("the id of a page or an account is digits"));
        }
        let me = id.as_deref().unwrap_or("me");
        Ok(Self {
            rules,
            messages: api.fixed(&format!("/{me}/messages"))?,
            uploads: api.fixed(&format!("/{me}/message_attachments"))?,
            api,
            hook,
            id,
            account: None,
            human_agent: false,
        })
    }

    /// A person, whose id is good for one page or account only.
    pub(crate) fn person(&self, place: &str, id: &str) -> Result<Address, Error> {
        self.address(self.rules.person.clone(), place, id)
    }

    /// Somebody who is named by one of the other schemes.
    pub(crate) fn other(&self, scheme: &str, place: &str, id: &str) -> Result<Address, Error> {
        self.address(AddressScheme::from(scheme), place, id)
    }

    fn address(&self, scheme: AddressScheme, place: &str, id: &str) -> Result<Address, Error> {
        let address = Address::new(self.rules.channel.clone(), scheme, id)?;
        Ok(scoped(address, place))
    }

    /// Our id of a conversation: `<scheme>:<page or account>.<address key>`. It repeats no address of a person.
    pub(crate) fn conversation(
        &self,
        place: &str,
        with: &Address,
    ) -> Result<ConversationId, Error> {
        ConversationId::new(format!("{}:{place}.{}", self.rules.scheme, with.key()))
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox")
            .field("id", &self.id)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// An address that is good for one page or account only, where that is known.
pub(crate) fn scoped(address: Address, place: &str) -> Address {
    if place.is_empty() {
        address
    } else {
        address.with_scope(place)
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 32 && id.bytes().all(|byte| byte.is_ascii_digit())
}
