//! What each medium can carry by itself: the first of the five layers.
//!
//! One table a channel, and every number with its unit and its source. `[V]` in a source means that the number was read in the
//! document that is named; `[K]` that it is generally known but its document was not found, so it is the first to doubt.
//! Where two sources disagree the smaller number stands, and the source names both.
//!
//! A table says what the medium can do. What a provider, a sender, a recipient or a conversation takes away is in their own
//! capabilities; see [`Capabilities::meet`].

mod chat;
mod east;
mod own;
mod phone;
mod work;

use super::{Capabilities, Combos, Field, Limit, ReplyWindow, Unit};
use crate::message::{ActionKind, ChannelKind, ContentKind, Markup, MediaKind};

/// One channel as data.
struct Profile {
    markup: Markup,
    content: &'static [ContentKind],
    actions: &'static [ActionKind],
    refused_media: &'static [MediaKind],
    combos: Combos,
    private: bool,
    ordered: bool,
    receipts: bool,
    limits: &'static [(Field, u32, Unit, &'static str)],
    /// Hours after the person's last message, messages in them, source.
    window: Option<(u32, Option<u32>, &'static str)>,
}

impl Profile {
    /// Plain text and nothing else.
    const TEXT: Self = Self {
        markup: Markup::Plain,
        content: &[ContentKind::Text],
        actions: &[],
        refused_media: &[],
        combos: NO_COMBOS,
        private: true,
        ordered: true,
        receipts: false,
        limits: &[],
        window: None,
    };

    fn capabilities(&self) -> Capabilities {
        let mut caps = Capabilities::text_only()
            .without_content(&[ContentKind::Text])
            .with_content(self.content)
            .with_actions(self.actions)
            .without_media(self.refused_media)
            .with_markup(self.markup.clone())
            .with_combos(self.combos);
        caps.private = self.private;
        caps.ordered = self.ordered;
        caps.receipts = self.receipts;
        caps.window = self.window.map(|(hours, messages, source)| ReplyWindow {
            hours,
            messages,
            source: source.into(),
        });
        for (field, max, unit, source) in self.limits {
            caps = caps.with_limit(*field, Limit::new(*max, *unit, source));
        }
        caps
    }
}

/// Nothing may be combined.
const NO_COMBOS: Combos = Combos {
    mixed_buttons: false,
    buttons_with_media: false,
    mixed_cards: false,
    mixed_album: false,
    card_without_media: false,
};

/// Every channel that has a table, in the order of the degradation matrix.
pub const CHANNELS: &[ChannelKind] = ChannelKind::KNOWN;

/// What `channel` can carry by itself. A channel that is not known carries plain text.
#[must_use]
pub fn of(channel: &ChannelKind) -> Capabilities {
    match channel {
        ChannelKind::Sms => phone::SMS,
        ChannelKind::Mms => phone::MMS,
        ChannelKind::Rcs => phone::RCS,
        ChannelKind::Voice => phone::VOICE,
        ChannelKind::WhatsApp => chat::WHATSAPP,
        ChannelKind::Messenger => chat::MESSENGER,
        ChannelKind::Instagram => chat::INSTAGRAM,
        ChannelKind::Telegram => chat::TELEGRAM,
        ChannelKind::Viber => chat::VIBER,
        ChannelKind::ViberBusiness => chat::VIBER_BUSINESS,
        ChannelKind::Line => east::LINE,
        ChannelKind::KakaoAlimtalk => east::KAKAO_ALIMTALK,
        ChannelKind::KakaoChat => east::KAKAO_CHAT,
        ChannelKind::WeChat => east::WECHAT,
        ChannelKind::AppleMessages => east::APPLE,
        ChannelKind::Slack => work::SLACK,
        ChannelKind::Teams => work::TEAMS,
        ChannelKind::Discord => work::DISCORD,
        ChannelKind::Email => own::EMAIL,
        ChannelKind::Push => own::PUSH,
        ChannelKind::WebPush => own::WEB_PUSH,
        ChannelKind::InApp => return Capabilities::everything(Markup::Markdown),
        ChannelKind::Other(_) => Profile::TEXT,
    }
    .capabilities()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_source() {
        for channel in CHANNELS {
            let caps = of(channel);
            if let Some(window) = &caps.window {
                let source = &window.source;
                assert!(
                    source.contains("[V]") || source.contains("[K]"),
                    "{channel}: `{source}`"
                );
            }
            for (field, bound) in caps.limits() {
                for limit in bound.limits() {
                    let source = &limit.source;
                    assert!(
                        source.contains("[V]") || source.contains("[K]"),
                        "{channel} {field:?}: `{source}`"
                    );
                }
            }
        }
    }

    #[test]
    fn every_channel_carries_a_message() {
        for channel in CHANNELS {
            let caps = of(channel);
            let envelopes = [
                ContentKind::Text,
                ContentKind::Email,
                ContentKind::Notification,
                ContentKind::Voice,
                ContentKind::Template,
            ];
            assert!(
                envelopes.iter().any(|kind| caps.carries(*kind)),
                "{channel}"
            );
        }
        assert_eq!(of(&"carrier-pigeon".into()), Capabilities::text_only());
    }

    /// Rows of the table of limits, so that a slip in a number is seen. Source: the documents named beside each number.
    #[test]
    fn known_limits() {
        let max = |channel, field, unit| of(&channel).limit(field).max(unit);
        assert_eq!(
            max(ChannelKind::WhatsApp, Field::Text, Unit::Chars),
            Some(4096)
        );
        assert_eq!(
            max(ChannelKind::Telegram, Field::Handle, Unit::Bytes),
            Some(64)
        );
        assert_eq!(
            max(ChannelKind::Instagram, Field::Text, Unit::Bytes),
            Some(1000)
        );
        assert_eq!(max(ChannelKind::Line, Field::Text, Unit::Utf16), Some(5000));
        assert_eq!(max(ChannelKind::Rcs, Field::Buttons, Unit::Items), Some(11));
        assert_eq!(
            max(ChannelKind::Teams, Field::Text, Unit::Bytes),
            Some(24_000)
        );
        assert_eq!(max(ChannelKind::WeChat, Field::Parts, Unit::Items), Some(5));
        let window = |channel| {
            of(&channel)
                .window
                .map(|window| (window.hours, window.messages))
        };
        assert_eq!(window(ChannelKind::WhatsApp), Some((24, None)));
        assert_eq!(window(ChannelKind::WeChat), Some((48, Some(5))));
        assert_eq!(window(ChannelKind::Telegram), None);
    }
}
