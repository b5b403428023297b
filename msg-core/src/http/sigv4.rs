//! AWS Signature Version 4: what the request is, reduced to one text, and that text signed with a key of the day.
//!
//! Provider documentation: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
//! Pure: the time is given, nothing is sent. [`Signer`] signs requests as they are sent; [`sign`] takes what is signed apart
//! from its request.
//!
//! A signing scheme, as HMAC is one: several services of one cloud and their lookalikes take it, for models and for
//! channels (ADR 13).

use crate::digest::Digest;
use crate::error::Error;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::{Request, Uri};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

/// The block of SHA-256, in bytes (RFC 2104 needs it).
const BLOCK: usize = 64;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The header that tells the digest of the body, or that it is not signed; S3 wants it.
const CONTENT_DIGEST: &str = "x-amz-content-sha256";

const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const AMZ_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Headers that hops change, and the signature itself (`SIGNED_HEADERS_BLACKLIST` of botocore, 2026).
const UNSIGNED: [&str; 12] = [
    "authorization",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// Who signs.
#[derive(Clone)]
#[non_exhaustive]
pub struct Credentials {
    /// The id of the key; it travels in the clear.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: SecretString,
    /// The token of a session, for keys that end.
    pub session_token: Option<SecretString>,
}

impl Credentials {
    /// A key without a session.
    pub fn new(
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<SecretString>,
    ) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
            session_token: None,
        }
    }

    /// Sets the token of the session.
    #[must_use]
    pub fn with_session_token(mut self, token: impl Into<SecretString>) -> Self {
        self.session_token = Some(token.into());
        self
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// What is signed. The headers must hold `host` and `x-amz-date`, and `x-amz-security-token` where the service wants it signed.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Signable<'a> {
    /// Such as `POST`.
    pub method: &'a str,
    /// The path as it stands in the request line, encoded once (S3: and kept as it is; others: brought into normal form).
    pub path: &'a str,
    /// The query as it stands in the request line, without `?`.
    pub query: &'a str,
    /// Name and value, in any case and order.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Signable<'a> {
    /// A request.
    #[must_use]
    pub const fn new(
        method: &'a str,
        path: &'a str,
        query: &'a str,
        headers: &'a [(&'a str, &'a str)],
        body: &'a [u8],
    ) -> Self {
        Self {
            method,
            path,
            query,
            headers,
            body,
        }
    }
}

impl fmt::Debug for Signable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signable")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// Where and when a signature is good.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Scope<'a> {
    /// The time as in `x-amz-date`: `20150830T123600Z`.
    pub date: &'a str,
    /// Such as `us-east-1`.
    pub region: &'a str,
    /// Such as `bedrock`.
    pub service: &'a str,
}

impl<'a> Scope<'a> {
    /// A scope.
    #[must_use]
    pub const fn new(date: &'a str, region: &'a str, service: &'a str) -> Self {
        Self {
            date,
            region,
            service,
        }
    }

    fn day(&self) -> &'a str {
        self.date.split_once('T').map_or(self.date, |(day, _)| day)
    }
}

/// A signature and the two texts that lead to it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signed {
    /// The request reduced to one text.
    pub canonical_request: String,
    /// What the key signs.
    pub string_to_sign: String,
    /// The value of the `authorization` header.
    pub authorization: String,
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed").finish_non_exhaustive()
    }
}

/// Signs requests of one account to one service of one region.
///
/// The key of a day is derived once a day. `Debug` shows the region and the service.
///
/// ```
/// use msg_core::http::sigv4::{Credentials, Signer};
/// use msg_core::Timestamp;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
/// let signer = Signer::new(credentials, "us-east-1", "service")?;
/// let mut request = http::Request::get("https://example.amazonaws.com/").body(bytes::Bytes::new())?;
/// signer.seal(&mut request, Timestamp::from_second(1_440_938_160)?)?;
/// assert_eq!(request.headers()["x-amz-date"], "20150830T123600Z");
/// # Ok(())
/// # }
/// ```
pub struct Signer {
    credentials: Credentials,
    region: String,
    service: &'static str,
    token: Option<HeaderValue>,
    /// The last day and its key.
    key: Mutex<Option<Arc<DayKey>>>,
}

struct DayKey {
    day: String,
    key: Zeroizing<[u8; 32]>,
}

impl Signer {
    /// A signer for `service` in `region`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when the session's token cannot be sent, or the id of the key or the
    /// region is empty or has what ends a field of the signature.
    pub fn new(
        credentials: Credentials,
        region: impl Into<String>,
        service: &'static str,
    ) -> Result<Self, Error> {
        let region = region.into();
        let word = |text: &str| {
            let fits = |byte: u8| byte.is_ascii_graphic() && !b",/=".contains(&byte);
            !text.is_empty() && text.bytes().all(fits)
        };
        if !word(&credentials.access_key_id) || !word(&region) {
            return Err(Error::invalid(
                "want the id of a key and a region, each one word",
            ));
        }
        let token = credentials.session_token.as_ref();
        let token = token
            .map(|token| hidden(token.expose_secret()))
            .transpose()?;
        Ok(Self {
            credentials,
            region,
            service,
            token,
            key: Mutex::new(None),
        })
    }

    /// Adds the headers that prove who asks: the date, the session's token, the signature. Everything that the request
    /// has by then is signed: its method, address, headers and body.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for an address without a host or a header that is not ASCII.
    pub fn seal(&self, request: &mut Request<Bytes>, now: Timestamp) -> Result<(), Error> {
        let date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let stamp =
            HeaderValue::try_from(&date).map_err(|_| Error::invalid("the clock shows no date"))?;
        request.headers_mut().insert(AMZ_DATE, stamp);
        if let Some(token) = &self.token {
            request.headers_mut().insert(AMZ_TOKEN, token.clone());
        }
        let uri = request.uri();
        let host = host(uri).ok_or_else(|| Error::invalid("the address has no host"))?;
        let mut headers = Vec::with_capacity(request.headers().len() + 1);
        headers.push(("host", host));
        for (name, value) in request.headers() {
            let value = value
                .to_str()
                .map_err(|_| Error::invalid("a header that is not ascii cannot be signed"))?;
            headers.push((name.as_str(), value));
        }
        let signable = Signable::new(
            request.method().as_str(),
            uri.path(),
            uri.query().unwrap_or_default(),
            &headers,
            request.body(),
        );
        let scope = Scope::new(&date, &self.region, self.service);
        let id = &self.credentials.access_key_id;
        let key = self.key_of(&scope);
        let signed = sign_with(&key.key[..], &signable, &scope, id);
        let authorization = hidden(&signed.authorization)?;
        request.headers_mut().insert(AUTHORIZATION, authorization);
        Ok(())
    }

    /// The key of the day, derived when another day begins.
    fn key_of(&self, scope: &Scope<'_>) -> Arc<DayKey> {
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(key) if key.day == scope.day() => Arc::clone(key),
            _ => {
                let key = Arc::new(DayKey {
                    day: scope.day().to_owned(),
                    key: Zeroizing::new(day_key(scope, &self.credentials)),
                });
                *kept = Some(Arc::clone(&key));
                key
            }
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("region", &self.region)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// A header's value that never prints.
fn hidden(text: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| Error::invalid("a key has only visible ascii characters"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The host as clients send it: without the port that its scheme has anyway.
fn host(uri: &Uri) -> Option<&str> {
    let authority = uri.authority()?;
    match (uri.scheme_str(), authority.port_u16()) {
        (Some("https"), Some(443)) | (Some("http"), Some(80)) => Some(authority.host()),
        _ => Some(authority.as_str()),
    }
}

/// Signs a request.
#[must_use]
pub fn sign(request: &Signable<'_>, scope: &Scope<'_>, credentials: &Credentials) -> Signed {
    let key = day_key(scope, credentials);
    sign_with(&key, request, scope, &credentials.access_key_id)
}

/// The key of one day, region and service.
fn day_key(scope: &Scope<'_>, credentials: &Credentials) -> [u8; 32] {
    let secret = credentials.secret_access_key.expose_secret();
    let mut key = hmac(format!("AWS4{secret}").as_bytes(), scope.day().as_bytes());
    for part in [scope.region, scope.service, "aws4_request"] {
        key = hmac(&key, part.as_bytes());
    }
    key
}

fn sign_with(key: &[u8], request: &Signable<'_>, scope: &Scope<'_>, id: &str) -> Signed {
    let (canonical_request, names) = canonical(request, scope.service);
    let range = format!(
        "{}/{}/{}/aws4_request",
        scope.day(),
        scope.region,
        scope.service
    );
    let digest = Digest::of(canonical_request.as_bytes());
    let string_to_sign = format!("{ALGORITHM}\n{}\n{range}\n{digest}", scope.date);
    let signature = Digest::from_bytes(hmac(key, string_to_sign.as_bytes()));
    let authorization = format!(
        "{ALGORITHM} Credential={id}/{range}, SignedHeaders={names}, Signature={signature}"
    );
    Signed {
        canonical_request,
        string_to_sign,
        authorization,
    }
}

/// The request as one text, and the names of its headers.
fn canonical(request: &Signable<'_>, service: &str) -> (String, String) {
    let headers = headers(request.headers);
    let path = if service.starts_with("s3") {
        // S3 has keys such as `a//b` and `a/./b`, so it signs the path as it is sent (and its kin: `s3-outposts`, `s3express`).
        kept(request.path)
    } else {
        path(request.path)
    };
    let mut text = format!("{}\n{path}\n{}\n", request.method, query(request.query));
    for (name, value) in &headers {
        text.push_str(name);
        text.push(':');
        text.push_str(value);
        text.push('\n');
    }
    text.push('\n');
    let names = headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect::<Vec<_>>()
        .join(";");
    text.push_str(&names);
    text.push('\n');
    match headers.iter().find(|(name, _)| name == CONTENT_DIGEST) {
        Some((_, told)) => text.push_str(told),
        None => Digest::of(request.body).push_to(&mut text),
    }
    (text, names)
}

/// The headers that are signed: names small and in order, whitespace one space, those of one name joined in the order in which
/// they stand.
fn headers(all: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::with_capacity(all.len());
    for (name, value) in all {
        let name = name.trim().to_ascii_lowercase();
        if UNSIGNED.contains(&name.as_str()) {
            continue;
        }
        let value = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        match headers.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => {
                values.push(',');
                values.push_str(&value);
            }
            None => headers.push((name, value)),
        }
    }
    headers.sort();
    headers
}

/// The path without empty, `.` and `..` parts, each part encoded once more, as every service but S3 wants it.
fn path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let mut text = String::with_capacity(path.len() + 8);
    for part in &parts {
        text.push('/');
        text.push_str(&encoded(part));
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    if text.is_empty() || matches!(last, "" | "." | "..") {
        text.push('/');
    }
    text
}

/// The path with every part encoded once, whether it was or not.
fn kept(path: &str) -> String {
    if path.is_empty() {
        return "/".to_owned();
    }
    let parts: Vec<String> = path.split('/').map(|part| encode(&decoded(part))).collect();
    parts.join("/")
}

/// The parameters in order of their bytes, encoded; what is encoded already stays. `+` is a space, as clients of AWS read it;
/// a signature is not part of what it signs.
fn query(query: &str) -> String {
    let part = |text: &str| encode(&decoded(&text.replace('+', " ")));
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (part(name), part(value)))
        .filter(|(name, _)| name != "X-Amz-Signature")
        .collect();
    pairs.sort();
    let mut text = String::with_capacity(query.len());
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(&name);
        text.push('=');
        text.push_str(&value);
    }
    text
}

fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        let code = match (first, behind) {
            (b'%', [high, low, ..]) => digit(high)
                .zip(digit(low))
                .and_then(|(high, low)| u8::try_from(high * 16 + low).ok()),
            _ => None,
        };
        bytes.push(code.unwrap_or(*first));
        rest = match code {
            Some(_) => behind.get(2..).unwrap_or_default(),
            None => behind,
        };
    }
    bytes
}

/// Everything but the unreserved characters of RFC 3986 as `%XX`: one part of a path, as these services want it.
#[must_use]
pub fn encoded(text: &str) -> String {
    encode(text.as_bytes())
}

fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 8);
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            out.push(char::from(*byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// HMAC-SHA256 (RFC 2104).
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = [0; BLOCK];
    let short: [u8; 32];
    let key = if key.len() > BLOCK {
        short = Sha256::digest(key).into();
        &short[..]
    } else {
        key
    };
    for (place, byte) in block.iter_mut().zip(key) {
        *place = *byte;
    }
    let padded = |with: u8| block.map(|byte| byte ^ with);
    let mut inner = Sha256::new();
    inner.update(padded(0x36));
    inner.update(text);
    let mut outer = Sha256::new();
    outer.update(padded(0x5c));
    outer.update(inner.finalize());
    outer.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 4231, test cases 2 and 6.
    #[test]
    fn published_macs() {
        assert_eq!(
            Digest::from_bytes(hmac(b"Jefe", b"what do ya want for nothing?")).to_string(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            Digest::from_bytes(hmac(
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            ))
            .to_string(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    fn credentials() -> Credentials {
        Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
        )
    }

    /// `get-vanilla` of the AWS test suite for this version.
    #[test]
    fn a_published_request() {
        let headers = [
            ("Host", "example.amazonaws.com"),
            ("X-Amz-Date", "20150830T123600Z"),
        ];
        let signed = sign(
            &Signable::new("GET", "/", "", &headers, b""),
            &Scope::new("20150830T123600Z", "us-east-1", "service"),
            &credentials(),
        );
        assert!(signed.string_to_sign.starts_with(
            "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\nbb579772317eb040ac9ed261061d"
        ));
        assert!(signed.authorization.ends_with(
            "SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ), "{}", signed.authorization);
        assert!(!format!("{signed:?} {:?}", credentials()).contains("AKID"));
    }

    /// A path, a query, further headers and the signature, each a request of the AWS test suite for this version.
    type Published = (
        &'static str,
        &'static str,
        &'static [(&'static str, &'static str)],
        &'static str,
    );

    const PUBLISHED: [Published; 8] = [
        // get-header-key-duplicate
        (
            "/",
            "",
            &[
                ("My-Header1", "value2"),
                ("My-Header1", "value2"),
                ("My-Header1", "value1"),
            ],
            "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
        ),
        // get-header-value-trim
        (
            "/",
            "",
            &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        ),
        // get-utf8
        (
            "/\u{1234}",
            "",
            &[],
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
        ),
        // get-vanilla-query-order-value
        (
            "/",
            "Param1=value2&Param1=value1",
            &[],
            "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694",
        ),
        // get-vanilla-utf8-query
        (
            "/",
            "\u{1234}=bar",
            &[],
            "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
        ),
        // get-slashes
        (
            "//example//",
            "",
            &[],
            "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
        ),
        // get-space
        (
            "/example space/",
            "",
            &[],
            "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
        ),
        // get-vanilla-with-session-token
        (
            "/",
            "",
            &[(
                "X-Amz-Security-Token",
                "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
            )],
            "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
        ),
    ];

    #[test]
    fn published_signatures() {
        for (path, query, more, signature) in PUBLISHED {
            let mut headers = vec![("Host", "example.amazonaws.com")];
            headers.extend_from_slice(more);
            headers.push(("X-Amz-Date", "20150830T123600Z"));
            let request = Signable::new("GET", path, query, &headers, b"");
            let scope = Scope::new("20150830T123600Z", "us-east-1", "service");
            let signed = sign(&request, &scope, &credentials());
            assert!(
                signed.authorization.ends_with(signature),
                "{path} {query} {more:?}"
            );
        }
    }

    #[test]
    fn paths_and_queries() {
        for (given, expected) in [
            ("/./", "/"),
            ("//a/../b/./c/", "/b/c/"),
            ("/a/b/..", "/a/"),
            ("/a/../..", "/"),
            ("/./a", "/a"),
            ("//a//", "/a/"),
            ("/a b/\u{1234}", "/a%20b/%E1%88%B4"),
            ("/model/a%3A0/converse", "/model/a%253A0/converse"),
            ("", "/"),
        ] {
            assert_eq!(path(given), expected, "{given}");
        }
        for (given, expected) in [
            ("b=2&a=%20x&a=&c", "a=&a=%20x&b=2&c="),
            ("a=100%", "a=100%25"),
            (
                "Param-3=3&Param=2&%E1%88%B4=1&\u{1234}=0",
                "%E1%88%B4=0&%E1%88%B4=1&Param=2&Param-3=3",
            ),
            ("a=b+c&d=b%2Bc&e=x=y", "a=b%20c&d=b%2Bc&e=x%3Dy"),
            ("X-Amz-Signature=abc&a=%ff", "a=%FF"),
        ] {
            assert_eq!(query(given), expected, "{given}");
        }
    }

    #[test]
    fn s3_signs_the_path_as_it_is_sent_and_the_digest_that_is_told() {
        let headers = [("host", "h"), ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")];
        let signed = |service| {
            let request = Signable::new("PUT", "/a//./b%20c/\u{e9}+", "", &headers, b"body");
            sign(
                &request,
                &Scope::new("20150830T123600Z", "r", service),
                &credentials(),
            )
        };
        let s3 = signed("s3").canonical_request;
        assert!(s3.starts_with("PUT\n/a//./b%20c/%C3%A9%2B\n\n"), "{s3}");
        assert!(
            s3.ends_with("\nhost;x-amz-content-sha256\nUNSIGNED-PAYLOAD"),
            "{s3}"
        );
        let other = signed("ses").canonical_request;
        assert!(
            other.starts_with("PUT\n/a/b%2520c/%C3%A9%2B\n\n"),
            "{other}"
        );
    }

    /// `get-header-key-duplicate`, `get-header-value-trim` and others of the AWS test suite.
    #[test]
    fn headers_are_brought_into_one_form() {
        let given = [
            ("My-Header1", "value2"),
            ("User-Agent", "changes on the way"),
            ("host", "h"),
            ("MY-header1 ", " \"a   b\t c\" "),
            ("Authorization", "old"),
            ("my-header1", "value1"),
        ];
        let expected = [("host", "h"), ("my-header1", "value2,\"a b c\",value1")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(headers(&given), expected);
    }

    fn sealed(signer: &Signer, at: &str) -> String {
        let mut request = Request::get("https://example.amazonaws.com:443/")
            .body(Bytes::new())
            .unwrap();
        signer.seal(&mut request, at.parse().unwrap()).unwrap();
        assert!(!format!("{request:?}").contains("Signature"));
        let authorization = request.headers()[AUTHORIZATION].to_str().unwrap();
        authorization.to_owned()
    }

    /// `get-vanilla` again, and a key that is kept over a day and not into the next.
    #[test]
    fn a_signer_signs_as_the_scheme_says_on_every_day() {
        let signer = Signer::new(credentials(), "us-east-1", "service").unwrap();
        let first = sealed(&signer, "2015-08-30T12:36:00Z");
        assert!(first.ends_with("SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"), "{first}");
        let key = |signer: &Signer| signer.key.lock().unwrap().clone().unwrap();
        let kept = key(&signer);
        sealed(&signer, "2015-08-30T23:59:59Z");
        assert!(Arc::ptr_eq(&kept, &key(&signer)));
        let next = sealed(&signer, "2015-08-31T00:00:00Z");
        assert!(!Arc::ptr_eq(&kept, &key(&signer)));
        let fresh = Signer::new(credentials(), "us-east-1", "service").unwrap();
        assert_eq!(next, sealed(&fresh, "2015-08-31T00:00:00Z"));
        assert_eq!(first, sealed(&signer, "2015-08-30T12:36:00Z"));
        assert!(!format!("{signer:?}").contains("AKID"));
    }

    #[test]
    fn a_session_is_signed_and_what_cannot_be_sent_is_refused() {
        let key = credentials().with_session_token("canary".to_owned());
        let signer = Signer::new(key, "us-east-1", "service").unwrap();
        assert!(
            sealed(&signer, "2015-08-30T12:36:00Z")
                .contains("SignedHeaders=host;x-amz-date;x-amz-security-token, ")
        );
        let bad = credentials().with_session_token("a\nb".to_owned());
        assert!(Signer::new(bad, "r", "s").is_err());
        assert!(Signer::new(Credentials::new("a b", "k".to_owned()), "r", "s").is_err());
        assert!(Signer::new(credentials(), "r/s", "s").is_err());
        let mut nowhere = Request::get("/").body(Bytes::new()).unwrap();
        assert!(signer.seal(&mut nowhere, Timestamp::UNIX_EPOCH).is_err());
    }

    #[test]
    fn the_host_is_signed_as_it_is_sent() {
        for (uri, expected) in [
            ("https://h/", "h"),
            ("https://h:443/", "h"),
            ("https://h:80/", "h:80"),
            ("http://h:80/", "h"),
            ("http://[::1]:8080/", "[::1]:8080"),
        ] {
            assert_eq!(host(&uri.parse().unwrap()), Some(expected), "{uri}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_signed_without_panic(text in "\\PC{0,20}", value in "\\PC{0,20}", body in prop::collection::vec(any::<u8>(), 0..20)) {
            let headers = [("host", value.as_str())];
            let signed = sign(&Signable::new(&text, &text, &value, &headers, &body), &Scope::new(&text, "r", "s"), &credentials());
            prop_assert!(signed.authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
        }
    }
}
