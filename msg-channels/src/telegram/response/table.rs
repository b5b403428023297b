//! What the descriptions of errors mean. The Bot API has no codes of its own: the description is the code.
//!
//! Sources: `S` the published server (tdlib/telegram-bot-api 01a3679 of 2026-05-07, `Client.cpp`), `T` teloxide
//! (081f755, `errors.rs`), `E` vrumger/telegram-errors (a list of errors seen).

use msg_core::channel::{Advice, FailureClass, FailureScope};

/// A description, without `Bad Request: ` and its like, and what it means. Matched as a prefix, without case.
pub(super) struct Row {
    pub(super) says: &'static str,
    pub(super) class: FailureClass,
    pub(super) scope: FailureScope,
    pub(super) advice: Advice,
}

macro_rules! rows {
    ($($says:literal => $class:ident, $scope:ident, $advice:ident;)+) => {
        &[$(Row {
            says: $says,
            class: FailureClass::$class,
            scope: FailureScope::$scope,
            advice: Advice::$advice,
        }),+]
    };
}

/// The first row that fits wins.
pub(super) const ROWS: &[Row] = rows! {
    // The person or the chat. S `check_chat_access`, `fail_query_with_error`; T; E
    "bot was blocked by the user" => BlockedByUser, Recipient, Suppress;
    "user is deactivated" => InvalidRecipient, Recipient, Suppress;
    "the group chat was deleted" => InvalidRecipient, Recipient, Suppress;
    "group is deactivated" => InvalidRecipient, Recipient, Suppress;
    "bot was kicked from" => UnreachableOnChannel, Recipient, Suppress;
    "bot is not a member of" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "bot can't initiate conversation" => NotOptedIn, Recipient, RetryOtherChannel;
    "bot can't send messages to bots" => InvalidRecipient, Recipient, Stop;
    "chat not found" => InvalidRecipient, Recipient, RetryOtherChannel;
    "private chat not found" => InvalidRecipient, Recipient, RetryOtherChannel;
    "user not found" => InvalidRecipient, Recipient, RetryOtherChannel;
    "PEER_ID_INVALID" => InvalidRecipient, Recipient, RetryOtherChannel;
    "chat_id is empty" => InvalidRecipient, Recipient, Stop;
    "chat identifier" => InvalidRecipient, Recipient, Stop;
    "CHANNEL_PRIVATE" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    // Without the new address there is nothing to send to.
    "group chat was upgraded to a supergroup chat" => AddressMoved, Recipient, ReviewByHuman;
    // What the bot may do in the chat. T, E
    "have no rights to send" => PermissionMissing, Recipient, RetryOtherChannel;
    "not enough rights" => PermissionMissing, Recipient, RetryOtherChannel;
    "need administrator rights" => PermissionMissing, Recipient, RetryOtherChannel;
    "CHAT_WRITE_FORBIDDEN" => PermissionMissing, Recipient, RetryOtherChannel;
    "CHAT_ADMIN_REQUIRED" => PermissionMissing, Recipient, RetryOtherChannel;
    "business connection not found" => PermissionMissing, Sender, FixConfig;
    "FROZEN_METHOD_INVALID" => SenderRestricted, Sender, ReviewByHuman;
    // The text. T
    "message is too long" => ContentTooLarge, Part, Degrade;
    "MESSAGE_TOO_LONG" => ContentTooLarge, Part, Degrade;
    "message caption is too long" => ContentTooLarge, Part, Degrade;
    "MEDIA_CAPTION_TOO_LONG" => ContentTooLarge, Part, Degrade;
    "message text is empty" => ContentInvalid, Part, FixContent;
    "can't parse entities" => ContentInvalid, Part, Degrade;
    "can't parse" => ContentInvalid, Part, FixContent;
    // Buttons. S; T
    "reply markup is too long" => ContentTooLarge, Part, Degrade;
    "BUTTON_DATA_INVALID" => ContentInvalid, Part, FixContent;
    "BUTTON_URL_INVALID" => ContentInvalid, Part, FixContent;
    "inline keyboard button" => ContentInvalid, Part, FixContent;
    // Media. S; T
    "file is too big" => ContentTooLarge, Part, Degrade;
    "request entity too large" => ContentTooLarge, Part, Degrade;
    "failed to get HTTP URL content" => MediaUnreachable, Part, FixContent;
    "wrong HTTP URL" => MediaUnreachable, Part, FixContent;
    "wrong type of the web page content" => MediaRejected, Part, FixContent;
    "can't upload file by URL" => MediaUnreachable, Part, FixContent;
    "wrong file identifier/HTTP URL specified" => MediaRejected, Part, FixContent;
    "wrong file_id" => MediaRejected, Part, FixContent;
    "wrong file id" => MediaRejected, Part, FixContent;
    "invalid file" => MediaRejected, Part, FixContent;
    "IMAGE_PROCESS_FAILED" => MediaRejected, Part, Degrade;
    "PHOTO_INVALID_DIMENSIONS" => MediaRejected, Part, Degrade;
    "can't use the media of the specified type in the album" => MediaRejected, Part, FixContent;
    "there is no sticker file" => MediaRejected, Part, FixContent;
    // Polls and reactions. T
    "poll " => ContentInvalid, Part, FixContent;
    "REACTION_INVALID" => ContentInvalid, Part, FixContent;
    // The message that it is about. S `check_message`; T
    "message to edit not found" => TargetGone, Message, Stop;
    "message to delete not found" => TargetGone, Message, Stop;
    "message to react not found" => TargetGone, Message, Stop;
    "message to be replied not found" => TargetGone, Message, Stop;
    "reply message not found" => TargetGone, Message, Stop;
    "message thread not found" => TargetGone, Message, Stop;
    "message not found" => TargetGone, Message, Stop;
    "message can't be edited" => TargetGone, Message, Stop;
    "message can't be deleted" => TargetGone, Message, Stop;
    "MESSAGE_ID_INVALID" => TargetGone, Message, Stop;
    "message identifier is not specified" => TargetGone, Message, Stop;
    "there is no text in the message to edit" => TargetGone, Message, Stop;
    "there is no caption in the message to edit" => TargetGone, Message, Stop;
    "query is too old" => Expired, Message, Stop;
    // The bot. S `get_closing_error`, `abort_long_poll`
    "logged out" => CredentialInvalid, Account, FixConfig;
    "method not found" => ConfigInvalid, Account, FixConfig;
    "invalid api-id/api-hash" => ConfigInvalid, Account, FixConfig;
};

/// What a status means when no row fits the description.
pub(super) const BY_STATUS: &[(u16, Row)] = {
    const fn row(class: FailureClass, scope: FailureScope, advice: Advice) -> Row {
        Row {
            says: "",
            class,
            scope,
            advice,
        }
    }
    use FailureScope::{Account, Part, Recipient};
    &[
        // Refused for what it says, in words that are new.
        (
            400,
            row(FailureClass::ContentInvalid, Part, Advice::FixContent),
        ),
        // The token is wrong or was revoked; 404 is what a malformed one gets.
        (
            401,
            row(FailureClass::CredentialInvalid, Account, Advice::FixConfig),
        ),
        (
            404,
            row(FailureClass::CredentialInvalid, Account, Advice::FixConfig),
        ),
        (
            403,
            row(
                FailureClass::PermissionMissing,
                Recipient,
                Advice::RetryOtherChannel,
            ),
        ),
        // Another program uses the bot.
        (
            409,
            row(FailureClass::ConfigInvalid, Account, Advice::FixConfig),
        ),
        (
            413,
            row(FailureClass::ContentTooLarge, Part, Advice::Degrade),
        ),
    ]
};

/// Any other status.
static UNKNOWN: Row = Row {
    says: "",
    class: FailureClass::Unknown,
    scope: FailureScope::Part,
    advice: Advice::ReviewByHuman,
};

/// The row for a description, or for its status.
pub(super) fn find(status: u16, description: &str) -> &'static Row {
    let by_status = || BY_STATUS.iter().find(|(known, _)| *known == status);
    let rows = ROWS.iter().find(|row| says(description, row.says));
    rows.or_else(|| by_status().map(|(_, row)| row))
        .unwrap_or(&UNKNOWN)
}

/// Whether a description begins with these words, before or after its first colon.
pub(super) fn says(description: &str, words: &str) -> bool {
    let begins = |text: &str| {
        text.get(..words.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(words))
    };
    begins(description) || begins(without_prefix(description))
}

/// Without `Bad Request: `, `Forbidden: ` and the like.
fn without_prefix(description: &str) -> &str {
    description
        .split_once(": ")
        .map_or(description, |(_, rest)| rest)
}

/// A code of the server behind the Bot API, such as `CHAT_WRITE_FORBIDDEN`: safe to repeat, because no text of a message
/// looks like one from its first to its last character.
pub(super) fn code_in(description: &str) -> Option<&str> {
    let code = without_prefix(description);
    let is_code = (4..=64).contains(&code.len())
        && code.contains('_')
        && code
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    is_code.then_some(code)
}
