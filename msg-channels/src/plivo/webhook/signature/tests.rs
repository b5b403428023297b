//! The vectors of Plivo's own libraries: plivo-node `test/utils.js`, plivo-go `utils_test.go`, plivo-java `UtilsTest`.

use super::*;
use crate::plivo::PlivoSignature as Kind;
use http::HeaderMap;

const FIELDS: [(&str, &str); 13] = [
    ("Direction", "outbound"),
    ("From", "19792014278"),
    ("ALegUUID", "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36"),
    ("CallStatus", "in-progress"),
    ("BillRate", "0.002"),
    ("ParentAuthID", "MANWVLYTK4ZWU1YTY4QA"),
    (
        "To",
        "sip:PlivoSignature382029104058171078704104@phone-qa.voice.plivodev.com",
    ),
    ("ALegRequestUUID", "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36"),
    ("CallUUID", "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36"),
    ("RequestUUID", "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36"),
    (
        "SIP-H-To",
        "<sip:PlivoSignature382029104058171078704104@52.9.11.55;transport=udp>;tag=1",
    ),
    ("SessionStart", "2020-04-08 11:34:33.238707"),
    ("Event", "StartApp"),
];
const URL: &str = "https://plivobin.non-prod.plivops.com/api/v1/validate_signature03.xml/?a=b&c=d";
const KEY: &str = "Y2Q2ZDgxZmY5YWRiOTI5YmQ1Njg0MTAxZWIyOTc4";
const NONCE: &str = "31627761595286130198";
const POSTED: &str = "k7Pusd4OxCIjR5IfA9iedDNu/h/gbdYqdzG/MiYtd1c=";
const GOTTEN: &str = "UBq8jAtd32wR8EK9VgxbBn4n5rpI/l1H9iN4WfSEHFQ=";

fn form(fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}

fn verify(
    key: &str,
    method: Method,
    url: &str,
    body: String,
    headers: &[(&'static str, &str)],
) -> Proof {
    let config = PlivoConfig::new("MA1", "x", "Shop")
        .with_webhook_token("another")
        .with_webhook_token(key);
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().unwrap());
    }
    Signatures::new(&config).verify(&WebhookRequest::new(method, url, map, body))
}

#[test]
fn version_3_signs_the_url_and_every_field() {
    let headers = |code| [(V3, code), (V3_NONCE, NONCE)];
    let post = |body, code| verify(KEY, Method::POST, URL, body, &headers(code));
    assert_eq!(post(form(&FIELDS), POSTED), Ok(()));
    // One of several, in any place.
    let several = format!("AAAA,{POSTED}");
    assert_eq!(post(form(&FIELDS), &several), Ok(()));
    let mut other = FIELDS;
    other[1].1 = "19792014279";
    assert_eq!(post(form(&other), POSTED), Err(Rejection::WrongProof));
    let get = |url: &str, body| verify(KEY, Method::GET, url, body, &headers(GOTTEN));
    // By GET the fields are the query's.
    assert_eq!(
        get(&format!("{URL}&{}", form(&FIELDS)), String::new()),
        Ok(())
    );
    assert_eq!(get(URL, form(&FIELDS)), Ok(()));
    assert_eq!(get(URL, String::new()), Err(Rejection::WrongProof));
    let main = [(V3_MAIN, POSTED), (V3_NONCE, NONCE)];
    assert_eq!(verify(KEY, Method::POST, URL, form(&FIELDS), &main), Ok(()));
}

#[test]
fn version_2_signs_the_url_and_a_nonce() {
    for (url, code) in [
        (
            "https://answer.url",
            "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=",
        ),
        (
            "https://answer.url?a=b",
            "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=",
        ),
        (
            "https://answer.url/",
            "do1CXv+k99A6+B+eTcyqbxWlezFIxJ/1vz72787r37g=",
        ),
    ] {
        let headers = [(V2, code), (V2_NONCE, "12345")];
        let verify = |key| verify(key, Method::POST, url, "a=b".into(), &headers);
        assert_eq!(verify("my_auth_token"), Ok(()), "{url}");
        assert_eq!(verify("my_auth_tokens"), Err(Rejection::WrongProof));
    }
}

#[test]
fn version_1_signs_the_url_and_every_field() {
    let url = "http://foo.com/answer/";
    let verify = |body: &str, code| {
        verify(
            "MAXXXXXXXXXXXXXXXXXX",
            Method::POST,
            url,
            body.into(),
            &[(V1, code)],
        )
    };
    let body = "CallUUID=97ceeb52-58b6-11e1-86da-77300b68f8bb&Duration=300";
    assert_eq!(verify(body, "EJEt0ELanhr8hjMPIJnLNLex0dE="), Ok(()));
    assert_eq!(verify("a=1+2", "n3Xfo4u+vRFyl3gsH8B0qDUIK5g="), Ok(()));
    assert_eq!(
        verify(body, "EJEt0ELanhr8hjMPIJnLNLef0dE="),
        Err(Rejection::WrongProof)
    );
}

#[test]
fn the_strongest_signature_decides() {
    let good = (V2, "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=");
    let headers = [good, (V2_NONCE, "12345"), (V3, POSTED), (V3_NONCE, NONCE)];
    let key = "my_auth_token";
    let both = verify(
        key,
        Method::POST,
        "https://answer.url",
        "a=b".into(),
        &headers,
    );
    assert_eq!(both, Err(Rejection::WrongProof));
    // A host that believes version 3 only does not look at the other.
    let config = PlivoConfig::new("MA1", "x", "Shop")
        .with_webhook_token(key)
        .with_signatures([Kind::V3]);
    let mut map = HeaderMap::new();
    map.insert(good.0, good.1.parse().unwrap());
    map.insert(V2_NONCE, "12345".parse().unwrap());
    let request = WebhookRequest::new(Method::POST, "https://answer.url", map, "a=b");
    assert_eq!(
        Signatures::new(&config).verify(&request),
        Err(Rejection::MissingProof)
    );
}

#[test]
fn a_proof_is_there_once_and_well_formed() {
    let verify =
        |headers: &[(&'static str, &str)]| verify(KEY, Method::POST, URL, form(&FIELDS), headers);
    assert_eq!(verify(&[]), Err(Rejection::MissingProof));
    assert_eq!(verify(&[(V3, POSTED)]), Err(Rejection::MissingProof));
    assert_eq!(
        verify(&[(V3, "?"), (V3_NONCE, NONCE)]),
        Err(Rejection::MalformedProof)
    );
    let twice = [(V3, POSTED), (V3, POSTED), (V3_NONCE, NONCE)];
    assert_eq!(verify(&twice), Err(Rejection::MalformedProof));
}

#[test]
fn what_a_proxy_changed_is_configured() {
    let config = PlivoConfig::new("MA1", "x", "Shop")
        .with_webhook_token("my_auth_token")
        .with_public_url("https://answer.url");
    let mut map = HeaderMap::new();
    map.insert(
        V2,
        "do1CXv+k99A6+B+eTcyqbxWlezFIxJ/1vz72787r37g="
            .parse()
            .unwrap(),
    );
    map.insert(V2_NONCE, "12345".parse().unwrap());
    let request = WebhookRequest::new(Method::POST, "http://10.0.0.7:80/", map, "a=b");
    assert_eq!(Signatures::new(&config).verify(&request), Ok(()));
}
