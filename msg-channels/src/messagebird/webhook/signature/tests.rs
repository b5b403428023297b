//! The vectors of MessageBird's own libraries (python-rest-api 2371520, `webhook_signature_test_data.json` and
//! `test_signed_request.py`).

use super::super::super::golden;
use super::*;
use http::{HeaderMap, Method};

const HS256: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
const HS512: &str = "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9";
const PATH: &str = "https://example.com/path?bar=1&foo=2";
const ROOT: &str = "https://example.com/";
const PLAIN: &str = "eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCwiZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiJjOTQ2YWY3Ny1lMTgyLTRlYWEtYjJmZi0xYTU0NWI1ZTk5MWEiLCJ1cmxfaGFzaCI6IjQxZjA1ZjBkZGQwYTIyYWIyMDlhYzQ2ZjQ3YzQ1NzJkOWNlZmEyNTdlZDc0YjI0MDA0YmFlNzUzZWNlNmMyNjAifQ";
const WITH_BODY: &str = "eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCwiZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiI5M2U1NTAwNi1hMGU4LTQ1MjYtYTE5MC1mYTVmZjAwZWExMTYiLCJ1cmxfaGFzaCI6IjQxZjA1ZjBkZGQwYTIyYWIyMDlhYzQ2ZjQ3YzQ1NzJkOWNlZmEyNTdlZDc0YjI0MDA0YmFlNzUzZWNlNmMyNjAiLCJwYXlsb2FkX2hhc2giOiJkZmZkNjAyMWJiMmJkNWIwYWY2NzYyOTA4MDllYzNhNTMxOTFkZDgxYzdmNzBhNGIyODY4OGEzNjIxODI5ODZmIn0";
const AT_ROOT: &str = "eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCwiZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiI1OWEyNDRkYy1lOWFkLTRlMjMtOTc3OC0zNzFmYWEyMzhmNzIiLCJ1cmxfaGFzaCI6IjBmMTE1ZGIwNjJiN2MwZGQwMzBiMTY4NzhjOTlkZWE1YzM1NGI0OWRjMzdiMzhlYjg4NDYxNzljNzc4M2U5ZDcifQ";
const NOW: i64 = 1_625_479_200;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn verify_at(now: i64, url: &str, body: &str, headers: &[(&'static str, &str)]) -> Authenticity {
    let config = golden::config().with_signing_key("PlLrKaqvZNRR5zAjm42ZT6q1SQxgbbGd");
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().unwrap());
    }
    let request = WebhookRequest::new(Method::POST, url, map, body.to_owned());
    Signatures::new(&config).authenticate(&request, at(now))
}

fn token(url: &str, body: &str, token: &str) -> Authenticity {
    verify_at(NOW, url, body, &[(JWT, token)])
}

const fn no(rejection: Rejection) -> Authenticity {
    Authenticity::Rejected(rejection)
}

#[test]
fn a_token_binds_the_url_and_the_body() {
    let plain = format!("{HS256}.{PLAIN}.huo2ou6JDoDc7sV25d75UMWeYhBeavQlLsqIibSZuac");
    assert_eq!(token(PATH, "", &plain), Authenticity::Genuine);
    assert_eq!(
        token("https://example.com/path?foo=2&bar=1", "", &plain),
        no(Rejection::WrongProof)
    );
    assert_eq!(
        token(PATH, "Hello, World!", &plain),
        no(Rejection::WrongProof)
    );
    let full = format!("{HS256}.{WITH_BODY}._H--TOuYFLpeEH39-rg5E3IHVkjHozBcaKVWPRC5m9I");
    assert_eq!(token(PATH, "Hello, World!", &full), Authenticity::Genuine);
    assert_eq!(
        token(PATH, "Hello, World", &full),
        no(Rejection::WrongProof)
    );
    assert_eq!(token(PATH, "", &full), no(Rejection::WrongProof));
    let long =
        "rd6r0iMyNGnVPCwurETphE3Y8rpAyvvnUK0S8WvGUkt2E1QSRAZ7NZJZBHw1Y_Wb5W-sK9HJr_PRL2vz4jRT3Q";
    assert_eq!(
        token(ROOT, "", &format!("{HS512}.{AT_ROOT}.{long}")),
        Authenticity::Genuine
    );
}

#[test]
fn a_token_is_good_for_its_time_only() {
    let plain = format!("{HS256}.{PLAIN}.huo2ou6JDoDc7sV25d75UMWeYhBeavQlLsqIibSZuac");
    let verify = |now| verify_at(now, PATH, "", &[(JWT, &plain)]);
    assert_eq!(verify(NOW - 1), Authenticity::Genuine);
    assert_eq!(verify(NOW - 2), no(Rejection::Stale));
    assert_eq!(verify(NOW + 61), Authenticity::Genuine);
    assert_eq!(verify(NOW + 62), no(Rejection::Stale));
}

#[test]
fn a_token_of_nobody_or_of_another_is_not_believed() {
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{AT_ROOT}.");
    assert_eq!(token(ROOT, "", &unsigned), no(Rejection::MalformedProof));
    let other = format!("{HS256}.{AT_ROOT}.JgSeYyOtlEKAXk8bz30iJI4tXgf4lxknoiezawuVhb4");
    assert_eq!(token(ROOT, "", &other), no(Rejection::WrongProof));
    assert_eq!(token(ROOT, "", "x"), no(Rejection::MalformedProof));
    assert_eq!(verify_at(NOW, ROOT, "", &[]), no(Rejection::MissingProof));
    let two = [(JWT, &*other), (JWT, &*other)];
    assert_eq!(
        verify_at(NOW, ROOT, "", &two),
        no(Rejection::MalformedProof)
    );
}

/// A token that somebody else made with the same key has another issuer, and one without an end is for ever.
#[test]
fn a_token_says_who_made_it_and_until_when() {
    use crate::wire::proof::Mac;
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    let made = |claims: serde_json::Value| {
        let claims = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
        let signed = format!("{HS256}.{claims}");
        let code = Mac::new(Hash::Sha256, golden::KEY.as_bytes()).sign(&[signed.as_bytes()]);
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(code))
    };
    let url_hash = "0f115db062b7c0dd030b16878c99dea5c354b49dc37b38eb8846179c7783e9d7";
    let claims =
        serde_json::json!({"iss": "MessageBird", "nbf": NOW, "exp": NOW, "url_hash": url_hash});
    assert_eq!(
        token(ROOT, "", &made(claims.clone())),
        Authenticity::Genuine
    );
    for name in ["iss", "nbf", "exp", "url_hash"] {
        let mut other = claims.clone();
        other.as_object_mut().unwrap().remove(name);
        assert_eq!(
            token(ROOT, "", &made(other)),
            no(Rejection::MalformedProof),
            "{name}"
        );
    }
    let mut other = claims;
    other["iss"] = "Bird".into();
    assert_eq!(token(ROOT, "", &made(other)), no(Rejection::MalformedProof));
}

const QUERY: &str = "https://example.com/?recipient=31612345678&reference=FOO&statusDatetime=2019-01-11T09:17:11+00:00&id=eef0ab57a9e049be946f3821568c2b2e&status=delivered&mccmnc=20408&ported=1";

#[test]
fn the_old_signature_binds_the_time_the_query_and_the_body() {
    let verify = |now, url: &str, body, code| {
        verify_at(now, url, body, &[(OLD, code), (TIME, "1547198231")])
    };
    let now = 1_547_198_231;
    let without = "KVBdcVdz2lYMwcBLZCRITgxUfA/WkwSi+T3Wxl2HL6w=";
    let with = "2bl+38H4oHVg03pC3bk2LvCB0IHFgfC4cL5HPQ0LdmI=";
    assert_eq!(verify(now, QUERY, "", without), Authenticity::Genuine);
    assert_eq!(
        verify(now, &QUERY.replace("+00:00", "%2B00%3A00"), "", without),
        Authenticity::Genuine
    );
    assert_eq!(
        verify(now, QUERY, r#"{"foo":"bar"}"#, with),
        Authenticity::Genuine
    );
    assert_eq!(verify(now, QUERY, "", with), no(Rejection::WrongProof));
    assert_eq!(
        verify(now, &QUERY.replace("FOO", "BAR"), "", without),
        no(Rejection::WrongProof)
    );
    assert_eq!(verify(now + 99, QUERY, "", without), Authenticity::Genuine);
    assert_eq!(verify(now + 100, QUERY, "", without), no(Rejection::Stale));
    let no_time = verify_at(now, QUERY, "", &[(OLD, without)]);
    assert_eq!(no_time, no(Rejection::MissingProof));
}
