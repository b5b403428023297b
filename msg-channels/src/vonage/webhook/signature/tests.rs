use crate::vonage::VonageChannel::Sms;
use crate::vonage::golden::{SECRET, wire};
use crate::wire::proof::{Hash, Mac, sha256, to_hex};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderMap, Method};
use jiff::Timestamp;
use msg_core::channel::{Authenticity, Rejection, WebhookRequest, WebhookWire as _};
use serde_json::{Value, json};

const URL: &str = "https://example.com/inbound";
const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn bearing(claims: &Value, body: &str) -> WebhookRequest {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let head = encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{head}.{}", encode(claims.to_string().as_bytes()));
    let code = Mac::new(Hash::Sha256, SECRET.as_bytes()).sign(&[signed.as_bytes()]);
    let mut headers = HeaderMap::new();
    let token = format!("Bearer {signed}.{}", encode(&code));
    headers.insert("authorization", token.parse().unwrap());
    WebhookRequest::new(Method::POST, URL, headers, body.to_owned())
}

fn verdict(request: &WebhookRequest) -> Authenticity {
    wire(Sms).authenticate(request, now())
}

#[test]
fn a_token_covers_the_body_and_grows_old() {
    let body = r#"{"message_uuid":"x"}"#;
    let hash = to_hex(&sha256(body.as_bytes()));
    let good = json!({"iat": NOW, "jti": "1", "iss": "Vonage", "payload_hash": hash});
    assert_eq!(verdict(&bearing(&good, body)), Authenticity::Genuine);
    let other = bearing(&good, r#"{"message_uuid":"y"}"#);
    assert_eq!(
        verdict(&other),
        Authenticity::Rejected(Rejection::WrongProof)
    );
    for (claims, why) in [
        (json!({"iat": NOW}), Rejection::MalformedProof),
        (json!({"payload_hash": hash}), Rejection::MalformedProof),
        (
            json!({"iat": NOW - 86_401, "payload_hash": hash}),
            Rejection::Stale,
        ),
        (
            json!({"iat": NOW, "exp": NOW - 61, "payload_hash": hash}),
            Rejection::Stale,
        ),
    ] {
        let verdict = verdict(&bearing(&claims, body));
        assert_eq!(verdict, Authenticity::Rejected(why), "{claims}");
    }
    // A signature among the fields does not help a token that is wrong.
    let mut forged = bearing(&good, "");
    forged.url = format!("{URL}?{SHA1}");
    forged.method = Method::GET;
    assert_eq!(
        verdict(&forged),
        Authenticity::Rejected(Rejection::WrongProof)
    );
}

/// vonage-node-sdk babd2d8, `packages/sms/__tests__/__dataSets__/signature.ts`.
const SHA1: &str = "message-timestamp=2013-11-21+15%3A27%3A30&messageId=020000001B0FE827&msisdn=14843472194&text=Test+again&timestamp=1385047698&to=13239877404&type=text&sig=27D0D05C2876C7CB1720DBCDBA4D492E1E55C09A";

fn get(query: &str) -> WebhookRequest {
    let url = format!("{URL}?{query}");
    WebhookRequest::new(Method::GET, url, HeaderMap::new(), "")
}

#[test]
fn a_call_of_the_sms_api_is_told_as_vonages_own_sdk_tells_it() {
    assert_eq!(verdict(&get(SHA1)), Authenticity::Genuine);
    let form = WebhookRequest::new(Method::POST, URL, HeaderMap::new(), SHA1);
    assert_eq!(verdict(&form), Authenticity::Genuine);
    let rejected = Authenticity::Rejected;
    for (query, why) in [
        (SHA1.replace("again", "twice"), Rejection::WrongProof),
        (format!("{SHA1}&x=1"), Rejection::WrongProof),
        (format!("{SHA1}&text=Test+again"), Rejection::MissingProof),
        (SHA1.replace("27D0", ""), Rejection::MalformedProof),
        (SHA1.replace("27D0", "27X0"), Rejection::MalformedProof),
        // As long as MD5.
        (SHA1.replace("27D0D05C", ""), Rejection::MalformedProof),
        (SHA1.replace("&sig=", "&gis="), Rejection::MissingProof),
    ] {
        assert_eq!(verdict(&get(&query)), rejected(why), "{query}");
    }
}

#[test]
fn longer_hashes_and_json_are_believed_too() {
    for hash in [Hash::Sha256, Hash::Sha512] {
        let said = b"&messageId=1&msisdn=14843472194&text=a_b_c&to=2";
        let sig = to_hex(&Mac::new(hash, SECRET.as_bytes()).sign(&[said]));
        let fields = json!({"to": "2", "messageId": "1", "text": "a&b=c",
            "msisdn": "14843472194", "sig": sig});
        let body = fields.to_string();
        let request = WebhookRequest::new(Method::POST, URL, HeaderMap::new(), body);
        assert_eq!(verdict(&request), Authenticity::Genuine);
    }
}
