//! Which addresses may become links.

use super::escape::is_space;
use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation as _;

/// The schemes that may become links.
const SCHEMES: [&str; 4] = ["https://", "http://", "mailto:", "tel:"];

/// An address that may become a link: `http`, `https`, `mailto` or `tel`, white space and what could end a link
/// percent-encoded. None for anything else, such as `javascript:` or a path.
#[must_use]
pub fn safe_link(url: &str) -> Option<Cow<'_, str>> {
    let url = url.trim();
    let known = SCHEMES.iter().any(|scheme| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && url.len() > scheme.len()
    });
    if !known || url.chars().any(char::is_control) {
        return None;
    }
    let unsafe_sign =
        |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\\' | '`' | '|');
    if url.contains(unsafe_sign) {
        return Some(percent_encode(url, unsafe_sign).into());
    }
    Some(Cow::Borrowed(url))
}

/// Percent-encodes the characters that `which` picks.
pub(super) fn percent_encode(url: &str, which: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(url.len() + 8);
    for character in url.chars() {
        if which(character) {
            let mut buffer = [0; 4];
            for byte in character.encode_utf8(&mut buffer).bytes() {
                out.push('%');
                for nibble in [byte >> 4, byte & 0x0F] {
                    out.extend(
                        char::from_digit(u32::from(nibble), 16).map(|c| c.to_ascii_uppercase()),
                    );
                }
            }
        } else {
            out.push(character);
        }
    }
    out
}

/// An address as a person reads it: without `mailto:` and `tel:`.
pub(super) fn shown(url: &str) -> &str {
    ["mailto:", "tel:"]
        .iter()
        .find_map(|scheme| {
            let start = url.get(..scheme.len())?;
            start
                .eq_ignore_ascii_case(scheme)
                .then(|| url.get(scheme.len()..))?
        })
        .unwrap_or(url)
}

/// Calls `each` with every run of a text, and whether it is a bare URL.
pub(super) fn runs<'t>(text: &'t str, mut each: impl FnMut(&'t str, bool)) {
    let mut start = 0;
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| rest.find("://")) {
        let sign = from + found;
        from = sign + 3;
        let Some(at) = text
            .get(..sign)
            .and_then(scheme_start)
            .filter(|at| *at >= start)
        else {
            continue;
        };
        let Some(len) = text.get(at..).and_then(url_len) else {
            continue;
        };
        if let Some(before) = text.get(start..at).filter(|before| !before.is_empty()) {
            each(before, false);
        }
        if let Some(url) = text.get(at..at + len) {
            each(url, true);
        }
        start = at + len;
        from = from.max(start);
    }
    if let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        each(rest, false);
    }
}

/// Where the bare URLs of a text are, in bytes.
pub(crate) fn url_spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut at = 0;
    if text.contains("://") {
        runs(text, |run, is_url| {
            if is_url {
                spans.push(at..at + run.len());
            }
            at += run.len();
        });
    }
    spans
}

/// Where `http` or `https` at the end of a text begins, when it is a word of its own.
fn scheme_start(text: &str) -> Option<usize> {
    let at = ["https", "http"].iter().find_map(|scheme| {
        let at = text.len().checked_sub(scheme.len())?;
        text.get(at..)?.eq_ignore_ascii_case(scheme).then_some(at)
    })?;
    let word = text
        .get(..at)?
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric);
    (!word).then_some(at)
}

/// The length of a bare URL at the start of `text`, without the punctuation that ends a sentence.
fn url_len(text: &str) -> Option<usize> {
    let scheme = ["https://", "http://"].iter().find(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })?;
    let ends = |c: char| is_space(c) || c.is_control() || matches!(c, '<' | '>' | '"');
    let end = text.find(ends).unwrap_or(text.len());
    let url = text
        .get(..end)?
        .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', '*', '_', '~', '`']);
    // A combining mark belongs to the grapheme before it.
    let len = text
        .grapheme_indices(true)
        .map(|(at, grapheme)| at + grapheme.len())
        .find(|end| *end >= url.len())?;
    (len > scheme.len()).then_some(len)
}

/// Whether an address is `https` on a host that is not private: what may be handed to a provider to fetch, or to a person.
///
/// It reads the text only; a public name may still resolve to a private address, which the transport has to refuse.
#[must_use]
pub fn is_public_https(url: &str) -> bool {
    let Some(rest) = url
        .get(..8)
        .filter(|scheme| scheme.eq_ignore_ascii_case("https://"))
        .and_then(|_| url.get(8..))
    else {
        return false;
    };
    if url
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Credentials in an address hide its host from a reader.
    if authority.contains('@') {
        return false;
    }
    let host = authority
        .strip_prefix('[')
        .and_then(|v6| v6.split_once(']'))
        .map_or_else(
            || authority.split(':').next().unwrap_or_default(),
            |(v6, _)| v6,
        );
    is_public_host(host)
}

fn is_public_host(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if let Ok(v6) = host.parse::<Ipv6Addr>() {
        return v6
            .to_ipv4_mapped()
            .map_or_else(|| is_public_v6(v6), is_public_v4);
    }
    if let Ok(v4) = host.parse::<Ipv4Addr>() {
        return is_public_v4(v4);
    }
    // Names for this machine and this network (RFC 6761, RFC 6762, RFC 8375, ICANN `internal`), names without a dot,
    // and numbers that some resolvers read as an address (`0x7f.1`, `2130706433`).
    let last = host.rsplit('.').next().unwrap_or_default();
    let private = matches!(
        last,
        "localhost" | "local" | "internal" | "lan" | "intranet" | "test" | "invalid" | "onion"
    ) || host.ends_with(".home.arpa")
        || !host.contains('.')
        || last.starts_with(|c: char| c.is_ascii_digit())
        || host.starts_with('.')
        || host.contains("..");
    !private
}

/// Not private, loopback, link-local, shared, benchmarking, documentation, reserved or multicast (IANA IPv4 special-purpose
/// address registry).
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

/// Global unicast only (`2000::/3`, IANA IPv6 address space), documentation and mapped ranges taken out.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    (0x2000..0x4000).contains(&first)
        && !(first == 0x2001 && second < 0x200)
        && !(first == 0x2001 && second == 0xDB8)
        && first != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_schemes_become_links() {
        for url in [
            "https://a.example/x",
            "HTTP://a.example",
            "mailto:a@b.example",
            "tel:+15550100",
        ] {
            assert_eq!(safe_link(url).as_deref(), Some(url));
        }
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "/path",
            "https://",
            "ftp://x.example",
            "",
            "https://a\u{0}b",
            " java\nscript:x",
        ] {
            assert_eq!(safe_link(url), None, "{url}");
        }
        assert_eq!(
            safe_link(" https://a.example/\"><b>|x y ").as_deref(),
            Some("https://a.example/%22%3E%3Cb%3E%7Cx%20y")
        );
    }

    #[test]
    fn private_hosts_are_seen() {
        for url in [
            "https://cdn.example/a.png",
            "https://93.184.215.14/",
            "https://[2606:4700::1111]:8443/x",
            "HTTPS://A.EXAMPLE?x",
        ] {
            assert!(is_public_https(url), "{url}");
        }
        for url in [
            "http://cdn.example/a.png",
            "https://localhost/x",
            "https://db.internal/x",
            "https://printer/x",
            "https://127.0.0.1/",
            "https://10.1.2.3:8443/",
            "https://169.254.169.254/latest",
            "https://100.64.0.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fd00::1]/",
            "https://[2001:db8::1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://user@cdn.example/",
            "https://cdn.example\\@10.0.0.1/",
            "https:///x",
            "https://",
            "ftp://cdn.example",
            "",
        ] {
            assert!(!is_public_https(url), "{url}");
        }
    }
}
