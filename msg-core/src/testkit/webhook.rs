//! What every webhook wire must keep: the sentences of [`WebhookWire`]'s contract, each as a function.
//!
//! ```no_run
//! # fn wire() -> Box<dyn msg_core::channel::WebhookWire> { unimplemented!() }
//! # fn calls() -> Vec<msg_core::channel::WebhookRequest> { Vec::new() }
//! # fn unknown() -> msg_core::channel::WebhookRequest { unimplemented!() }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use msg_core::Timestamp;
//! use msg_core::testkit::webhook::{Subject, conformance};
//!
//! let wire = wire();
//! let now: Timestamp = "2026-06-15T12:00:00Z".parse()?;
//! let subject = Subject::new(&*wire, now, "x-signature", "the secret it was made with")
//!     .signing_the_body()
//!     .with_calls(calls())
//!     .with_unknown(unknown());
//! conformance(&subject)?;
//! # Ok(())
//! # }
//! ```

use super::common::{CANARY, calm, garbage, hides};
use super::violation::{Outcome, Violation, ensure, ensure_eq};
use crate::channel::{
    Inbound, InboundEvent, Verification, Verified, WebhookRequest, WebhookWire, WebhookWireExt as _,
};
use crate::error::{Error, ErrorKind};
use crate::{Timestamp, time};
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use std::collections::BTreeSet;
use std::time::Duration;

/// Makes bodies whose proof is missing or changed out of a genuine one.
pub type Forge = fn(&[u8]) -> Vec<Vec<u8>>;

/// A wire and what the suite has to know about it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Subject<'a> {
    wire: &'a dyn WebhookWire,
    now: Timestamp,
    proof: &'static str,
    secret: String,
    signed: bool,
    forge: Option<Forge>,
    calls: Vec<WebhookRequest>,
    unknown: Option<WebhookRequest>,
}

impl<'a> Subject<'a> {
    /// A wire, the time at which its calls come in, the lowercase name of the header that proves them, and the secret
    /// that it was made with.
    pub fn new(
        wire: &'a dyn WebhookWire,
        now: Timestamp,
        proof: &'static str,
        secret: impl Into<String>,
    ) -> Self {
        Self {
            wire,
            now,
            proof,
            secret: secret.into(),
            signed: false,
            forge: None,
            calls: Vec::new(),
            unknown: None,
        }
    }

    /// Says that the proof is a signature over the body, not only a password.
    #[must_use]
    pub const fn signing_the_body(mut self) -> Self {
        self.signed = true;
        self
    }

    /// Says that the proof stands in the body and not in a header.
    #[must_use]
    pub const fn proven_in_the_body(mut self, forge: Forge) -> Self {
        self.forge = Some(forge);
        self
    }

    /// Adds genuine calls, all different.
    #[must_use]
    pub fn with_calls(mut self, calls: impl IntoIterator<Item = WebhookRequest>) -> Self {
        self.calls.extend(calls);
        self
    }

    /// Sets a genuine call of a kind that no version knows.
    #[must_use]
    pub fn with_unknown(mut self, call: WebhookRequest) -> Self {
        self.unknown = Some(call);
        self
    }

    fn calls(&self) -> Result<&[WebhookRequest], Violation> {
        ensure!(!self.calls.is_empty(), "the subject has no genuine call");
        Ok(&self.calls)
    }

    fn words(&self) -> [(&str, &str); 2] {
        [("body", CANARY), ("secret", &self.secret)]
    }

    /// Bodies that the provider does not send: garbage, and every genuine body cut short.
    fn wrong_bodies(&self) -> Vec<Bytes> {
        let mut bodies = garbage(&self.words().map(|(_, word)| word));
        for call in &self.calls {
            bodies.extend((0..call.body.len()).map(|end| call.body.slice(..end)));
        }
        bodies
    }

    /// What a genuine call with another body says, as if somebody had signed that.
    fn parse(&self, body: Bytes) -> Result<Result<Vec<InboundEvent>, Error>, Violation> {
        let mut call = self.calls()?.first().cloned().unwrap_or_else(|| {
            WebhookRequest::new(http::Method::POST, "", http::HeaderMap::new(), Bytes::new())
        });
        call.body = body;
        let what = format!("a body of {} bytes", call.body.len());
        calm(&what, || {
            self.wire.parse(&Verified::assume(&call, self.now))
        })
    }

    /// The events of a genuine call at a time.
    fn events(
        &self,
        call: &WebhookRequest,
        now: Timestamp,
    ) -> Result<Vec<InboundEvent>, Violation> {
        match self.wire.verify(call, now) {
            Verification::Verified(verified) => Ok(self.wire.parse(&verified)?),
            Verification::Challenge(_) => {
                Err(Violation::new("a genuine call is taken as a challenge"))
            }
            Verification::Rejected(why) => Err(Violation::new(format!(
                "a genuine call is not believed: {why}"
            ))),
        }
    }

    /// The calls with a forged body, where the proof stands there.
    fn forged(&self, forge: Forge) -> Outcome {
        for call in self.calls()? {
            let bodies = forge(&call.body);
            ensure!(!bodies.is_empty(), "no body was forged");
            for body in bodies {
                let mut call = call.clone();
                call.body = body.into();
                self.disbelieves(&call, "a call with a forged proof")?;
            }
        }
        Ok(())
    }

    fn disbelieves(&self, call: &WebhookRequest, what: &str) -> Outcome {
        let verification = calm(what, || self.wire.verify(call, self.now))?;
        ensure!(
            matches!(verification, Verification::Rejected(_)),
            "{what} is believed"
        );
        Ok(())
    }
}

/// A call taken as verified although nobody proved it, for whoever has recorded bodies without their proof. Only tests and
/// evaluations have this feature; a host verifies.
#[must_use]
pub const fn assumed(call: &WebhookRequest, received_at: Timestamp) -> Verified<'_> {
    Verified::assume(call, received_at)
}

/// One sentence of the contract: its name, and what finds out whether it holds.
pub type Sentence = (&'static str, fn(&Subject<'_>) -> Outcome);

/// The contract, sentence by sentence.
pub const SENTENCES: [Sentence; 9] = [
    ("a genuine call is verified and read", reads_genuine_calls),
    ("a call without its proof is not believed", wants_a_proof),
    (
        "a call with a changed proof is not believed",
        wants_the_right_proof,
    ),
    (
        "a call with a changed body is not believed where the proof signs it",
        wants_the_signed_body,
    ),
    ("whatever the body, it is read or invalid", reads_anything),
    ("a kind that it does not know is kept", keeps_unknown_kinds),
    ("every event has a key of its own", gives_keys),
    (
        "a call that comes again has the same keys",
        gives_the_same_keys,
    ),
    (
        "neither errors nor debug repeat the body or the secret",
        keeps_quiet,
    ),
];

/// Tries every sentence. That a call is refused which is larger than [`MAX_WEBHOOK`](crate::channel::MAX_WEBHOOK) is no
/// sentence: no wire is asked about it.
///
/// # Errors
/// The first sentence that does not hold, by its name.
pub fn conformance(subject: &Subject<'_>) -> Outcome {
    SENTENCES.iter().try_for_each(|(name, holds)| {
        holds(subject).map_err(|violation| Violation::new(format!("{name}: {violation}")))
    })
}

fn reads_genuine_calls(subject: &Subject<'_>) -> Outcome {
    for (at, call) in subject.calls()?.iter().enumerate() {
        let events = subject.events(call, subject.now)?;
        ensure!(!events.is_empty(), "genuine call {at} says nothing");
    }
    Ok(())
}

fn wants_a_proof(subject: &Subject<'_>) -> Outcome {
    if let Some(forge) = subject.forge {
        return subject.forged(forge);
    }
    for call in subject.calls()? {
        let mut call = call.clone();
        ensure!(
            call.headers.remove(subject.proof).is_some(),
            "a genuine call has no `{}`",
            subject.proof
        );
        subject.disbelieves(&call, "a call without its proof")?;
    }
    Ok(())
}

fn wants_the_right_proof(subject: &Subject<'_>) -> Outcome {
    if let Some(forge) = subject.forge {
        return subject.forged(forge);
    }
    let name = HeaderName::from_static(subject.proof);
    for call in subject.calls()? {
        let Some(proof) = call.headers.get(&name) else {
            return Err(Violation::new("a genuine call has no proof"));
        };
        let proof = proof.as_bytes();
        let shorter = |end| proof.iter().copied().take(end).collect();
        let mut others: Vec<Vec<u8>> = (0..proof.len()).map(shorter).collect();
        others.push([proof, b"0"].concat());
        others.push(b"\xff".to_vec());
        for at in 0..proof.len() {
            let mut other = proof.to_vec();
            if let Some(byte) = other.get_mut(at) {
                *byte ^= 1;
            }
            others.push(other);
        }
        for other in others {
            let Ok(value) = HeaderValue::from_bytes(&other) else {
                continue;
            };
            let mut call = call.clone();
            call.headers.insert(name.clone(), value);
            subject.disbelieves(&call, "a call with a changed proof")?;
        }
    }
    Ok(())
}

fn wants_the_signed_body(subject: &Subject<'_>) -> Outcome {
    if !subject.signed {
        return Ok(());
    }
    for call in subject.calls()? {
        for body in [
            [&call.body[..], b" "].concat(),
            call.body.iter().skip(1).copied().collect(),
            Vec::new(),
        ] {
            let mut call = call.clone();
            call.body = body.into();
            subject.disbelieves(&call, "a call with a changed body")?;
        }
    }
    Ok(())
}

fn reads_anything(subject: &Subject<'_>) -> Outcome {
    for body in subject.wrong_bodies() {
        if let Err(error) = subject.parse(body)? {
            ensure_eq!(error.kind(), ErrorKind::Invalid, "a wrong body");
        }
    }
    Ok(())
}

fn keeps_unknown_kinds(subject: &Subject<'_>) -> Outcome {
    let missing = || Violation::new("the subject has no call of an unknown kind");
    let call = subject.unknown.as_ref().ok_or_else(missing)?;
    let events = subject.events(call, subject.now)?;
    let kept = events.iter().any(|event| match &event.kind {
        Inbound::Unsupported(unknown) => !unknown.name.is_empty() && !unknown.raw.is_null(),
        _ => false,
    });
    ensure!(kept, "it is not kept with its name and what it said");
    Ok(())
}

fn gives_keys(subject: &Subject<'_>) -> Outcome {
    let mut seen = BTreeSet::new();
    for call in subject.calls()?.iter().chain(&subject.unknown) {
        for event in subject.events(call, subject.now)? {
            let own = event.dedupe.strip_prefix(&*event.scheme);
            let rest = own.and_then(|rest| rest.strip_prefix(':'));
            ensure!(
                rest.is_some_and(|rest| !rest.is_empty()),
                "`{}` is no key of `{}`",
                event.dedupe,
                event.scheme
            );
            ensure!(
                seen.insert(event.dedupe.clone()),
                "two events have the key `{}`",
                event.dedupe
            );
        }
    }
    Ok(())
}

fn gives_the_same_keys(subject: &Subject<'_>) -> Outcome {
    // Providers deliver again after seconds; a signature may be too old after minutes.
    let later = time::after(subject.now, Duration::from_secs(1));
    let keys = |call, now| -> Result<Vec<String>, Violation> {
        let events = subject.events(call, now)?;
        Ok(events.into_iter().map(|event| event.dedupe).collect())
    };
    for call in subject.calls()? {
        ensure_eq!(
            keys(call, later)?,
            keys(call, subject.now)?,
            "the keys of a call that came again"
        );
    }
    Ok(())
}

fn keeps_quiet(subject: &Subject<'_>) -> Outcome {
    for body in subject.wrong_bodies() {
        if let Err(error) = subject.parse(body)? {
            hides("an error", &format!("{error} {error:?}"), &subject.words())?;
        }
    }
    hides(
        "the wire's debug",
        &format!("{0:?} {0:#?}", subject.wire),
        &subject.words(),
    )
}

#[cfg(test)]
mod tests;
