//! Standard Webhooks (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>), which
//! Svix and Resend send: an id, a time and a list of signatures over `id.time.body`.

use super::{Hash, Mac, Macs, Proof, PublicKey, PublicKeys, base64, fresh, header};
use jiff::Timestamp;
use msg_core::Error;
use msg_core::channel::{Rejection, WebhookRequest};
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;

/// How far the time may be off: what the reference libraries of the specification allow.
pub const STANDARD_TOLERANCE: Duration = Duration::from_mins(5);

/// The secrets (`whsec_` and base64) and public keys (`whpk_` and base64) that a webhook may prove itself with.
#[derive(Clone, Debug, Default)]
pub struct StandardSecrets {
    shared: Macs,
    public: PublicKeys,
}

impl StandardSecrets {
    /// These secrets and keys, told apart by their prefix; without one it is a secret.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when one is not base64; it is not repeated.
    pub fn new(secrets: &[SecretString]) -> Result<Self, Error> {
        let malformed = |_| Error::invalid("a secret is base64 after `whsec_` or `whpk_`");
        let (mut shared, mut public) = (Vec::new(), Vec::new());
        for secret in secrets {
            let secret = secret.expose_secret();
            if let Some(key) = secret.strip_prefix("whpk_") {
                let key = base64(key).and_then(PublicKey::ed25519);
                public.push(key.map_err(malformed)?);
            } else {
                let key = base64(secret.strip_prefix("whsec_").unwrap_or(secret));
                shared.push(Mac::new(Hash::Sha256, &key.map_err(malformed)?));
            }
        }
        Ok(Self {
            shared: Macs::of(shared),
            public: PublicKeys(public),
        })
    }

    /// Whether a secret or a key signed the call, with headers that begin with `webhook-` or `svix-`.
    ///
    /// # Errors
    /// As [`header`], [`fresh`], and [`Rejection::WrongProof`].
    pub fn verify(&self, request: &WebhookRequest, now: Timestamp) -> Proof {
        let prefix = if request.headers.contains_key("webhook-signature") {
            "webhook"
        } else {
            "svix"
        };
        let signatures = header(request, &format!("{prefix}-signature"))?;
        let id = header(request, &format!("{prefix}-id"))?;
        let time = header(request, &format!("{prefix}-timestamp"))?;
        fresh(time, now, STANDARD_TOLERANCE)?;
        let pieces: [&[u8]; 5] = [id.as_bytes(), b".", time.as_bytes(), b".", &request.body];
        let known = |one: &str| match one.split_once(',') {
            Some(("v1", code)) => base64(code).and_then(|code| self.shared.verify(&pieces, &code)),
            Some(("v1a", code)) => {
                base64(code).and_then(|code| self.public.verify(&pieces.concat(), &code))
            }
            // A version of tomorrow may stand beside the one that is known.
            _ => Err(Rejection::MalformedProof),
        };
        let mut outcome = Err(Rejection::MalformedProof);
        for one in signatures.split_ascii_whitespace() {
            match known(one) {
                Ok(()) => return Ok(()),
                Err(Rejection::WrongProof) => outcome = Err(Rejection::WrongProof),
                Err(_) => {}
            }
        }
        outcome
    }
}
