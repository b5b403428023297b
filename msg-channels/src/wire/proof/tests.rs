//! Published vectors, and what must not pass.

use super::*;
use http::{HeaderMap, HeaderValue, Method};

fn call(url: &str, headers: &[(&'static str, &str)], body: &'static str) -> WebhookRequest {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_str(value).unwrap());
    }
    WebhookRequest::new(Method::POST, url, map, body)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn hex_leads_back() {
    assert_eq!(to_hex(&[0, 0x1f, 0xff]), "001fff");
    assert_eq!(hex("001fFF"), Ok(vec![0, 0x1f, 0xff]));
    assert_eq!(to_base64(&[0, 0x1f, 0xff]), "AB//");
    // FIPS 180-2, B.1.
    let abc = to_hex(&sha256(b"abc"));
    assert!(abc.starts_with("ba7816bf") && abc.ends_with("f20015ad"));
}

/// RFC 2202, 3 (case 2) and RFC 4231, 4.3.
#[test]
fn codes_are_those_of_the_rfcs() {
    let codes = [
        (Hash::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (
            Hash::Sha256,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
    ];
    for (hash, code) in codes {
        let keys = Macs::of(vec![Mac::new(hash, b"other"), Mac::new(hash, b"Jefe")]);
        let pieces: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
        assert_eq!(keys.verify(&pieces, &hex(code).unwrap()), Ok(()));
        assert_eq!(
            keys.verify(&pieces[..1], &hex(code).unwrap()),
            Err(Rejection::WrongProof)
        );
        assert_eq!(
            Macs::default().verify(&pieces, &[]),
            Err(Rejection::WrongProof)
        );
    }
}

/// The vector of the specification's own libraries (channels facts, 3.2).
#[test]
fn a_standard_webhook_is_believed_in_its_time_only() {
    let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let secrets = StandardSecrets::new(&[secret]).unwrap();
    let good = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    let verify = |prefix: [&'static str; 3], signature: &str, body, now| {
        let [id, time, sign] = prefix;
        let headers = [
            (id, "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            (time, "1614265330"),
            (sign, signature),
        ];
        secrets.verify(&call("/", &headers, body), at(now))
    };
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let svix = ["svix-id", "svix-timestamp", "svix-signature"];
    let body = r#"{"test": 2432232314}"#;
    assert_eq!(verify(names, good, body, 1_614_265_330), Ok(()));
    assert_eq!(
        verify(svix, &format!("v2,x v1,AAAA {good}"), body, 1_614_265_600),
        Ok(())
    );
    assert_eq!(
        verify(names, good, body, 1_614_265_631),
        Err(Rejection::Stale)
    );
    assert_eq!(
        verify(names, good, body, 1_614_265_029),
        Err(Rejection::Stale)
    );
    assert_eq!(
        verify(names, good, "{}", 1_614_265_330),
        Err(Rejection::WrongProof)
    );
    assert_eq!(
        verify(names, "v2,x", body, 1_614_265_330),
        Err(Rejection::MalformedProof)
    );
    assert_eq!(
        secrets.verify(&call("/", &[], body), at(0)),
        Err(Rejection::MissingProof)
    );
}

/// RFC 8032, 7.1, test 2.
#[test]
fn an_ed25519_signature_is_believed() {
    let key = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                     085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
    let keys = PublicKeys(vec![PublicKey::ed25519_hex(key).unwrap()]);
    let signature = hex(signature).unwrap();
    assert_eq!(keys.verify(&[0x72], &signature), Ok(()));
    assert_eq!(keys.verify(&[0x73], &signature), Err(Rejection::WrongProof));
    assert!(PublicKey::ed25519_hex("3d40").is_err() && PublicKey::p256("AAAA").is_err());
}

/// A token made with the header `{"alg":"HS256","typ":"JWT"}`.
#[test]
fn a_token_must_be_signed_and_in_its_time() {
    let secret = SecretString::from("s");
    let make = |head: &str, claims: &str| {
        use base64::Engine as _;
        let encode = |bytes: &[u8]| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let signed = format!("{}.{}", encode(head.as_bytes()), encode(claims.as_bytes()));
        let code = Mac::new(Hash::Sha256, b"s").sign(&[signed.as_bytes()]);
        format!("{signed}.{}", encode(&code))
    };
    let verify = |token: &str, now| {
        verify_hmac_jwt(
            token,
            std::slice::from_ref(&secret),
            at(now),
            Duration::from_secs(5),
        )
    };
    let head = r#"{"alg":"HS256","typ":"JWT"}"#;
    let token = make(head, r#"{"nbf":100,"exp":160,"a":"b"}"#);
    assert_eq!(verify(&token, 130).unwrap().get("a").unwrap(), "b");
    assert!(verify(&token, 95).is_ok() && verify(&token, 165).is_ok());
    assert_eq!(verify(&token, 94), Err(Rejection::Stale));
    assert_eq!(verify(&token, 166), Err(Rejection::Stale));
    let other = verify_hmac_jwt(&token, &["t".into()], at(130), Duration::ZERO);
    assert_eq!(other, Err(Rejection::WrongProof));
    for bad in [
        make(r#"{"alg":"none"}"#, "{}"),
        make(r#"{"alg":"RS256"}"#, "{}"),
        "a.b".into(),
        "..".into(),
        "x".repeat(1 << 20),
    ] {
        assert_eq!(verify(&bad, 130), Err(Rejection::MalformedProof));
    }
}

#[test]
fn a_proof_stands_once() {
    let twice = call("/", &[("x-proof", "a"), ("x-proof", "a")], "");
    assert_eq!(header(&twice, "X-Proof"), Err(Rejection::MalformedProof));
    assert_eq!(
        header(&call("/", &[], ""), "x-proof"),
        Err(Rejection::MissingProof)
    );
}

#[test]
fn passwords_and_bearers_are_compared_whole() {
    let pairs = [SecretString::from("old:1"), SecretString::from("me:pa:ss")];
    let with = |value: &str| call("/", &[("authorization", value)], "");
    assert_eq!(basic(&pairs, &with("Basic bWU6cGE6c3M=")), Ok(()));
    assert_eq!(basic(&pairs, &with("basic b2xkOjE=")), Ok(()));
    assert_eq!(
        basic(&pairs, &with("Basic bWU6")),
        Err(Rejection::WrongProof)
    );
    assert_eq!(basic(&[], &with("Basic bWU6")), Err(Rejection::WrongProof));
    assert_eq!(
        basic(&pairs, &with("Bearer x")),
        Err(Rejection::MalformedProof)
    );
    assert_eq!(bearer(&with("Bearer x.y")), Ok("x.y"));
}

#[test]
fn the_public_url_is_what_the_provider_called() {
    let url = |public, given| public_url(public, &call(given, &[], "")).into_owned();
    assert_eq!(url(None, "https://a/b?c=d"), "https://a/b?c=d");
    let public = Some("https://public.example/hooks/");
    assert_eq!(
        url(public, "http://10.0.0.1:80/b?c=d"),
        "https://public.example/hooks/b?c=d"
    );
    assert_eq!(url(public, "/b"), "https://public.example/hooks/b");
    assert_eq!(
        url(public, "http://10.0.0.1"),
        "https://public.example/hooks"
    );
}

#[test]
fn queries_are_decoded() {
    let url = "https://a/b?hub.mode=subscribe&hub.challenge=1%2B1&x=+#f";
    assert_eq!(query_field(url, "hub.challenge").unwrap(), "1+1");
    assert_eq!(query_field(url, "x").unwrap(), " ");
    assert_eq!(query_field("https://a/b", "x"), None);
}

proptest::proptest! {
    #[test]
    fn nothing_that_comes_in_panics(text in ".{0,80}", seconds in ".{0,20}") {
        let _ = (hex(&text), base64(&text), PublicKey::p256(&text), PublicKey::ed25519_hex(&text));
        let _ = fresh(&seconds, Timestamp::UNIX_EPOCH, STANDARD_TOLERANCE);
        let _ = verify_hmac_jwt(&text, &[], Timestamp::UNIX_EPOCH, STANDARD_TOLERANCE);
        let _: Vec<_> = query(&text).collect();
    }
}
