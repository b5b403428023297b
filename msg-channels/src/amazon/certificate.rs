//! The certificates whose keys sign what topics post, and signatures made by them.

use super::topic::service_url;
use jiff::Timestamp;
use jiff::civil::DateTime;
use msg_core::http::{HttpLimits, HttpTransport};
use msg_core::{Error, ErrorKind};
use ring::signature::{self, RsaParameters, UnparsedPublicKey};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::wire::proof::base64;

/// How many certificates are kept: one a region is in use, and Amazon has about forty.
const MOST: usize = 64;

/// The largest certificate, in bytes: they have about 2,000.
const MOST_BYTES: usize = 64 << 10;

const FOREIGN: &str = "a certificate of amazon is at amazon's";

/// `rsaEncryption` (RFC 8017, A.1), 1.2.840.113549.1.1.1.
const RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// Certificates by the address that they were fetched from: a bounded cache that a wire and its host share. Clones are the
/// same cache.
///
/// What proves a certificate is where it came from: over TLS, from Amazon's own host. The file has no chain, so none is
/// built; its dates are checked whenever it is used.
#[derive(Clone, Default)]
pub struct Certificates(Arc<Mutex<Vec<Known>>>);

#[derive(Clone)]
struct Known {
    url: String,
    key: Arc<Key>,
}

/// A key and when it is good.
pub(super) struct Key {
    /// `RSAPublicKey` (RFC 8017, A.1.1).
    rsa: Vec<u8>,
    from: Timestamp,
    until: Timestamp,
}

/// The hash under a signature: `SignatureVersion` 1 and 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    Sha1,
    Sha256,
}

impl Key {
    pub(super) fn signed(&self, version: Version, text: &[u8], proof: &[u8]) -> bool {
        let how: &'static RsaParameters = match version {
            // What topics sign with unless told otherwise. Behind all that somebody else could choose in a text stands the
            // topic, so a collision between two topics' texts is none.
            Version::Sha1 => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Version::Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        };
        let key = UnparsedPublicKey::new(how, &self.rsa);
        key.verify(text, proof).is_ok()
    }
}

impl Certificates {
    /// No certificates yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the certificate that was fetched from `url`, as PEM. The oldest goes when there are too many.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] when the address is not one of Amazon's, the file is no certificate with an RSA key, or `now`
    /// is outside its dates.
    pub fn learn(&self, url: &str, pem: &[u8], now: Timestamp) -> Result<(), Error> {
        if !is_certificate_url(url) {
            return Err(Error::invalid(FOREIGN));
        }
        let text = std::str::from_utf8(pem).unwrap_or_default();
        let key = read(text).ok_or_else(|| Error::invalid("the file is no certificate"))?;
        if now < key.from || now > key.until {
            return Err(Error::invalid("the certificate is of another time"));
        }
        let known = Known {
            url: url.to_owned(),
            key: Arc::new(key),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| other.url != url);
        if all.len() >= MOST {
            all.remove(0);
        }
        all.push(known);
        drop(all);
        Ok(())
    }

    /// Fetches the certificate at this address and keeps it.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when it cannot be fetched, and as [`Certificates::learn`].
    pub async fn fetch(
        &self,
        url: &str,
        transport: &dyn HttpTransport,
        now: Timestamp,
    ) -> Result<(), Error> {
        if !is_certificate_url(url) {
            return Err(Error::invalid(FOREIGN));
        }
        let mut limits = HttpLimits::default();
        limits.body = MOST_BYTES;
        let failed = |what: &'static str| Error::new(ErrorKind::Unavailable, what);
        let answer = transport.fetch(url, &limits).await;
        let answer = answer.map_err(|_| failed("the certificate cannot be fetched"))?;
        if !answer.status().is_success() {
            return Err(failed("the certificate is not where the topic says"));
        }
        self.learn(url, answer.body(), now)
    }

    /// The key of a certificate that is known and of this time.
    pub(super) fn find(&self, url: &str, now: Timestamp) -> Option<Arc<Key>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.iter().find(|known| known.url == url)?;
        let good = known.key.from <= now && now <= known.key.until;
        good.then(|| Arc::clone(&known.key))
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        write!(f, "Certificates({})", all.len())
    }
}

/// Whether an address is one where Amazon keeps certificates: a `.pem` at the host of the service, without a query.
pub(super) fn is_certificate_url(url: &str) -> bool {
    service_url(url).is_some_and(|uri| {
        let ending = uri.path().rsplit('.').next();
        ending == Some("pem") && uri.query().is_none()
    })
}

/// The key in the first certificate of a PEM file (RFC 7468).
fn read(pem: &str) -> Option<Key> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (text, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let text: String = text.split_whitespace().collect();
    parse(&base64(&text).ok()?)
}

/// The key and the dates of a certificate (RFC 5280, 4.1).
fn parse(der: &[u8]) -> Option<Key> {
    let mut certificate = Der(Der(der).take(SEQUENCE)?);
    let mut tbs = Der(certificate.take(SEQUENCE)?);
    if tbs.0.first() == Some(&VERSION) {
        tbs.take(VERSION)?;
    }
    tbs.take(INTEGER)?; // The serial number.
    tbs.take(SEQUENCE)?; // How it is signed.
    tbs.take(SEQUENCE)?; // Who issued it.
    let mut dates = Der(tbs.take(SEQUENCE)?);
    let (from, until) = (dates.time()?, dates.time()?);
    tbs.take(SEQUENCE)?; // For whom.
    let mut key = Der(tbs.take(SEQUENCE)?);
    let mut algorithm = Der(key.take(SEQUENCE)?);
    if algorithm.take(OBJECT)? != RSA {
        return None;
    }
    let rsa = key.take(BITS)?.strip_prefix(&[0])?.to_vec();
    Some(Key { rsa, from, until })
}

const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OBJECT: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// DER (X.690, 8 and 10), one value after the other.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The contents of the next value, if it has this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, rest) = self.0.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        let mut length = usize::from(*first);
        if length >= 0x80 {
            // A length in this many bytes; what has more than two is no certificate that is fetched.
            let (bytes, behind) = rest.split_at_checked(length & 0x7f)?;
            if bytes.is_empty() || bytes.len() > 2 {
                return None;
            }
            let add = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
            length = bytes.iter().fold(0, add);
            rest = behind;
        }
        let (value, behind) = rest.split_at_checked(length)?;
        self.0 = behind;
        (*found == tag).then_some(value)
    }

    /// A time (RFC 5280, 4.1.2.5): two digits of a year are from 1950 on.
    fn time(&mut self) -> Option<Timestamp> {
        let tag = *self.0.first()?;
        let text = std::str::from_utf8(self.take(tag)?).ok()?;
        let text = match (tag, text.get(..2)) {
            (UTC_TIME, Some(year)) if year < "50" => format!("20{text}"),
            (UTC_TIME, Some(_)) => format!("19{text}"),
            (GENERALIZED_TIME, _) => text.to_owned(),
            _ => return None,
        };
        let at = DateTime::strptime("%Y%m%d%H%M%SZ", &text).ok()?;
        let at = at.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(at.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amazon::topic::tests::{CERTIFICATE, CERTIFICATE_URL, NOW};
    use proptest::prelude::*;

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    #[test]
    fn a_certificate_is_kept_for_its_time() {
        let all = Certificates::new();
        all.learn(CERTIFICATE_URL, CERTIFICATE, now()).unwrap();
        let key = all.find(CERTIFICATE_URL, now()).unwrap();
        assert_eq!(key.from, "2025-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(key.until, "2049-12-31T23:59:59Z".parse().unwrap());
        for other in ["2024-12-31T23:59:59Z", "2050-01-01T00:00:00Z"] {
            let other = other.parse().unwrap();
            assert!(all.find(CERTIFICATE_URL, other).is_none());
            assert!(all.learn(CERTIFICATE_URL, CERTIFICATE, other).is_err());
        }
        assert!(all.clone().find(CERTIFICATE_URL, now()).is_some());
        assert!(
            all.learn("https://example.org/x.pem", CERTIFICATE, now())
                .is_err()
        );
    }

    #[test]
    fn there_are_never_too_many() {
        let all = Certificates::new();
        let url = |at: usize| format!("https://sns.us-east-1.amazonaws.com/{at}.pem");
        for at in 0..MOST + 3 {
            all.learn(&url(at), CERTIFICATE, now()).unwrap();
        }
        assert!(all.find(&url(2), now()).is_none() && all.find(&url(3), now()).is_some());
        assert_eq!(format!("{all:?}"), format!("Certificates({MOST})"));
    }

    #[test]
    fn only_files_at_amazon_are_certificates() {
        for good in [
            CERTIFICATE_URL,
            "https://sns.cn-north-1.amazonaws.com.cn/a.pem",
            "https://sns.us-gov-west-1.amazonaws.com/a.pem",
        ] {
            assert!(is_certificate_url(good), "{good}");
        }
        for bad in [
            "http://sns.us-east-1.amazonaws.com/a.pem",
            "https://sns.us-east-1.amazonaws.com.evil.org/a.pem",
            "https://evil.org/sns.us-east-1.amazonaws.com/a.pem",
            "https://sns.us-east-1.amazonaws.com:8443/a.pem",
            "https://a@sns.us-east-1.amazonaws.com/a.pem",
            "https://sns.us-east-1.amazonaws.com@evil.org/a.pem",
            "https://sns.evil.org.amazonaws.com/a.pem",
            "https://snsxus-east-1.amazonaws.com/a.pem",
            "https://s3.us-east-1.amazonaws.com/a.pem",
            "https://sns.us-east-1.amazonaws.com/a",
            "https://sns.us-east-1.amazonaws.com/?a.pem",
            "https://sns.us-east-1.amazonaws.com/a.pem?x=1",
            "",
        ] {
            assert!(!is_certificate_url(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_not(bytes in prop::collection::vec(any::<u8>(), 0..80), at in 0..900_usize, byte: u8) {
            let _ = parse(&bytes);
            let text = std::str::from_utf8(CERTIFICATE).unwrap();
            let lines: String = text.lines().filter(|line| !line.starts_with('-')).collect();
            let mut der = base64(&lines).unwrap();
            prop_assert!(parse(&der).is_some());
            if let Some(place) = der.get_mut(at) {
                *place = byte;
            }
            let _ = parse(&der);
        }
    }
}
