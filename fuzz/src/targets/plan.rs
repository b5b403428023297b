//! The planner: total and deterministic, every text within its limit, every number an answer.

use msg_core::capability::{Capabilities, Field, Limit, Unit, profile};
use msg_core::message::{Content, Markup, PartBody};
use msg_core::plan::{PlanInput, plan};

use crate::trial;

pub(super) const DICTIONARY: &[&[u8]] = &[
    b"\"text\"",
    b"\"card\"",
    b"\"carousel\"",
    b"\"choice\"",
    b"\"mixed\"",
    b"\"list\"",
    b"\"poll\"",
    b"\"actions\"",
    b"\"label\"",
    b"\"title\"",
    b"\"blocks\"",
    b"{\"quote\":[]}",
    b"{\"heading\":{\"level\":1,\"text\":[]}}",
    b"{\"bold\":[{\"text\":\"b\"}]}",
    b"{\"code\":{\"text\":\"x\"}}",
    b"{\"link\":{\"url\":\"https://a.example/long/path\",\"text\":[{\"text\":\"here\"}]}}",
    b"https://shop.example/a?b=c ",
    b"*_~`<&>[](",
    b"1. ",
    b"\\n\\n",
    "👩‍👩‍👧".as_bytes(),
];

pub(super) const SEEDS: &[&[u8]] = &[
    br#"AA0{"text":{"blocks":[{"heading":{"level":1,"text":[{"text":"a"}]}},{"list":{"start":9,"items":[[{"paragraph":[{"text":"one"}]}]]}}]}}"#,
    br#"BA0{"mixed":[{"text":"a"},{"hologram":{"depth":3}},{"table":{"header":["a"],"rows":[["1"]]}}]}"#,
    b"CA0plain text, no JSON at all",
];

/// The first byte chooses the channel, the second a tighter limit of the text, the third the other lines; the rest is a
/// content as JSON, or else plain text.
pub(super) fn run(input: &[u8]) {
    let [channel, limit, lines, rest @ ..] = input else {
        return;
    };
    let caps = capabilities(*channel, *limit);
    let content: Content = serde_json::from_slice(rest)
        .unwrap_or_else(|_| Content::text(String::from_utf8_lossy(rest).into_owned()));
    let mut asked = PlanInput::new(&content);
    asked.footer = (lines & 1 != 0).then_some("Reply STOP to opt out");
    asked.disclosure = (lines & 2 != 0).then_some("Written by a machine");
    asked.fallback_text = (lines & 4 != 0).then_some("See https://shop.example/");
    asked.language = if lines & 8 != 0 { "ar" } else { "en" };
    let made = plan(&asked, &caps);
    assert_eq!(
        made,
        plan(&asked, &caps),
        "the same content is planned the same way"
    );
    let most = caps.limit(Field::Parts).items();
    assert!(made.parts.len() <= most, "more parts than there may be");
    assert!(
        !made.parts.is_empty() || !made.losses.is_empty(),
        "nothing is lost in silence"
    );
    for part in &made.parts {
        // Where the markup is HTML a limit counts what a reader sees of it.
        if let PartBody::Text(text) = part
            && !matches!(text.text.markup, Markup::Html | Markup::TelegramHtml)
        {
            assert!(
                caps.limit(Field::Text).fits(&text.text.text),
                "a text is too long"
            );
        }
    }
    for (at, action) in made.answers.numbered.iter().enumerate() {
        let answer = made.answers.resolve(&(at + 1).to_string());
        assert_eq!(
            answer.map(|answer| answer.action).as_ref(),
            Some(action),
            "a number is no answer"
        );
    }
    let kinds: Vec<_> = made.parts.iter().map(PartBody::tag).take(4).collect();
    let losses = made.losses.len().min(8);
    trial::note_all(&(
        content.tag(),
        kinds,
        losses,
        made.answers.numbered.len().min(4),
    ));
    trial::note_all(&(*channel, content.tag(), made.severity() as u8));
}

fn capabilities(channel: u8, limit: u8) -> Capabilities {
    let channels = profile::CHANNELS;
    let caps = usize::from(channel)
        .checked_rem(channels.len() + 1)
        .and_then(|at| channels.get(at))
        .map_or_else(Capabilities::text_only, profile::of);
    if limit < b'a' {
        return caps;
    }
    caps.with_limit(
        Field::Text,
        Limit::new(
            u32::from(limit - b'a') * 2 + 20,
            Unit::Utf16,
            "the fuzz target",
        ),
    )
}
