//! What can be said to this address now: the meet of the five layers.

use super::Inner;
use crate::capability::{Capabilities, WindowState};
use crate::channel::ChannelAdapter;
use crate::error::Error;
use crate::message::{Address, Draft};
use crate::time::Timestamp;
use std::borrow::Cow;

/// What can be said, and where the conversation stands in its reply window if the channel has one.
pub(super) struct Reach<'a> {
    pub(super) capabilities: Cow<'a, Capabilities>,
    pub(super) window: Option<WindowState>,
}

impl Inner {
    /// Channel and provider are met in what the adapter carries; sender and recipient in what it knows of them; the
    /// conversation is read from the store, and only where the channel has a reply window.
    pub(super) async fn reach<'a>(
        &self,
        adapter: &'a dyn ChannelAdapter,
        draft: &Draft,
        to: &Address,
        now: Timestamp,
    ) -> Result<Reach<'a>, Error> {
        let mut capabilities = Cow::Borrowed(adapter.capabilities());
        if let Some(known) = adapter.capabilities_for(to, draft.from.as_ref()) {
            capabilities = Cow::Owned(capabilities.meet(&known));
        }
        let Some(window) = capabilities.window.clone() else {
            return Ok(Reach {
                capabilities,
                window: None,
            });
        };
        let last = self.conversation(draft).await?;
        let last = last.and_then(|conversation| conversation.last_inbound);
        let sent = match last.filter(|_| window.messages.is_some()) {
            Some(last) => self.sent_on(draft, to, last).await?,
            None => 0,
        };
        let state = window.state(last, sent, now);
        Ok(Reach {
            capabilities: Cow::Owned(state.narrow(capabilities.into_owned())),
            window: Some(state),
        })
    }

    /// How many messages were accepted for an address since a time, whatever other addresses its person has: each has a
    /// window of its own. A message of several parts counts once, as the store counts it.
    async fn sent_on(&self, draft: &Draft, to: &Address, since: Timestamp) -> Result<u32, Error> {
        let sent = self.sent_since(draft, (to, None), since, None).await?;
        let here = sent.iter().filter(|one| one.channel == *to.channel());
        Ok(u32::try_from(here.count()).unwrap_or(u32::MAX))
    }
}
