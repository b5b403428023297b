use super::*;
use crate::capability::Limit;
use crate::message::text::{Block, Inline, Table};
use proptest::prelude::*;
use std::fmt::Write as _;

const MARKUPS: [Markup; 7] = [
    Markup::Plain,
    Markup::Html,
    Markup::TelegramHtml,
    Markup::WhatsApp,
    Markup::Slack,
    Markup::Markdown,
    Markup::Viber,
];

fn text(text: &str) -> Inline {
    Inline::Text(text.into())
}

fn paragraph(inlines: Vec<Inline>) -> Block {
    Block::Paragraph(inlines)
}

fn everything() -> RichText {
    RichText::new(vec![
        Block::Heading {
            level: 1,
            text: vec![text("Title")],
        },
        paragraph(vec![
            text("a < b & "),
            Inline::Bold(vec![text("bold "), Inline::Italic(vec![text("both")])]),
            text("ly, "),
            Inline::Strike(vec![text("gone")]),
            text(", "),
            Inline::Code("x = 1".into()),
            text(" and "),
            Inline::Link {
                url: "https://a.example/?q=1&r=2".into(),
                text: vec![text("a link")],
            },
        ]),
        Block::List {
            start: Some(3),
            items: vec![
                vec![paragraph(vec![text("three")])],
                vec![paragraph(vec![text("four")])],
            ],
        },
        Block::List {
            start: None,
            items: vec![vec![paragraph(vec![text("dot")])]],
        },
        Block::Quote(vec![paragraph(vec![text("said\ntwice")])]),
        Block::Code {
            language: Some("rust".into()),
            text: "let a = 1;\nlet b = 2;".into(),
        },
        Block::Table(Table::new(
            vec!["k".into(), "v".into()],
            vec![vec!["a".into(), "1".into()]],
        )),
    ])
}

#[test]
fn every_markup() {
    let mut out = String::new();
    for markup in MARKUPS {
        let _ = write!(
            out,
            "--- {markup}\n{}\n",
            render(&everything(), &markup).text
        );
    }
    insta::assert_snapshot!(out);
}

#[test]
fn text_is_never_markup() {
    let evil = "*b* _i_ ~s~ `c` <b>x</b> &amp; [l](https://x.example) **b** \\* <@U1> <!here> @everyone\n> q\n# h\n1. n";
    let mut out = String::new();
    for markup in MARKUPS {
        let written = render(&RichText::plain(evil), &markup).text;
        let _ = write!(out, "--- {markup}\n{}\n", written.replace('\u{200B}', "‸"));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn only_safe_addresses_become_links() {
    let link = |url: &str| {
        RichText::new(vec![paragraph(vec![Inline::Link {
            url: url.into(),
            text: vec![text("go")],
        }])])
    };
    for markup in MARKUPS {
        let written = render(&link("javascript:alert(1)"), &markup).text;
        assert!(!written.contains("javascript"), "{written}");
        assert!(written.contains("go"));
        let written = render(&link("https://a.example/\"><b>"), &markup).text;
        assert!(!written.contains("<b>"), "{written}");
    }
    assert_eq!(
        render(&link("tel:+15550100"), &Markup::Plain).text,
        "go (+15550100)"
    );
    assert_eq!(
        render(&link("https://a.example/(x)"), &Markup::Markdown).text,
        "[go](https://a.example/%28x%29)"
    );
    assert_eq!(
        render(&link("https://a.example/?a=1&b=2"), &Markup::Slack).text,
        "<https://a.example/?a=1&amp;b=2|go>"
    );
}

#[test]
fn signs_get_the_boundary_that_they_need() {
    let rich = RichText::new(vec![paragraph(vec![
        text("un"),
        Inline::Bold(vec![text(" frigging ")]),
        text("believable "),
        Inline::Bold(vec![text("two\nlines")]),
        Inline::Italic(vec![]),
    ])]);
    assert_eq!(
        render(&rich, &Markup::WhatsApp).text,
        "un *frigging* believable *two*\n*lines*"
    );
    let inside = RichText::new(vec![paragraph(vec![
        text("a"),
        Inline::Bold(vec![text("b*c")]),
        text("d"),
    ])]);
    assert_eq!(
        render(&inside, &Markup::Slack).text,
        "a\u{200B}*b\u{200B}*\u{200B}c*\u{200B}d"
    );
    assert_eq!(render(&inside, &Markup::Markdown).text, "a**b\\*c**d");
}

#[test]
fn urls_in_text_stay_whole() {
    let plain = "see https://a.example/a_b_c?x=*1*, (https://b.example/x).";
    assert_eq!(render(&RichText::plain(plain), &Markup::Plain).text, plain);
    assert_eq!(
        render(&RichText::plain(plain), &Markup::Markdown).text,
        "see https://a.example/a%5Fb%5Fc?x=%2A1*, (https://b.example/x).".replace("1*,", "1\\*,")
    );
}

fn bound(max: u32, unit: Unit) -> Bound {
    Bound::of(Limit::new(max, unit, "test"))
}

fn pieces(text: &str, markup: &Markup, max: u32) -> Vec<String> {
    let (pieces, _) = split(&RichText::plain(text), markup, &bound(max, Unit::Chars));
    pieces.into_iter().map(|piece| piece.text).collect()
}

#[test]
fn cuts_prefer_what_a_reader_prefers() {
    assert_eq!(
        pieces("One two four.\n\nThree four. Five", &Markup::Plain, 20),
        ["One two four.", "Three four. Five"]
    );
    assert_eq!(
        pieces("One two. Three four five", &Markup::Plain, 14),
        ["One two.", "Three four", "five"]
    );
    assert_eq!(
        pieces("abcdefghij", &Markup::Plain, 4),
        ["abcd", "efgh", "ij"]
    );
    assert_eq!(
        pieces("看電影很好。我們走吧", &Markup::Plain, 7),
        ["看電影很好。", "我們走吧"]
    );
}

#[test]
fn a_cut_never_falls_inside_a_url_or_grapheme() {
    assert_eq!(
        pieces("go https://a.example/long/path now", &Markup::Plain, 28),
        ["go", "https://a.example/long/path", "now"]
    );
    let family = "👨‍👩‍👧".repeat(3);
    assert_eq!(pieces(&family, &Markup::Plain, 11), ["👨‍👩‍👧👨‍👩‍👧", "👨‍👩‍👧"]);
    let (pieces, dropped) = split(
        &RichText::plain("go https://a.example/long/path now"),
        &Markup::Plain,
        &bound(12, Unit::Chars),
    );
    assert!(dropped);
    assert_eq!(
        pieces
            .iter()
            .map(|piece| piece.text.as_str())
            .collect::<Vec<_>>(),
        ["go", "now"]
    );
}

#[test]
fn marks_are_closed_and_opened_again() {
    let rich = RichText::new(vec![paragraph(vec![Inline::Bold(vec![text(
        "alpha beta gamma",
    )])])]);
    let cut = |markup: &Markup, max| {
        let (pieces, _) = split(&rich, markup, &bound(max, Unit::Chars));
        pieces
            .into_iter()
            .map(|piece| piece.text)
            .collect::<Vec<_>>()
    };
    assert_eq!(cut(&Markup::WhatsApp, 13), ["*alpha beta*", "*gamma*"]);
    assert_eq!(
        cut(&Markup::Markdown, 13),
        ["**alpha**", "**beta**", "**gamma**"]
    );
    // Telegram counts what is shown.
    assert_eq!(
        cut(&Markup::TelegramHtml, 10),
        ["<b>alpha beta</b>", "<b>gamma</b>"]
    );
}

#[test]
fn segments_are_counted_by_the_alphabet() {
    let limit = bound(1, Unit::Segments);
    let (one, _) = split(&RichText::plain("€".repeat(80)), &Markup::Plain, &limit);
    assert_eq!(one.len(), 1, "80 escape pairs are 160 septets");
    let (two, _) = split(&RichText::plain("€".repeat(81)), &Markup::Plain, &limit);
    assert_eq!(two.len(), 2);
    let (flipped, _) = split(
        &RichText::plain(format!("{}ł", "a".repeat(100))),
        &Markup::Plain,
        &limit,
    );
    assert_eq!(
        flipped.len(),
        2,
        "one character flips the whole text to UCS-2"
    );
    assert!(flipped.iter().all(|piece| fits(&piece.text, &limit)));
}

/// Text with everything that has broken a renderer before.
fn torture() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "word ",
        "Ünï",
        " ",
        "\n",
        "\n\n",
        "\r\n",
        "\t",
        "\u{0}",
        "👨‍👩‍👧",
        "e\u{301}",
        "שלום ",
        "\u{202E}",
        "🇩🇪",
        "*",
        "_",
        "~",
        "`",
        "```",
        "<b>",
        "&amp;",
        "&",
        ">",
        "[x](y)",
        "https://a.example/p_q?r=1&s=2",
        "http://",
        "€[]",
        "。",
        "看電影",
        ". ",
        "1. ",
        "# ",
        "> ",
        "@everyone",
        "\\",
        "|",
        "\u{200B}",
        "\u{A0}",
        "\u{FEFF}",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

fn inline() -> impl Strategy<Value = Inline> {
    let leaf = prop_oneof![
        torture().prop_map(Inline::Text),
        torture().prop_map(Inline::Code)
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let many = prop::collection::vec(inner, 0..3);
        prop_oneof![
            many.clone().prop_map(Inline::Bold),
            many.clone().prop_map(Inline::Italic),
            many.clone().prop_map(Inline::Strike),
            (
                many,
                prop::sample::select(vec![
                    "https://a.example/x",
                    "tel:+1",
                    "javascript:x",
                    "https://a.example/a b\"<>"
                ])
            )
                .prop_map(|(text, url)| Inline::Link {
                    url: url.into(),
                    text
                }),
        ]
    })
}

fn rich() -> impl Strategy<Value = RichText> {
    let inlines = || prop::collection::vec(inline(), 0..3);
    let block = prop_oneof![
        4 => inlines().prop_map(Block::Paragraph),
        1 => (1_u8..8, inlines()).prop_map(|(level, text)| Block::Heading { level, text }),
        1 => (prop::option::of(0_u32..99), prop::collection::vec(inlines().prop_map(|i| vec![Block::Paragraph(i)]), 0..3))
            .prop_map(|(start, items)| Block::List { start, items }),
        1 => inlines().prop_map(|i| Block::Quote(vec![Block::Paragraph(i)])),
        1 => torture().prop_map(|text| Block::Code { language: None, text }),
    ];
    prop::collection::vec(block, 0..4).prop_map(RichText::new)
}

/// What a reader sees: without tags, signs, escapes and space.
pub(crate) fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Every tag is closed in the order in which it was opened.
fn is_balanced(html: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1) {
        let Some((tag, _)) = tag.split_once('>') else {
            return false;
        };
        let name = tag
            .trim_start_matches('/')
            .split(' ')
            .next()
            .unwrap_or_default();
        if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return false;
            }
        } else if name != "br" {
            open.push(name);
        }
    }
    open.is_empty()
}

proptest! {
    #[test]
    fn rendering_takes_anything(rich in rich()) {
        for markup in MARKUPS {
            let written = render(&rich, &markup).text;
            prop_assert!(!written.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
            if matches!(markup, Markup::Html | Markup::TelegramHtml) {
                prop_assert!(is_balanced(&written), "{}", written);
            }
        }
    }

    #[test]
    fn a_fast_path_writes_the_same(plain in torture()) {
        let rich = RichText::plain(plain.clone());
        for markup in MARKUPS {
            let slow = Flow::of(Dialect::from(&markup), &rich).render().text;
            if let Some(fast) = untouched(&plain, Dialect::from(&markup)) {
                let slow = if markup == Markup::Html { slow.replace("<p>", "").replace("</p>", "") } else { slow };
                prop_assert_eq!(fast, slow, "{}", markup);
            }
        }
    }

    #[test]
    fn every_piece_fits_and_no_text_is_lost(rich in rich(), max in 30_u32..120, unit in prop::sample::select(vec![
        Unit::Graphemes, Unit::Chars, Unit::Utf16, Unit::Bytes,
    ])) {
        let limit = bound(max, unit);
        for markup in MARKUPS {
            let (pieces, dropped) = split(&rich, &markup, &limit);
            for piece in &pieces {
                let counted = if markup == Markup::TelegramHtml { visible(&piece.text) } else { piece.text.clone() };
                prop_assert!(fits(&counted, &limit), "{} `{}`", markup, piece.text);
                if matches!(markup, Markup::Html | Markup::TelegramHtml) {
                    prop_assert!(is_balanced(&piece.text), "{}", piece.text);
                }
            }
            if markup == Markup::Plain && !dropped {
                let joined: String = pieces.iter().map(|piece| letters(&piece.text)).collect();
                prop_assert_eq!(joined, letters(&render(&rich, &markup).text));
            }
        }
    }

    #[test]
    fn tiny_limits_never_hang(rich in rich(), max in 0_u32..6) {
        for markup in MARKUPS {
            let (pieces, _) = split(&rich, &markup, &bound(max, Unit::Bytes));
            for piece in pieces {
                let counted = if markup == Markup::TelegramHtml { visible(&piece.text) } else { piece.text };
                prop_assert!(counted.len() <= max as usize);
            }
        }
    }
}

/// What Telegram counts: tags taken away, entities decoded.
pub(crate) fn visible(html: &str) -> String {
    let mut out = String::new();
    for (at, piece) in html.split('<').enumerate() {
        out.push_str(if at == 0 {
            piece
        } else {
            piece.split_once('>').map_or("", |(_, rest)| rest)
        });
    }
    out.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}
