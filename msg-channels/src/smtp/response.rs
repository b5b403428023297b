//! What lettre heard, as a reply.

pub(super) use crate::mail::reply::{Phase, Reply, classify};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::response::Response;
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope};
use std::error::Error as _;

/// The reply in what lettre answers; none when no reply came, or none that can be read.
pub(super) fn reply(answer: &Result<Response, SmtpError>) -> Option<Reply> {
    match answer {
        Ok(response) => Some(Reply::new(
            response.code().into(),
            response.first_line().unwrap_or_default(),
        )),
        Err(error) => {
            let code = error.status()?.into();
            let text = error.source().map(ToString::to_string);
            Some(Reply::new(code, text.as_deref().unwrap_or_default()))
        }
    }
}

/// A failure of this kind, without a code.
pub(super) fn failure(class: FailureClass, scope: FailureScope, advice: Advice) -> Failure {
    Failure::new(class, scope, advice)
}
