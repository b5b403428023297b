//! Webhooks of Meta: the proof, and the handshake.

use crate::wire::proof::{self, Hash, Macs, Proof};
use http::Method;
use msg_core::channel::{Authenticity, HttpReply, Rejection, WebhookRequest};
use secrecy::SecretString;
use std::fmt;

/// The header that carries the proof
/// (<https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads>).
pub const SIGNATURE_HEADER: &str = "x-hub-signature-256";

/// The longest challenge that is answered, in bytes. Meta's are numbers of about ten digits.
pub const MAX_CHALLENGE: usize = 256;

/// What believes calls of Meta. It prints no secret.
pub struct Hook {
    keys: Macs,
    tokens: Vec<SecretString>,
}

impl Hook {
    /// Believes calls signed with one of the app's secrets, and answers the handshake of who knows one of the verify tokens.
    /// Several, so that one can be replaced without losing a call; without any nothing is believed. Empty ones are no secrets.
    #[must_use]
    pub fn new(app_secrets: &[SecretString], verify_tokens: &[SecretString]) -> Self {
        use secrecy::ExposeSecret as _;
        let real = |all: &[SecretString]| -> Vec<SecretString> {
            let some = |secret: &&SecretString| !secret.expose_secret().is_empty();
            all.iter().filter(some).cloned().collect()
        };
        Self {
            keys: Macs::new(Hash::Sha256, &real(app_secrets)),
            tokens: real(verify_tokens),
        }
    }

    /// Whether Meta made the call. A GET is the handshake, which is answered and says nothing else.
    #[must_use]
    pub fn authenticate(&self, request: &WebhookRequest) -> Authenticity {
        if request.method == Method::GET {
            return match self.handshake(&request.url) {
                Ok(challenge) => Authenticity::Challenge(HttpReply::text(challenge)),
                Err(rejection) => Authenticity::Rejected(rejection),
            };
        }
        proof::authenticity(self.signature(request))
    }

    /// HMAC-SHA256 of the body as it came, in hex behind `sha256=`.
    fn signature(&self, request: &WebhookRequest) -> Proof {
        let value = proof::header(request, SIGNATURE_HEADER)?;
        let code = value
            .strip_prefix("sha256=")
            .ok_or(Rejection::MalformedProof)?;
        self.keys.verify(&[&request.body], &proof::hex(code)?)
    }

    /// The challenge, which goes back as it came when the verify token is right.
    fn handshake(&self, url: &str) -> Proof<String> {
        let field = |name| proof::query_field(url, name).ok_or(Rejection::MissingProof);
        let (mode, token, challenge) = (
            field("hub.mode")?,
            field("hub.verify_token")?,
            field("hub.challenge")?,
        );
        proof::one_of(&self.tokens, token.as_bytes())?;
        let fits = (1..=MAX_CHALLENGE).contains(&challenge.len())
            && challenge.chars().all(|c| c.is_ascii_graphic() && c != '<');
        if mode == "subscribe" && fits {
            Ok(challenge.into_owned())
        } else {
            Err(Rejection::MalformedProof)
        }
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::proof::Mac;
    use bytes::Bytes;
    use http::HeaderMap;

    fn hook() -> Hook {
        let of = |all: &[&str]| -> Vec<SecretString> {
            all.iter().map(|text| SecretString::from(*text)).collect()
        };
        Hook::new(&of(&["old", "new", ""]), &of(&["t0ken", "t1ken", ""]))
    }

    fn post(body: &str, proofs: &[String]) -> Authenticity {
        let mut headers = HeaderMap::new();
        for proof in proofs {
            headers.append(SIGNATURE_HEADER, proof.parse().unwrap());
        }
        let body = Bytes::copy_from_slice(body.as_bytes());
        hook().authenticate(&WebhookRequest::new(Method::POST, "/hook", headers, body))
    }

    fn signed(key: &str, body: &str) -> String {
        let code = Mac::new(Hash::Sha256, key.as_bytes()).sign(&[body.as_bytes()]);
        format!("sha256={}", proof::to_hex(&code))
    }

    fn get(url: &str) -> Authenticity {
        let request = WebhookRequest::new(Method::GET, url, HeaderMap::new(), Bytes::new());
        hook().authenticate(&request)
    }

    #[test]
    fn a_call_signed_with_any_secret_is_believed() {
        for key in ["old", "new"] {
            assert_eq!(post("{}", &[signed(key, "{}")]), Authenticity::Genuine);
            let upper = signed(key, "{}").to_uppercase().replace("SHA256", "sha256");
            assert_eq!(post("{}", &[upper]), Authenticity::Genuine);
        }
        let rejected = |proofs: &[String], why| {
            assert_eq!(
                post("{}", proofs),
                Authenticity::Rejected(why),
                "{proofs:?}"
            );
        };
        let good = signed("new", "{}");
        rejected(&[], Rejection::MissingProof);
        rejected(&[good.clone(), good.clone()], Rejection::MalformedProof);
        rejected(&[signed("new", "{} ")], Rejection::WrongProof);
        rejected(&[signed("", "{}")], Rejection::WrongProof);
        rejected(&[signed("other", "{}")], Rejection::WrongProof);
        let bare = good.replace("sha256=", "");
        for bad in [&*bare, "sha1=00", "sha256=", "sha256=0", "sha256=zz"] {
            assert!(
                matches!(post("{}", &[bad.to_owned()]), Authenticity::Rejected(_)),
                "{bad}"
            );
        }
    }

    #[test]
    fn the_handshake_gives_the_challenge_back_to_who_knows_a_token() {
        for token in ["t0ken", "t1ken"] {
            let url = format!(
                "https://example.org/hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}"
            );
            let Authenticity::Challenge(reply) = get(&url) else {
                panic!("{url}")
            };
            assert_eq!((reply.status, &reply.body[..]), (200, &b"1158201444"[..]));
        }
        let rejected = |query: &str, why| {
            assert_eq!(
                get(&format!("/hook?{query}")),
                Authenticity::Rejected(why),
                "{query}"
            );
        };
        rejected("", Rejection::MissingProof);
        rejected(
            "hub.mode=subscribe&hub.verify_token=t0ken",
            Rejection::MissingProof,
        );
        for token in ["", "t0ke", "t0kens", "T0KEN"] {
            let query = format!("hub.mode=subscribe&hub.challenge=1&hub.verify_token={token}");
            rejected(&query, Rejection::WrongProof);
        }
        for other in [
            "hub.mode=unsubscribe&hub.challenge=1",
            "hub.mode=subscribe&hub.challenge=",
            "hub.mode=subscribe&hub.challenge=%3Cscript%3E",
            "hub.mode=subscribe&hub.challenge=a%0Ab",
        ] {
            rejected(
                &format!("{other}&hub.verify_token=t0ken"),
                Rejection::MalformedProof,
            );
        }
    }

    #[test]
    fn without_secrets_nothing_is_believed_and_none_is_printed() {
        let nobody = Hook::new(&[], &[]);
        let url = "/hook?hub.mode=subscribe&hub.challenge=1&hub.verify_token=";
        let request = WebhookRequest::new(Method::GET, url, HeaderMap::new(), Bytes::new());
        assert_eq!(
            nobody.authenticate(&request),
            Authenticity::Rejected(Rejection::WrongProof)
        );
        assert!(!format!("{:?}", hook()).contains("ken"));
    }
}
