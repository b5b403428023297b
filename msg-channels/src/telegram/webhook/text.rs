//! Text with its formatting.

use super::super::schema::Entity;
use msg_core::message::{Block, Inline, RichText};
use serde_json::Value;

/// Apps ignore formatting beyond this (python-telegram-bot, `MessageLimit.MESSAGE_ENTITIES`), and so do we.
const MAX_ENTITIES: usize = 100;

/// Text as a tree. Links that the text does not show, and styles, become pieces; what an app only found in the text
/// (a mention, a URL, a phone number) stays text.
pub(super) fn rich(text: &str, entities: &[Entity]) -> RichText {
    let mut spans: Vec<Span<'_>> = entities
        .iter()
        .take(MAX_ENTITIES)
        .filter_map(|entity| span(text, entity))
        .collect();
    if spans.is_empty() {
        return RichText::plain(text);
    }
    // The outer one of two that begin together comes first.
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut spans = spans.as_slice();
    RichText::new(vec![Block::Paragraph(pieces(
        text,
        0..text.len(),
        &mut spans,
    ))])
}

struct Span<'a> {
    start: usize,
    end: usize,
    style: Style<'a>,
}

#[derive(Clone, Copy)]
enum Style<'a> {
    Bold,
    Italic,
    Strike,
    Code,
    Link(&'a str),
}

/// Where an entity lies in bytes; none when it has no style of ours, is empty or cuts a character.
fn span<'a>(text: &str, entity: &'a Entity) -> Option<Span<'a>> {
    let style = match entity.r#type.as_str() {
        "bold" => Style::Bold,
        "italic" => Style::Italic,
        "strikethrough" => Style::Strike,
        "code" | "pre" => Style::Code,
        "text_link" => Style::Link(entity.url.as_deref()?),
        _ => return None,
    };
    let start = byte_at(text, entity.offset)?;
    let end = byte_at(text, entity.offset.checked_add(entity.length)?)?;
    (start < end).then_some(Span { start, end, style })
}

/// The byte at which UTF-16 unit `unit` begins, when a character begins there.
fn byte_at(text: &str, unit: usize) -> Option<usize> {
    let mut units = 0;
    for (byte, c) in text.char_indices() {
        if units >= unit {
            return (units == unit).then_some(byte);
        }
        units += c.len_utf16();
    }
    (units == unit).then_some(text.len())
}

/// The pieces of a stretch of text. `spans` lie in order; those that begin within the stretch are used up.
///
/// Spans nest; one that overlaps another is cut at its end. Each call uses a span up, so the depth is bounded.
fn pieces(text: &str, range: std::ops::Range<usize>, spans: &mut &[Span<'_>]) -> Vec<Inline> {
    let mut pieces = Vec::new();
    let mut at = range.start;
    while let [span, rest @ ..] = *spans {
        if span.start >= range.end {
            break;
        }
        *spans = rest;
        let (start, end) = (span.start.max(at), span.end.min(range.end));
        push_text(&mut pieces, text, at..start);
        if start < end {
            pieces.push(match span.style {
                Style::Bold => Inline::Bold(self::pieces(text, start..end, spans)),
                Style::Italic => Inline::Italic(self::pieces(text, start..end, spans)),
                Style::Strike => Inline::Strike(self::pieces(text, start..end, spans)),
                Style::Code => Inline::Code(text.get(start..end).unwrap_or_default().to_owned()),
                Style::Link(url) => Inline::Link {
                    url: url.to_owned(),
                    text: self::pieces(text, start..end, spans),
                },
            });
        }
        at = at.max(end);
    }
    push_text(&mut pieces, text, at..range.end);
    pieces
}

fn push_text(pieces: &mut Vec<Inline>, text: &str, range: std::ops::Range<usize>) {
    match text.get(range) {
        None | Some("") => {}
        Some(text) => pieces.push(Inline::Text(text.to_owned())),
    }
}

/// The words of a rich message, block by block, without its formatting.
pub(super) fn flat(message: &Value) -> String {
    let mut text = String::new();
    blocks(message, &mut text);
    text.truncate(text.trim_end().len());
    text
}

/// A value has at most 128 levels when it was read, which bounds the depth.
fn blocks(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| blocks(item, text)),
        Value::Object(fields) => {
            for name in ["label", "summary", "text", "expression", "credit"] {
                if let Some(words) = fields.get(name) {
                    let before = text.len();
                    inline(words, text);
                    if text.len() > before {
                        text.push(if name == "label" { ' ' } else { '\n' });
                    }
                }
            }
            for name in ["blocks", "items", "cells", "caption"] {
                if let Some(inner) = fields.get(name) {
                    blocks(inner, text);
                }
            }
        }
        _ => {}
    }
}

fn inline(value: &Value, text: &mut String) {
    match value {
        Value::String(words) => text.push_str(words),
        Value::Array(items) => items.iter().for_each(|item| inline(item, text)),
        Value::Object(fields) => {
            for name in ["text", "alternative_text", "expression"] {
                if let Some(words) = fields.get(name) {
                    inline(words, text);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entity(kind: &str, offset: usize, length: usize) -> Entity {
        Entity {
            r#type: kind.into(),
            offset,
            length,
            url: Some("https://example.org".into()),
        }
    }

    fn words(text: &RichText) -> String {
        let mut words = String::new();
        text.for_each_text(&mut |run| words.push_str(run));
        words
    }

    #[test]
    fn offsets_count_utf16_units() {
        let text = rich(
            "👍 sale here",
            &[entity("text_link", 8, 4), entity("bold", 3, 4)],
        );
        insta::assert_json_snapshot!(text, @r#"
        {
          "blocks": [
            {
              "paragraph": [
                {
                  "text": "👍 "
                },
                {
                  "bold": [
                    {
                      "text": "sale"
                    }
                  ]
                },
                {
                  "text": " "
                },
                {
                  "link": {
                    "url": "https://example.org",
                    "text": [
                      {
                        "text": "here"
                      }
                    ]
                  }
                }
              ]
            }
          ]
        }
        "#);
    }

    #[test]
    fn what_an_app_found_in_the_text_stays_text() {
        let found = [
            entity("url", 0, 5),
            entity("mention", 6, 3),
            entity("bot_command", 0, 2),
        ];
        assert_eq!(rich("hello you", &found).as_plain(), Some("hello you"));
    }

    #[test]
    fn an_entity_that_cuts_a_character_is_left_out() {
        assert_eq!(rich("👍", &[entity("bold", 1, 1)]).as_plain(), Some("👍"));
        assert_eq!(rich("hi", &[entity("bold", 1, 9)]).as_plain(), Some("hi"));
    }

    #[test]
    fn more_nesting_than_apps_show_is_plain() {
        let nested: Vec<_> = (0..100_000).map(|_| entity("bold", 0, 2)).collect();
        assert_eq!(words(&rich("hi", &nested)), "hi");
    }

    #[test]
    fn a_rich_message_is_read_block_by_block() {
        let message = serde_json::json!({"blocks": [
            {"type": "heading", "text": "Order"},
            {"type": "paragraph", "text": ["Two ", {"type": "bold", "text": "red"}, " pens"]},
            {"type": "list", "items": [{"label": "1.", "blocks": [{"type": "paragraph", "text": "now"}]}]},
            {"type": "photo", "photo": [{"file_id": "AgAC"}], "caption": {"text": "seen"}},
        ]});
        assert_eq!(flat(&message), "Order\nTwo red pens\n1. now\nseen");
    }

    proptest! {
        #[test]
        fn no_word_is_lost_or_moved(
            text in "[a-z👍é ]{0,20}",
            spans in proptest::collection::vec(
                (prop::sample::select(vec!["bold", "italic", "code", "text_link", "strikethrough", "x"]), 0..25_usize, 0..25_usize),
                0..8,
            ),
        ) {
            let entities: Vec<_> = spans.iter().map(|(kind, at, long)| entity(kind, *at, *long)).collect();
            prop_assert_eq!(words(&rich(&text, &entities)), text);
        }
    }
}
