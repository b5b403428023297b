//! `responses`: what a provider's answer to a text means.

use crate::channels;
use crate::kind::Answer;
use crate::line;
use crate::requests::hello;
use http::Response;
use msg_core::channel::{Failure, Receipt, SendOutcome};
use serde_json::{Value, json};

/// A case has `provider`, `status`, `headers` and `body`; the answer `outcome`, and for a failure `class`, `scope`, `advice`,
/// `code` and `retry_after_s`, each as it is written in a trace. `provider` may name one wire of several: `twilio, whatsapp`.
pub(crate) fn answer(case: &Value) -> Result<Answer, String> {
    let provider = line::text(case, "provider")?;
    let named = |wire: &&channels::Wire| wire.name == provider;
    let wire = match channels::all()
        .flat_map(|backend| backend.wires)
        .find(named)
    {
        Some(wire) => wire,
        None => (channels::find(provider)?.wires.first())
            .ok_or_else(|| format!("`{provider}` has no wire that reads answers"))?,
    };
    let subject = (wire.subject)("http://127.0.0.1:1")?;
    let outcome = subject.wire.classify(&hello(&subject)?, &response(case)?);
    Ok(told(&outcome))
}

fn told(outcome: &SendOutcome) -> Answer {
    let fields = match outcome {
        SendOutcome::Accepted(receipt) => taken("accepted", receipt),
        SendOutcome::AlreadyAccepted(receipt) => taken("already_accepted", receipt),
        SendOutcome::Ambiguous(why) => json!({"outcome": "ambiguous", "evidence": why.evidence}),
        SendOutcome::Rejected(failure) => refused(failure),
    };
    match fields {
        Value::Object(fields) => fields,
        _ => Answer::new(),
    }
}

fn taken(outcome: &str, receipt: &Receipt) -> Value {
    json!({"outcome": outcome, "provider_id": receipt.provider_id, "further_ids": receipt.further_ids})
}

fn refused(failure: &Failure) -> Value {
    let mut told = json!({
        "outcome": "rejected", "class": failure.class, "scope": failure.scope, "advice": failure.advice,
        "code": failure.provider_code, "detail": failure.detail,
    });
    if let (Some(wait), Some(told)) = (&failure.retry_after, told.as_object_mut()) {
        told.insert("retry_after_s".to_owned(), seconds(wait.delay));
        told.insert("retry_scope".to_owned(), json!(wait.scope));
    }
    told
}

/// Whole seconds as a whole number.
pub(crate) fn seconds(delay: std::time::Duration) -> Value {
    if delay.subsec_nanos() == 0 {
        delay.as_secs().into()
    } else {
        delay.as_secs_f64().into()
    }
}

fn response(case: &Value) -> Result<Response<bytes::Bytes>, String> {
    let status = case.get("status").and_then(Value::as_u64);
    let status = status.and_then(|status| u16::try_from(status).ok());
    let mut response = Response::new(line::body(case).unwrap_or_default().into());
    *response.status_mut() = status
        .and_then(|status| http::StatusCode::from_u16(status).ok())
        .ok_or("`status` is missing or no status")?;
    *response.headers_mut() = line::headers(case)?;
    Ok(response)
}

/// Says what can be said without a common vocabulary: that an error is none of success, and that there is an answer.
pub(crate) fn compare(case: &Value, answer: &Value) -> (usize, Vec<String>) {
    let status = case
        .get("status")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let outcome = answer
        .get("outcome")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let taken = matches!(outcome, "accepted" | "already_accepted");
    if status >= 400 && (taken || outcome.is_empty()) {
        return (1, vec![format!("outcome: status {status} is `{outcome}`")]);
    }
    (1, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_in_the_words_of_a_trace() {
        let case = json!({"provider": "telegram", "status": 429, "headers": {}, "body":
            r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}"#});
        let told = answer(&case).unwrap();
        assert_eq!(told["outcome"], "rejected");
        assert_eq!(
            (&told["class"], &told["retry_after_s"]),
            (&json!("rate_limited"), &json!(35))
        );
        assert!(compare(&case, &Value::Object(told)).1.is_empty());
        let taken = json!({"outcome": "accepted"});
        assert_eq!(compare(&case, &taken).1.len(), 1);
    }

    #[test]
    fn nobody_answers_for_a_stranger() {
        let error = answer(&json!({"provider": "pigeon"})).unwrap_err();
        assert!(channels::is_nobody(&error));
    }
}
