//! Chats of teams. Others read along in a shared channel, so secrets do not belong there: a conversation with one person has
//! to say so in its own capabilities.

use super::Profile;
use crate::capability::{Combos, Field, Unit};
use crate::message::{ActionKind, ContentKind, Markup, MediaKind};

const CARDS: Combos = Combos::ALL;

pub(super) const SLACK: Profile = Profile {
    markup: Markup::Slack,
    content: &[
        ContentKind::Text,
        ContentKind::Media,
        ContentKind::Card,
        ContentKind::Choice,
        ContentKind::List,
        ContentKind::Table,
        ContentKind::Reaction,
        ContentKind::Edit,
        ContentKind::Delete,
    ],
    actions: &[ActionKind::Reply, ActionKind::Url],
    combos: CARDS,
    private: false,
    limits: &[
        (
            Field::Text,
            3000,
            Unit::Chars,
            "slack_sdk, a section block; 40 000 for `text`, 4 000 recommended [K] [V]",
        ),
        (
            Field::Caption,
            3000,
            Unit::Chars,
            "slack_sdk, a section block [V]",
        ),
        (
            Field::Header,
            150,
            Unit::Chars,
            "Slack header block, slackme [V]",
        ),
        (
            Field::Buttons,
            25,
            Unit::Items,
            "api.slack.com, actions block [V]",
        ),
        (
            Field::QuickReplies,
            0,
            Unit::Items,
            "Slack has buttons only [V]",
        ),
        (Field::ButtonLabel, 75, Unit::Chars, "slack_sdk [V]"),
        (Field::Handle, 2000, Unit::Chars, "slack_sdk, `value` [V]"),
        (
            Field::Handle,
            255,
            Unit::Bytes,
            "slack_sdk, `action_id` [V]",
        ),
        (Field::Url, 3000, Unit::Chars, "slack_sdk [V]"),
        (
            Field::Rows,
            100,
            Unit::Items,
            "slack_sdk, options of a select [V]",
        ),
        (
            Field::Sections,
            100,
            Unit::Items,
            "slack_sdk, option groups [V]",
        ),
        (
            Field::SectionTitle,
            75,
            Unit::Chars,
            "slack_sdk, option groups [V]",
        ),
        (Field::RowTitle, 75, Unit::Chars, "slack_sdk, an option [V]"),
        (
            Field::RowText,
            75,
            Unit::Chars,
            "slack_sdk, an option: 75 or 150 [V]",
        ),
        (
            Field::ListButton,
            150,
            Unit::Chars,
            "slack_sdk, placeholder of a select [V]",
        ),
        (Field::Footer, 2000, Unit::Chars, "Slack context block [K]"),
        (Field::CardTitle, 150, Unit::Chars, "Slack header block [V]"),
        (
            Field::CardText,
            3000,
            Unit::Chars,
            "slack_sdk, a section block [V]",
        ),
        (
            Field::CardButtons,
            25,
            Unit::Items,
            "api.slack.com, actions block [V]",
        ),
        (
            Field::Album,
            10,
            Unit::Items,
            "Slack file uploads of one message [K]",
        ),
    ],
    ..Profile::TEXT
};

/// The documents name 28, 40 and 100 KB for a whole message. 28 KB is safe; a seventh of it is left for the JSON around the text.
pub(super) const TEAMS: Profile = Profile {
    markup: Markup::Markdown,
    content: &[
        ContentKind::Text,
        ContentKind::Media,
        ContentKind::Card,
        ContentKind::Carousel,
        ContentKind::Choice,
        ContentKind::List,
        ContentKind::Form,
        ContentKind::Table,
        ContentKind::Edit,
        ContentKind::Delete,
        ContentKind::Reaction,
        ContentKind::Typing,
    ],
    actions: &[ActionKind::Reply, ActionKind::Url],
    refused_media: &[MediaKind::Sticker],
    combos: CARDS,
    private: false,
    limits: &[
        (
            Field::Text,
            24_000,
            Unit::Bytes,
            "Microsoft answers and UiPath: 28 KB a message; others 40 and 100 KB [V]",
        ),
        (
            Field::Caption,
            24_000,
            Unit::Bytes,
            "Microsoft answers and UiPath: 28 KB a message [V]",
        ),
        (
            Field::Buttons,
            6,
            Unit::Items,
            "Teams hero card actions [K]",
        ),
        (
            Field::QuickReplies,
            6,
            Unit::Items,
            "Teams suggested actions [K]",
        ),
        (Field::Cards, 10, Unit::Items, "Teams card carousel [K]"),
        (
            Field::CardButtons,
            6,
            Unit::Items,
            "Teams hero card actions [K]",
        ),
        (
            Field::CarouselCardButtons,
            6,
            Unit::Items,
            "Teams hero card actions [K]",
        ),
        (
            Field::Album,
            10,
            Unit::Items,
            "Teams attachments of one message [K]",
        ),
    ],
    ..Profile::TEXT
};

pub(super) const DISCORD: Profile = Profile {
    markup: Markup::Markdown,
    content: &[
        ContentKind::Text,
        ContentKind::Media,
        ContentKind::Card,
        ContentKind::Choice,
        ContentKind::List,
        ContentKind::Poll,
        ContentKind::Table,
        ContentKind::Reaction,
        ContentKind::Edit,
        ContentKind::Delete,
        ContentKind::Typing,
    ],
    actions: &[ActionKind::Reply, ActionKind::Url],
    combos: CARDS,
    private: false,
    limits: &[
        (
            Field::Text,
            2000,
            Unit::Chars,
            "discord.py; Components V2 4 000 [V]",
        ),
        (Field::Caption, 2000, Unit::Chars, "discord.py [V]"),
        (
            Field::Buttons,
            25,
            Unit::Items,
            "discord.py: 5 rows of 5 [V]",
        ),
        (
            Field::QuickReplies,
            0,
            Unit::Items,
            "Discord has buttons only [V]",
        ),
        (
            Field::ButtonLabel,
            80,
            Unit::Chars,
            "discord.py, sapphire ButtonLimits [V]",
        ),
        (
            Field::Handle,
            100,
            Unit::Chars,
            "discord.py, `custom_id` [V]",
        ),
        (
            Field::Rows,
            25,
            Unit::Items,
            "discord.py, options of a select [V]",
        ),
        (
            Field::Sections,
            1,
            Unit::Items,
            "a select has no groups [K]",
        ),
        (
            Field::SectionTitle,
            0,
            Unit::Chars,
            "a select has no groups [K]",
        ),
        (
            Field::RowTitle,
            100,
            Unit::Chars,
            "Discord select option label [K]",
        ),
        (
            Field::RowText,
            100,
            Unit::Chars,
            "Discord select option description [K]",
        ),
        (
            Field::ListButton,
            150,
            Unit::Chars,
            "Discord select placeholder [K]",
        ),
        (Field::CardTitle, 256, Unit::Chars, "discord.py, embed [V]"),
        (Field::CardText, 4096, Unit::Chars, "discord.py, embed [V]"),
        (
            Field::CardButtons,
            25,
            Unit::Items,
            "discord.py: 5 rows of 5 [V]",
        ),
        (
            Field::Album,
            10,
            Unit::Items,
            "Discord attachments of one message [K]",
        ),
        (
            Field::PollQuestion,
            300,
            Unit::Chars,
            "Discord poll question [K]",
        ),
        (
            Field::PollOptions,
            10,
            Unit::Items,
            "Discord poll answers [K]",
        ),
        (
            Field::PollOption,
            55,
            Unit::Chars,
            "Discord poll answer [K]",
        ),
    ],
    ..Profile::TEXT
};
