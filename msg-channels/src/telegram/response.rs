//! From an answer to an outcome.

pub(super) mod file;
mod table;

use super::schema::{Answer, Sent};
use super::wire::Chat;
use crate::wire::refusal::{Repeat, by_status, passing, retry_after, too_fast};
use bytes::Bytes;
use msg_core::channel::{
    Advice, Ambiguous, Failure, FailureClass, FailureScope, Receipt, SendOutcome,
};
use msg_core::message::{Address, Part, PartBody};
use std::time::Duration;
use table::{Row, find};

/// What an answer means.
pub(super) fn classify(bot: i64, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
    match serde_json::from_slice::<Answer>(response.body()) {
        Ok(answer) if !answer.ok => refused(part, response, &answer),
        Ok(answer) if response.status().is_success() => accepted(bot, part, answer.result),
        _ => unreadable(part, response),
    }
}

/// A message that was made is known by its number. A call that makes none, such as an edit or a sign of typing, is
/// known by the part's own id, so that it never takes the place of the message that it is about.
fn accepted(bot: i64, part: &Part, sent: Sent) -> SendOutcome {
    let own = || SendOutcome::Accepted(Receipt::new(part.id.to_string()));
    if !makes_a_message(part) {
        return own();
    }
    match (Chat::of(bot, part), sent.messages.as_slice()) {
        (Ok(chat), [first, further @ ..]) => {
            let mut receipt = Receipt::new(chat.message(*first));
            let further = further.iter().map(|number| chat.message(*number));
            receipt.further_ids = further.chain(sent.poll.map(|id| poll_id(&id))).collect();
            SendOutcome::Accepted(receipt)
        }
        // A raw call may be one that makes none.
        _ if matches!(part.body, PartBody::Raw(_)) => own(),
        _ => SendOutcome::Ambiguous(Ambiguous::new("taken, but the answer names no message")),
    }
}

/// Our id of a poll: votes name the poll, not its message.
fn poll_id(id: &str) -> String {
    format!("poll.{id}")
}

/// Whether doing it twice would be seen: a second message. An edit, a deletion, a reaction or a sign of typing may be
/// repeated.
const fn makes_a_message(part: &Part) -> bool {
    !matches!(
        part.body,
        PartBody::Edit(_)
            | PartBody::Delete(_)
            | PartBody::Reaction(_)
            | PartBody::Typing(_)
            | PartBody::Read(_)
    )
}

fn refused(part: &Part, response: &http::Response<Bytes>, answer: &Answer) -> SendOutcome {
    let status = answer
        .error_code
        .unwrap_or_else(|| response.status().as_u16());
    if let Some(chat) = answer.parameters().migrate_to_chat_id {
        let mut failure = Failure::new(
            FailureClass::AddressMoved,
            FailureScope::Recipient,
            Advice::Readdress,
        );
        failure.moved_to = Some(Box::new(Address::telegram(chat)));
        return SendOutcome::Rejected(failure.with_code("400 migrate_to_chat_id"));
    }
    if status == 429 {
        let told = answer.parameters().retry_after.map(Duration::from_secs);
        let wait = told.or_else(|| retry_after(response));
        // The limit is that of the chat far more often than that of the bot, and the answer does not tell.
        return too_fast("429", wait, FailureScope::Recipient);
    }
    if status >= 500 {
        return broken(part, status, retry_after(response));
    }
    // The message reads as it should already.
    if matches!(part.body, PartBody::Edit(_))
        && table::says(answer.description(), "message is not modified")
    {
        return SendOutcome::AlreadyAccepted(Receipt::new(part.id.to_string()));
    }
    SendOutcome::Rejected(failure(status, find(status, answer.description()), answer))
}

/// The failure of a row. The code repeats our words or a code of the server, never its text: that may quote the message.
fn failure(status: u16, row: &Row, answer: &Answer) -> Failure {
    let known = row.says;
    let code = match table::code_in(answer.description()) {
        _ if !known.is_empty() => known,
        Some(code) => code,
        None => "",
    };
    let code = format!("{status} {code}");
    Failure::new(row.class.clone(), row.scope.clone(), row.advice.clone())
        .with_code(code.trim_end())
}

/// An answer that is not the Bot API's: from a proxy, a gateway, or cut short.
fn unreadable(part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
    let status = response.status().as_u16();
    let wrong = |class, advice, detail| {
        let failure = Failure::new(class, FailureScope::Account, advice).with_detail(detail);
        SendOutcome::Rejected(failure.with_code(status.to_string()))
    };
    match status {
        // The proxy's own words about what was asked of it say nothing of the message.
        401 | 403 | 407 => wrong(
            FailureClass::CredentialInvalid,
            Advice::FixConfig,
            "refused on the way to the bot api",
        ),
        413 | 429 => by_status(response, Repeat::Seen),
        300..=499 => wrong(
            FailureClass::ConfigInvalid,
            Advice::FixConfig,
            "the base url does not lead to the bot api",
        ),
        500.. => by_status(response, repeat(part)),
        // Something answered that all is well, and it was not the Bot API, or its answer was cut short.
        _ if makes_a_message(part) => {
            SendOutcome::Ambiguous(Ambiguous::new("the answer is not the bot api's"))
        }
        _ => passing(status, None),
    }
}

/// A fault of the server. The message may have been sent before it, so only what may be repeated is retried; 503 alone
/// says that nothing was done (RFC 9110, 15.6.4).
fn broken(part: &Part, status: u16, wait: Option<Duration>) -> SendOutcome {
    if status == 503 || !makes_a_message(part) {
        return passing(status, wait);
    }
    SendOutcome::Ambiguous(Ambiguous::new(format!("status {status} after the request")))
}

const fn repeat(part: &Part) -> Repeat {
    if makes_a_message(part) {
        Repeat::Seen
    } else {
        Repeat::Unseen
    }
}

#[cfg(test)]
mod tests;
