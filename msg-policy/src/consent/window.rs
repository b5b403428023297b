//! Reply windows: channels where only an approved template may open a conversation.

use crate::common::{missing, revision};
use msg_core::id::CheckId;
use msg_core::message::{ChannelKind, Content};
use msg_core::policy::{Need, Phase, PolicyCheck, PolicyInput, Reason, Verdict};
use std::time::Duration;

/// Hours after the person's last message in which anything may be said, by channel.
///
/// Sources: WhatsApp 24 h (Twilio help 34591224178331), Messenger and Instagram 24 h without the `HUMAN_AGENT` tag, WeChat 48 h
/// (chatwoot `message_window_service.rb`; docs.chatalog.ai).
const WINDOWS: [(ChannelKind, u64); 4] = [
    (ChannelKind::WhatsApp, 24),
    (ChannelKind::Messenger, 24),
    (ChannelKind::Instagram, 24),
    (ChannelKind::WeChat, 48),
];

/// Stops free text on a channel whose window is closed, before a provider refuses it or counts it against the sender.
///
/// Approved templates and signals (typing, read, reaction) pass. It reads when the person last wrote; where that is not recorded the
/// window counts as closed. Code: `window_closed`.
#[derive(Clone, Debug)]
pub struct ReplyWindow {
    id: CheckId,
    revision: String,
    windows: Vec<(ChannelKind, Duration)>,
}

impl Default for ReplyWindow {
    fn default() -> Self {
        Self::standard()
    }
}

impl ReplyWindow {
    /// The windows of WhatsApp, Messenger, Instagram and WeChat.
    #[must_use]
    pub fn standard() -> Self {
        let windows = WINDOWS.map(|(channel, hours)| (channel, Duration::from_hours(hours)));
        Self {
            id: CheckId::from_static("reply_window"),
            revision: String::new(),
            windows: windows.into(),
        }
        .sealed()
    }

    /// Sets the window of a channel.
    #[must_use]
    pub fn with(mut self, channel: ChannelKind, window: Duration) -> Self {
        self.windows.retain(|(known, _)| *known != channel);
        self.windows.push((channel, window));
        self.sealed()
    }

    fn sealed(mut self) -> Self {
        self.revision = revision(1, &self.windows);
        self
    }
}

/// Whether the content may be sent outside the window.
fn passes(content: &Content) -> bool {
    match content {
        Content::Template(_)
        | Content::Reaction(_)
        | Content::Typing(_)
        | Content::Read(_)
        | Content::Delete(_) => true,
        Content::Mixed(all) => !all.is_empty() && all.iter().all(passes),
        _ => false,
    }
}

impl PolicyCheck for ReplyWindow {
    fn id(&self) -> &CheckId {
        &self.id
    }

    fn phases(&self) -> &[Phase] {
        &[Phase::After]
    }

    fn needs(&self) -> &[Need] {
        &[Need::Conversation]
    }

    fn revision(&self) -> &str {
        &self.revision
    }

    fn evaluate(&self, input: &PolicyInput<'_>) -> Verdict {
        let window = self
            .windows
            .iter()
            .find(|(channel, _)| channel == input.to.channel());
        let (Some((_, window)), Some(content)) = (window, input.content) else {
            return Verdict::allow();
        };
        if passes(content) {
            return Verdict::allow();
        }
        let Some(conversation) = &input.facts.conversation else {
            return missing(input.now, "conversation");
        };
        if conversation
            .last_inbound
            .is_some_and(|last| input.now < msg_core::time::after(last, *window))
        {
            return Verdict::allow();
        }
        let reason = Reason::new(
            "window_closed",
            "the person did not write lately: this channel takes only an approved template now",
        );
        Verdict::deny(reason.because(format!("window: {} h", window.as_secs() / 3600)))
    }
}
