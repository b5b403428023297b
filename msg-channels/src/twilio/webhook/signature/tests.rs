//! The vectors of Twilio's own libraries (twilio-node 45d3d65, `spec/validation.spec.js`) and of its documents.

use super::*;
use http::{HeaderMap, Method};

const FORM: &str = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";

fn verify_with(public: Option<&str>, url: &str, body: &str, signature: &str) -> Proof {
    let tokens = ["another".into(), "12345".into()];
    let signatures = Signatures::new(&tokens, public.map(str::to_owned));
    let mut headers = HeaderMap::new();
    headers.insert(HEADER, signature.parse().unwrap());
    let body = body.to_owned();
    signatures.verify(&WebhookRequest::new(Method::POST, url, headers, body))
}

fn verify(url: &str, body: &str, signature: &str) -> Proof {
    verify_with(None, url, body, signature)
}

#[test]
fn what_twilio_signs_is_believed() {
    let ported = URL.replace(".com", ".com:1234");
    let plain = URL.replace("https", "http");
    let with_user = URL.replace("//", "//user:pass@");
    let named = URL.replace("//", "//user@");
    for (url, signature) in [
        (URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        // Without the port that stands there.
        (&ported, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (
            &ported.replace("https", "http"),
            "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
        ),
        // With the standard port that does not.
        (URL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (&plain, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (&with_user, "CukzLTc1tT5dXEDIHm/tKBanW10="),
        (&named, "2YRLlVAflCqxaNicjMpJcSTgzSs="),
        (&with_user, "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI="),
        (
            &format!("{URL}&Body=It's+amazing"),
            "TfZzewPq8wqrGlMfyAud8+/IvJ0=",
        ),
    ] {
        assert_eq!(verify(url, FORM, signature), Ok(()), "{url}");
        let other = verify(&format!("{url}&x=y"), FORM, signature);
        assert_eq!(other, Err(Rejection::WrongProof), "{url}");
    }
    let documented = "CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234&From=%2B12349013030&To=%2B18005551212";
    let signature = "3KI2uRuYyAdhZIJXcpU0izDUzWI=";
    assert_eq!(
        verify("https://mycompany.com/myapp", documented, signature),
        Ok(())
    );
}

#[test]
fn fields_that_come_twice_are_sorted_and_said_once() {
    let one = "MessagingBinding.Address=%2B1325xxxxxxx&MessagingBinding.Address=%2B1415xxxxxxx";
    let two = "MessagingBinding.Address=%2B1415xxxxxxx&MessagingBinding.Address=%2B1325xxxxxxx";
    for body in [one, two] {
        assert_eq!(verify(URL, body, "83O6e2vORAoJHUNzJjDWN1jz+BA="), Ok(()));
    }
    let body = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
    assert_eq!(verify(URL, body, "IK+Dwps556ElfBT0I3Rgjkr1wJU="), Ok(()));
}

#[test]
fn a_body_of_json_is_signed_by_its_hash() {
    let body = r#"{"property": "value", "boolean": true}"#;
    let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    let url = format!("{URL}&bodySHA256={hash}");
    let signature = "a9nBmqA0ju/hNViExpshrM61xv4=";
    assert_eq!(verify(&url, body, signature), Ok(()));
    assert_eq!(
        verify(&url, body.trim_start_matches('{'), signature),
        Err(Rejection::WrongProof)
    );
    assert_eq!(verify(&url, "", signature), Err(Rejection::WrongProof));
    let short = format!("https://mycompany.com/myapp.php?bodySHA256={hash}");
    assert_eq!(verify(&short, body, "y77kIzt2vzLz71DgmJGsen2scGs="), Ok(()));
    let empty = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let url = format!("{URL}&bodySHA256={empty}");
    assert_eq!(verify(&url, "{}", "Ldidvp12m26NI7eqEvxnEpkd9Hc="), Ok(()));
    // Without the hash a body that is no form is one field, so that nobody can bring another one.
    let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    assert_eq!(verify(URL, body, signature), Err(Rejection::WrongProof));
    let url = format!("{URL}&bodySHA256=xyz");
    assert_eq!(
        verify(&url, body, signature),
        Err(Rejection::MalformedProof)
    );
}

#[test]
fn what_a_proxy_changed_is_configured() {
    let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    let inside = "http://10.0.0.7:8080/myapp.php?foo=1&bar=2";
    let public = Some("https://mycompany.com");
    assert_eq!(verify_with(public, inside, FORM, signature), Ok(()));
    assert_eq!(verify(inside, FORM, signature), Err(Rejection::WrongProof));
}

#[test]
fn a_proof_is_there_once_and_well_formed() {
    assert_eq!(
        verify(URL, FORM, "WRONG_SIGNATURE"),
        Err(Rejection::MalformedProof)
    );
    assert_eq!(verify(URL, FORM, ""), Err(Rejection::WrongProof));
    let signatures = Signatures::new(&["12345".into()], None);
    let mut request = WebhookRequest::new(Method::POST, URL, HeaderMap::new(), FORM);
    assert_eq!(signatures.verify(&request), Err(Rejection::MissingProof));
    for _ in 0..2 {
        let value = "RSOYDt4T1cUTdK1PDd93/VVr8B8=".parse().unwrap();
        request.headers.append(HEADER, value);
    }
    assert_eq!(signatures.verify(&request), Err(Rejection::MalformedProof));
    request.headers.remove(HEADER);
    request
        .headers
        .insert(HEADER, "RSOYDt4T1cUTdK1PDd93/VVr8B8=".parse().unwrap());
    assert_eq!(signatures.verify(&request), Ok(()));
    let nobody = Signatures::new(&[], None);
    assert_eq!(nobody.verify(&request), Err(Rejection::WrongProof));
}

#[test]
fn urls_of_every_shape_have_readings() {
    for url in [
        "",
        "x",
        "https://",
        "https://[::1]:8080/a?b",
        "https://[::1]/a",
        "https://h?b=%zz'",
    ] {
        assert!(!readings(url).is_empty(), "{url}");
    }
    assert_eq!(
        readings("https://[::1]/a"),
        ["https://[::1]/a", "https://[::1]:443/a"]
    );
}
