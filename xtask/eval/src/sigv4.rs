//! `sigv4`: a request, signed.

use msg_core::http::sigv4::{Credentials, Scope, Signable, sign};
use serde_json::Value;

use crate::kind::Answer;
use crate::line;

const TOKEN: &str = "x-amz-security-token";

/// A case has the `request` as it stands on the wire, `credentials`, `region`, `service` and `date`.
pub(crate) fn answer(case: &Value) -> Result<Answer, String> {
    let request = Raw::read(line::text(case, "request")?)?;
    let given = case.get("credentials").ok_or("`credentials` are missing")?;
    let token = ["session_token", "token", "security_token"]
        .iter()
        .find_map(|name| {
            line::text(given, name)
                .or_else(|_| line::text(case, name))
                .ok()
        })
        .filter(|token| !token.is_empty());
    let mut credentials = Credentials::new(
        line::text(given, "access_key_id")?,
        line::text(given, "secret_access_key")?.to_owned(),
    );
    let date = line::text(case, "date")?;
    let mut headers: Vec<(&str, &str)> = request
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let has = |headers: &[(&str, &str)], wanted: &str| {
        headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    if !has(&headers, "x-amz-date") && !has(&headers, "date") {
        headers.push(("x-amz-date", date));
    }
    if let Some(token) = token {
        credentials = credentials.with_session_token(token.to_owned());
        if !has(&headers, TOKEN) {
            headers.push((TOKEN, token));
        }
    }
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((request.target, ""));
    let signable = Signable::new(
        request.method,
        path,
        query,
        &headers,
        request.body.as_bytes(),
    );
    let scope = Scope::new(
        date,
        line::text(case, "region")?,
        line::text(case, "service")?,
    );
    let signed = sign(&signable, &scope, &credentials);
    Ok(Answer::from_iter([
        (
            "canonical_request".to_owned(),
            signed.canonical_request.into(),
        ),
        ("string_to_sign".to_owned(), signed.string_to_sign.into()),
        ("authorization".to_owned(), signed.authorization.into()),
    ]))
}

/// A request as text: request line, headers, a blank line, the body.
struct Raw<'a> {
    method: &'a str,
    target: &'a str,
    headers: Vec<(&'a str, String)>,
    body: &'a str,
}

impl<'a> Raw<'a> {
    fn read(text: &'a str) -> Result<Self, String> {
        let (first, mut rest) = cut(text);
        // A target may have spaces that are not encoded.
        let (method, target) = first.split_once(' ').ok_or("the request has no target")?;
        let target = target
            .rsplit_once(" HTTP/")
            .map_or(target, |(target, _)| target);
        let mut headers: Vec<(&str, String)> = Vec::new();
        while !rest.is_empty() {
            let (line, behind) = cut(rest);
            rest = behind;
            if line.is_empty() {
                break;
            }
            if line.starts_with([' ', '\t']) {
                let (_, value) = headers.last_mut().ok_or("a folded line without a header")?;
                value.push(' ');
                value.push_str(line.trim());
                continue;
            }
            let (name, value) = line.split_once(':').ok_or("a header has no colon")?;
            headers.push((name, value.to_owned()));
        }
        Ok(Self {
            method,
            target,
            headers,
            body: rest,
        })
    }
}

/// The first line, and what is behind it.
fn cut(text: &str) -> (&str, &str) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    (line.strip_suffix('\r').unwrap_or(line), rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn case(request: &str, token: Option<&str>) -> Answer {
        answer(&json!({"request": request, "region": "us-east-1", "service": "service", "date": "20150830T123600Z",
            "credentials": {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "token": token}}))
        .unwrap()
    }

    #[test]
    fn a_request_is_read_as_it_stands_on_the_wire() {
        let answer = case(
            "POST /a b?x=1 HTTP/1.1\r\nHost:example.amazonaws.com\r\nMy-Header1:value1\r\n  value2\r\nX-Amz-Date:20150830T123600Z\r\n\r\nParam1=value1",
            Some("token"),
        );
        assert_eq!(
            answer["canonical_request"],
            "POST\n/a%20b\nx=1\nhost:example.amazonaws.com\nmy-header1:value1 value2\nx-amz-date:20150830T123600Z\nx-amz-security-token:token\n\nhost;my-header1;x-amz-date;x-amz-security-token\n9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"
        );
    }

    /// `get-vanilla` of the AWS test suite.
    #[test]
    fn a_published_signature() {
        let answer = case(
            "GET / HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z",
            None,
        );
        assert!(answer["authorization"].as_str().unwrap().ends_with(
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ));
        assert!(
            super::answer(&json!({"request": "GET / HTTP/1.1\nno colon", "credentials": {}}))
                .is_err()
        );
    }
}
