//! Buttons: under the message, or instead of the keyboard.

use super::super::schema::{CopyText, InlineButton, KeyButton, Markup};
use crate::wire::call::{Encoded, invalid, unsupported};
use msg_core::message::Act;
use msg_core::message::part::{Button, Keyboard};

/// The longest handle, in bytes (Bot API 10.1, `InlineKeyboardButton.callback_data`).
const MAX_HANDLE: usize = 64;
/// The longest text to copy, in characters (Bot API 10.1, `CopyTextButton.text`).
const MAX_COPY: usize = 256;

/// The label of a key that shares the phone number or the place. Apps show their own question before anything is sent.
const SHARE_PHONE: &str = "📱";
const SHARE_PLACE: &str = "📍";

/// The buttons of a message; none when there are none.
///
/// A reply keyboard sends the label as a message, so it can only hold answers and the key that shares the place; a
/// button that opens something is shown under the message, and then all of them are.
pub(super) fn of(buttons: &[Button], shown: Keyboard) -> Encoded<Option<Markup<'_>>> {
    let on_keys =
        |button: &Button| matches!(button.action.act, Act::Reply(_) | Act::ShareLocation(_));
    let shares = |button: &Button| matches!(button.action.act, Act::ShareLocation(_));
    let keys = shown == Keyboard::QuickReplies || buttons.iter().any(shares);
    if !buttons.is_empty() && keys && buttons.iter().all(on_keys) {
        return Ok(Some(reply(buttons)));
    }
    inline(buttons)
}

/// Buttons under the message, one a row: labels are sentences more often than words.
pub(super) fn inline(buttons: &[Button]) -> Encoded<Option<Markup<'_>>> {
    if buttons.is_empty() {
        return Ok(None);
    }
    let rows = buttons.iter().map(|button| Ok([inline_button(button)?]));
    Ok(Some(Markup::Inline {
        inline_keyboard: rows.collect::<Encoded<_>>()?,
    }))
}

fn inline_button(button: &Button) -> Encoded<InlineButton<'_>> {
    let mut key = InlineButton {
        text: Some(&button.action.label),
        ..InlineButton::default()
    };
    match &button.action.act {
        Act::Reply(_) if (1..=MAX_HANDLE).contains(&button.handle.len()) => {
            key.callback_data = Some(&button.handle);
        }
        Act::Reply(_) => return Err(invalid("a handle has 1 to 64 bytes")),
        Act::Url(it) => key.url = Some(&it.url),
        Act::Catalog(it) => key.url = Some(&it.url),
        Act::Form(it) => key.url = Some(&it.url),
        Act::Pay(it) => key.url = Some(&it.url),
        Act::Login(it) => key.url = Some(&it.url),
        Act::CopyCode(it) if (1..=MAX_COPY).contains(&it.code.chars().count()) => {
            key.copy_text = Some(CopyText { text: &it.code });
        }
        Act::CopyCode(_) => return Err(invalid("a text to copy has 1 to 256 characters")),
        _ => return Err(unsupported("no button does this under a message")),
    }
    Ok(key)
}

/// Keys instead of the keyboard, until one is used.
fn reply(buttons: &[Button]) -> Markup<'_> {
    let key = |button: &'_ Button| match button.action.act {
        Act::ShareLocation(_) => Some(true),
        _ => None,
    };
    keys(
        buttons
            .iter()
            .map(|button| {
                [KeyButton {
                    text: Some(&button.action.label),
                    request_contact: None,
                    request_location: key(button),
                }]
            })
            .collect(),
    )
}

/// A key that shares the place. In private chats only (Bot API 10.1, `KeyboardButton.request_location`).
pub(super) fn ask_location<'a>() -> Markup<'a> {
    keys(vec![[KeyButton {
        text: Some(SHARE_PLACE),
        request_location: Some(true),
        ..KeyButton::default()
    }]])
}

/// A key that shares the phone number. In private chats only (Bot API 10.1, `KeyboardButton.request_contact`).
pub(super) fn ask_phone<'a>() -> Markup<'a> {
    keys(vec![[KeyButton {
        text: Some(SHARE_PHONE),
        request_contact: Some(true),
        ..KeyButton::default()
    }]])
}

const fn keys(keyboard: Vec<[KeyButton<'_>; 1]>) -> Markup<'_> {
    Markup::Reply {
        keyboard,
        resize_keyboard: true,
        one_time_keyboard: true,
    }
}
