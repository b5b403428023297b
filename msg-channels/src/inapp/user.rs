//! What a person does in the host's chat, as events.

use super::SCHEME;
use jiff::Timestamp;
use msg_core::channel::{AnswerReceived, Inbound, InboundEvent, InboundMessage};
use msg_core::id::{AccountId, ConversationId};
use msg_core::message::{Address, Content};

/// A person in one conversation of the host's chat.
///
/// Every event takes `id`: the client's id of the input, unique in the conversation, and the same when the client sends
/// the input again. It makes the key by which an input that came twice is counted once.
#[derive(Clone, Debug)]
pub struct InAppUser {
    address: Address,
    conversation: ConversationId,
    account: Option<AccountId>,
}

impl InAppUser {
    /// A person, by the address that answers go to.
    #[must_use]
    pub const fn new(address: Address, conversation: ConversationId) -> Self {
        Self {
            address,
            conversation,
            account: None,
        }
    }

    /// Names the account that the person writes to.
    #[must_use]
    pub fn with_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// The person wrote a text.
    #[must_use]
    pub fn says(&self, id: &str, text: impl Into<String>, at: Timestamp) -> InboundEvent {
        self.sends(id, Content::text(text.into()), at)
    }

    /// The person sent something: a text, a file, a place.
    #[must_use]
    pub fn sends(&self, id: &str, content: Content, at: Timestamp) -> InboundEvent {
        let (from, conversation) = (self.address.clone(), self.conversation.clone());
        let message = InboundMessage::new(from, conversation, self.key(id), content);
        self.event(id, message.into(), at)
    }

    /// The person tapped the button with this handle under a message, named by its provider id.
    #[must_use]
    pub fn taps(
        &self,
        id: &str,
        message: impl Into<String>,
        handle: impl Into<String>,
        at: Timestamp,
    ) -> InboundEvent {
        let (from, conversation) = (self.address.clone(), self.conversation.clone());
        let answer = AnswerReceived::new(from, conversation, message, handle);
        self.event(id, answer.into(), at)
    }

    /// The length keeps `a` + `b:c` and `a:b` + `c` apart.
    fn key(&self, id: &str) -> String {
        let conversation = self.conversation.as_str();
        format!("{SCHEME}:{}:{conversation}:{id}", conversation.len())
    }

    fn event(&self, id: &str, kind: Inbound, at: Timestamp) -> InboundEvent {
        let mut event = InboundEvent::new(SCHEME, self.key(id), at, kind);
        event.account.clone_from(&self.account);
        event
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada(conversation: &str) -> InAppUser {
        let conversation = ConversationId::new(conversation).unwrap();
        InAppUser::new(Address::in_app("ada").unwrap(), conversation)
    }

    #[test]
    fn the_same_input_has_the_same_key_and_another_one_has_not() {
        let at = Timestamp::UNIX_EPOCH;
        let key = |user: &InAppUser, id: &str| user.says(id, "hi", at).dedupe;
        assert_eq!(key(&ada("a"), "1"), key(&ada("a"), "1"));
        assert_ne!(key(&ada("a"), "1"), key(&ada("a"), "2"));
        assert_ne!(key(&ada("a"), "1"), key(&ada("b"), "1"));
        assert_ne!(key(&ada("a"), "b:c"), key(&ada("a:b"), "c"));
    }

    #[test]
    fn events_read_as_reviewed() {
        let account = AccountId::new("shop").unwrap();
        let ada = ada("counter").with_account(account);
        let at = Timestamp::UNIX_EPOCH;
        let events = [ada.says("1", "hi", at), ada.taps("2", "part#0", "yes", at)];
        insta::assert_json_snapshot!(events);
    }
}
