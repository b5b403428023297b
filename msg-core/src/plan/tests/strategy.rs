//! Any content, and any capabilities.

use crate::Timestamp;
use crate::capability::{Capabilities, Combos, Field, Limit, Unit, profile};
use crate::id::{ActionId, TemplateId};
use crate::message::commerce::{Money, Order, OrderLine, Payment, Product};
use crate::message::content::{
    Carousel, ContactCard, ContactCards, Decimal, Delete, Edit, Location, MediaGroup, OneTimeCode,
    ProviderTemplate, Reaction, Read, TemplateCategory, Typing,
};
use crate::message::interactive::{
    CalendarEvent, Choice, ContactField, ContactRequest, FieldKind, Form, FormField, ListMenu,
    LocationRequest, Poll, PollOption, Section, TimePicker, TimeSlot,
};
use crate::message::media::{Email, Notification, Voice};
use crate::message::text::{Block, Inline, RichText, Table};
use crate::message::{
    Action, ActionKind, Card, Content, ContentKind, Markup, Media, MediaKind, action,
};
use crate::open::Unknown;
use proptest::prelude::*;
use proptest::sample::select;

/// Words that break what counts, cuts and escapes.
pub(super) fn any_text() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "a",
        "word ",
        "Ünï ",
        " ",
        "\n",
        "\n\n",
        "\r\n",
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
        "<b>",
        "&",
        ">",
        "https://a.example/pq?r=1 ",
        "€[",
        "。",
        "看電影",
        ". ",
        "@everyone",
        "\\",
        "Longer words here. ",
    ]);
    prop_oneof![
        1 => prop::collection::vec(piece.clone(), 0..12),
        3 => prop::collection::vec(piece.clone(), 1..6),
        1 => prop::collection::vec(piece, 20..60),
    ]
    .prop_map(|pieces| pieces.concat())
}

fn rich() -> impl Strategy<Value = RichText> {
    let inline = prop_oneof![
        4 => any_text().prop_map(Inline::Text),
        1 => any_text().prop_map(|text| Inline::Bold(vec![Inline::Text(text)])),
        1 => (any_text(), select(vec!["https://a.example/x", "javascript:x", "tel:+15550100"]))
            .prop_map(|(text, url)| Inline::Link { url: url.into(), text: vec![Inline::Text(text)] }),
    ];
    let inlines = prop::collection::vec(inline, 0..3);
    let block = prop_oneof![
        4 => inlines.clone().prop_map(Block::Paragraph),
        1 => inlines.prop_map(|i| Block::List { start: Some(1), items: vec![vec![Block::Paragraph(i)]] }),
    ];
    prop_oneof![
        3 => any_text().prop_map(RichText::plain),
        1 => prop::collection::vec(block, 0..3).prop_map(|blocks| {
            let text = RichText::new(blocks);
            // A text without formatting has one form only: the one that it is read back as.
            text.as_plain().map(RichText::plain).unwrap_or(text)
        }),
    ]
}

fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(vec!["Yes", "No", "Track order", "1", "two", "👍", "A rather long label number 1", "A rather long label number 2"])
            .prop_map(str::to_owned),
        1 => any_text(),
    ]
}

fn id() -> impl Strategy<Value = ActionId> {
    prop_oneof![
        4 => "[a-z]{1,6}",
        1 => "[a-z]{60,90}",
        1 => Just("~x".to_owned()),
    ]
    .prop_map(|name| ActionId::new(name).unwrap())
}

fn url() -> impl Strategy<Value = String> {
    select(vec![
        "https://a.example/x",
        "https://cdn.example/picture.png",
        "http://a.example/x",
        "https://10.0.0.1/x",
        "https://localhost/x",
        "javascript:x",
        "",
    ])
    .prop_map(str::to_owned)
}

fn act() -> impl Strategy<Value = Action> {
    let reply = (
        id(),
        label(),
        prop::option::of(any_text()),
        prop::collection::vec(label(), 0..2),
    )
        .prop_map(|(id, label, description, aliases)| {
            let mut reply = action::Reply::default();
            (reply.description, reply.aliases) = (description, aliases);
            Action::new(id, label, reply)
        });
    let other = (id(), label(), url(), 0..9).prop_map(|(id, label, url, kind)| match kind {
        0 => Action::call(id, label, "+15550100"),
        1 => Action::new(id, label, place("1.5", "2")),
        2 => Action::new(id, label, action::ShareLocation::default()),
        3 => Action::new(id, label, event()),
        4 => Action::new(id, label, action::CopyCode::new("SAVE10")),
        5 => Action::new(id, label, action::Pay::new(url)),
        6 => Action::new(
            id,
            label,
            action::Act::Unknown(Unknown::new("dance", serde_json::json!({}))),
        ),
        _ => Action::url(id, label, url),
    });
    prop_oneof![3 => reply, 1 => other]
}

/// Actions with ids of their own: an id is unique within a message.
fn acts(max: usize) -> impl Strategy<Value = Vec<Action>> {
    prop::collection::vec(act(), 0..max)
}

fn place(north: &str, east: &str) -> Location {
    Location::new(Decimal::new(north).unwrap(), Decimal::new(east).unwrap())
}

fn event() -> CalendarEvent {
    CalendarEvent::new(
        "Visit",
        Timestamp::UNIX_EPOCH,
        Timestamp::UNIX_EPOCH,
        "Monday",
    )
}

fn media() -> impl Strategy<Value = Media> {
    (
        any::<prop::sample::Index>(),
        url(),
        select(vec!["", "A red shoe", "Ünï <b>"]),
        0..4,
    )
        .prop_map(|(kind, url, alt, source)| {
            let kind = MediaKind::KNOWN[kind.index(MediaKind::KNOWN.len())].clone();
            if source == 0 {
                Media::from_bytes(kind, "image/png", vec![1, 2, 3], alt)
            } else {
                Media::from_url(kind, url, alt)
            }
        })
}

fn card() -> impl Strategy<Value = Card> {
    (
        prop::option::of(any_text()),
        prop::option::of(rich()),
        prop::option::of(media()),
        acts(4),
    )
        .prop_map(|(title, text, media, actions)| {
            let mut card = Card::default();
            (card.title, card.text, card.media, card.actions) = (title, text, media, actions);
            card
        })
}

/// Makes the ids of all actions different.
fn distinct(content: &mut Content) {
    let mut number = 0;
    let mut rename = |id: &mut ActionId| {
        number += 1;
        *id = ActionId::new(format!("{}{number}", id.as_str())).unwrap();
    };
    rename_in(content, &mut rename);
}

fn rename_in(content: &mut Content, rename: &mut dyn FnMut(&mut ActionId)) {
    match content {
        Content::Card(card) => card.actions.iter_mut().for_each(|a| rename(&mut a.id)),
        Content::Carousel(all) => {
            let cards = all.cards.iter_mut().flat_map(|card| &mut card.actions);
            cards
                .chain(&mut all.actions)
                .for_each(|a| rename(&mut a.id));
        }
        Content::Choice(choice) => choice.options.iter_mut().for_each(|a| rename(&mut a.id)),
        Content::List(list) => {
            list.sections
                .iter_mut()
                .flat_map(|s| &mut s.rows)
                .for_each(|a| rename(&mut a.id));
        }
        Content::Notification(push) => push.actions.iter_mut().for_each(|a| rename(&mut a.id)),
        Content::Voice(voice) => voice.options.iter_mut().for_each(|a| rename(&mut a.id)),
        Content::Email(email) => email.actions.iter_mut().for_each(|a| rename(&mut a.id)),
        Content::TimePicker(picker) => picker.slots.iter_mut().for_each(|a| rename(&mut a.id)),
        Content::Poll(poll) => poll.options.iter_mut().for_each(|a| rename(&mut a.id)),
        Content::Edit(edit) => rename_in(&mut edit.with, rename),
        Content::Mixed(all) => all.iter_mut().for_each(|one| rename_in(one, rename)),
        _ => {}
    }
}

fn talk() -> BoxedStrategy<Content> {
    let list = (
        rich(),
        label(),
        prop::collection::vec((prop::option::of(any_text()), acts(5)), 0..3),
        prop::option::of(any_text()),
    )
        .prop_map(|(body, button, sections, line)| {
            let sections = sections
                .into_iter()
                .map(|(title, rows)| Section::new(title, rows))
                .collect();
            let mut menu = ListMenu::new(body, button, sections);
            (menu.header, menu.footer) = (line.clone(), line);
            Content::List(menu)
        });
    prop_oneof![
        4 => rich().prop_map(Content::Text),
        2 => (prop::collection::vec(media(), 1..4), prop::option::of(rich())).prop_map(|(items, caption)| {
            let mut group = MediaGroup::new(items);
            group.caption = caption;
            Content::Media(group)
        }),
        2 => card().prop_map(Content::Card),
        1 => (prop::collection::vec(card(), 0..4), acts(2)).prop_map(|(cards, actions)| {
            let mut all = Carousel::new(cards);
            all.actions = actions;
            Content::Carousel(all)
        }),
        4 => (rich(), acts(14)).prop_map(|(prompt, options)| Choice::new(prompt, options).into()),
        2 => list,
    ]
    .boxed()
}

fn asks() -> BoxedStrategy<Content> {
    let labels = || prop::collection::vec(label(), 0..5);
    prop_oneof![
        rich().prop_map(|text| LocationRequest::new(text).into()),
        rich().prop_map(|text| ContactRequest::new(text, ContactField::Email).into()),
        (
            any_text(),
            prop::option::of(rich()),
            prop::option::of(url()),
            labels()
        )
            .prop_map(|(title, prompt, page, labels)| {
                let fields = labels
                    .into_iter()
                    .map(|l| FormField::new("f", l, FieldKind::Text))
                    .collect();
                let mut form = Form::new(ActionId::new("form").unwrap(), title, fields);
                (form.prompt, form.fallback_url) = (prompt, page);
                form.into()
            }),
        (rich(), labels()).prop_map(|(prompt, labels)| {
            let slot =
                |l| TimeSlot::new(ActionId::new("slot").unwrap(), l, Timestamp::UNIX_EPOCH, 30);
            TimePicker::new(
                prompt,
                "Europe/Berlin",
                labels.into_iter().map(slot).collect(),
            )
            .into()
        }),
        (any_text(), labels()).prop_map(|(question, labels)| {
            let option = |l| PollOption::new(ActionId::new("vote").unwrap(), l);
            Poll::new(question, labels.into_iter().map(option).collect()).into()
        }),
        Just(event().into()),
    ]
    .boxed()
}

fn things() -> BoxedStrategy<Content> {
    let text = any_text;
    prop_oneof![
        (text(), prop::option::of(text())).prop_map(|(name, address)| {
            let mut place = place("-12.5", "130.25").with_name(name);
            place.address = address;
            place.into()
        }),
        prop::collection::vec(text(), 0..3).prop_map(|names| {
            let card = |name| ContactCard::new(name).with_phone("+15550100");
            ContactCards(names.into_iter().map(card).collect()).into()
        }),
        (text(), prop::option::of(media()), prop::option::of(url())).prop_map(
            |(name, image, url)| {
                let mut product = Product::new("sku", name);
                (product.image, product.url) = (image, url);
                product.into()
            }
        ),
        text().prop_map(|name| {
            let line = OrderLine::new(name, 2, Money::new(100, "EUR"));
            Order::new("42", vec![line], Money::new(100, "EUR")).into()
        }),
        (text(), url()).prop_map(|(what, url)| Payment::new(
            "42",
            what,
            Money::new(100, "EUR"),
            url
        )
        .into()),
        any::<bool>().prop_map(|page| {
            let mut code = OneTimeCode::new("482913", "Shop").with_minutes(5);
            code.autofill_domain = page.then(|| "shop.example".into());
            code.into()
        }),
        (text(), any::<bool>()).prop_map(|(preview, secret)| {
            let category = if secret {
                TemplateCategory::Authentication
            } else {
                TemplateCategory::Utility
            };
            let mut call = ProviderTemplate::new(TemplateId::new("t").unwrap(), "en", category);
            call.preview = preview;
            call.into()
        }),
        prop::collection::vec(prop::collection::vec(text(), 0..3), 0..3)
            .prop_map(|rows| Table::new(vec!["k".into(), "v".into()], rows).into()),
    ]
    .boxed()
}

fn rest() -> BoxedStrategy<Content> {
    prop_oneof![
        Just(Reaction::new("m", "👍").into()),
        Just(Delete::new("m").into()),
        Just(Typing::default().into()),
        Just(Read::new("m").into()),
        Just(Content::Unknown(Unknown::new(
            "hologram",
            serde_json::json!({"x": 1})
        ))),
        (any_text(), any_text(), url(), acts(4)).prop_map(|(title, body, url, actions)| {
            let mut push = Notification::new(title, body);
            (push.url, push.actions) = (Some(url), actions);
            push.into()
        }),
        (any_text(), acts(4)).prop_map(|(text, options)| {
            let mut voice = Voice::new(text);
            (voice.options, voice.ssml) = (options, Some("<speak/>".into()));
            voice.into()
        }),
        (any_text(), rich(), acts(3), prop::option::of(media())).prop_map(
            |(subject, text, actions, file)| {
                let mut email = Email::new(subject, text);
                (email.actions, email.attachments) = (actions, file.into_iter().collect());
                email.into()
            }
        ),
    ]
    .boxed()
}

/// Any content, of any kind, with ids that are unique within it.
pub(super) fn any_content() -> impl Strategy<Value = Content> {
    let one = prop_oneof![3 => talk(), 1 => asks(), 1 => things(), 1 => rest()];
    one.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            2 => prop::collection::vec(inner.clone(), 0..4).prop_map(Content::Mixed),
            1 => inner.prop_map(|with| Edit::new("m", with).into()),
        ]
    })
    .prop_map(|mut content| {
        distinct(&mut content);
        content
    })
}

const FIELDS: [Field; 37] = [
    Field::Text,
    Field::InteractiveText,
    Field::Caption,
    Field::Header,
    Field::Footer,
    Field::Buttons,
    Field::QuickReplies,
    Field::ButtonLabel,
    Field::QuickReplyLabel,
    Field::Handle,
    Field::Url,
    Field::CardTitle,
    Field::CardText,
    Field::CardButtons,
    Field::Cards,
    Field::CarouselCardText,
    Field::CarouselCardButtons,
    Field::Rows,
    Field::Sections,
    Field::SectionTitle,
    Field::RowTitle,
    Field::RowText,
    Field::ListButton,
    Field::Album,
    Field::PollQuestion,
    Field::PollOptions,
    Field::PollOption,
    Field::Contacts,
    Field::PushTitle,
    Field::PushBody,
    Field::Speech,
    Field::VoiceOptions,
    Field::Subject,
    Field::Slots,
    Field::Parts,
    Field::LinkButtons,
    Field::Attachments,
];

/// A limit such as channels have: items for counts, units of text for texts.
fn limit(field: Field) -> BoxedStrategy<Limit> {
    let units = || select(vec![Unit::Graphemes, Unit::Chars, Unit::Utf16, Unit::Bytes]);
    match field {
        Field::Buttons
        | Field::QuickReplies
        | Field::CardButtons
        | Field::CarouselCardButtons
        | Field::Cards
        | Field::Rows
        | Field::Sections
        | Field::Album
        | Field::PollOptions
        | Field::Contacts
        | Field::VoiceOptions
        | Field::Slots
        | Field::Parts
        | Field::LinkButtons => (0_u32..14)
            .prop_map(|max| Limit::new(max, Unit::Items, "test"))
            .boxed(),
        Field::Attachments => (0_u32..10)
            .prop_map(|max| Limit::new(max, Unit::Bytes, "test"))
            .boxed(),
        Field::Text
        | Field::InteractiveText
        | Field::Caption
        | Field::Speech
        | Field::PushBody
        | Field::CardText => prop_oneof![
            6 => (40_u32..400, units()).prop_map(|(max, unit)| Limit::new(max, unit, "test")),
            // Too little for one word, or for anything.
            1 => (0_u32..12, units()).prop_map(|(max, unit)| Limit::new(max, unit, "test")),
            6 => (1_u32..4).prop_map(|max| Limit::new(max, Unit::Segments, "test")),
        ]
        .boxed(),
        _ => (0_u32..60, units())
            .prop_map(|(max, unit)| Limit::new(max, unit, "test"))
            .boxed(),
    }
}

fn made_up() -> impl Strategy<Value = Capabilities> {
    let content = prop::sample::subsequence(ContentKind::ALL.to_vec(), 0..=29);
    let actions = prop::sample::subsequence(ActionKind::ALL.to_vec(), 0..=11);
    let media = prop::sample::subsequence(MediaKind::KNOWN.to_vec(), 0..3);
    let limits = prop::sample::subsequence(FIELDS.to_vec(), 0..20).prop_flat_map(|fields| {
        fields
            .into_iter()
            .map(|field| (Just(field), limit(field)))
            .collect::<Vec<_>>()
    });
    let flags = prop::array::uniform9(prop::bool::weighted(0.7));
    (
        content,
        actions,
        media,
        limits,
        flags,
        prop::bool::weighted(0.8),
    )
        .prop_map(|(content, actions, media, limits, flags, text)| {
            let mut caps = Capabilities::text_only()
                .with_content(&content)
                .with_actions(&actions)
                .without_media(&media);
            if !text {
                caps = caps.without_content(&[ContentKind::Text]);
            }
            for (field, limit) in limits {
                caps = caps.with_limit(field, limit);
            }
            let [
                free_form,
                private,
                ordered,
                receipts,
                mixed,
                with_media,
                cards,
                album,
                bare,
            ] = flags;
            (caps.free_form, caps.private, caps.ordered, caps.receipts) =
                (free_form || text, private, ordered, receipts);
            caps.with_combos(Combos {
                mixed_buttons: mixed,
                buttons_with_media: with_media,
                mixed_cards: cards,
                mixed_album: album,
                card_without_media: bare,
            })
        })
}

/// Any capabilities: those of a channel, or made up.
pub(super) fn any_caps() -> impl Strategy<Value = Capabilities> {
    let channel = select(profile::CHANNELS.to_vec()).prop_map(|channel| profile::of(&channel));
    let markup = select(Markup::KNOWN.to_vec());
    prop_oneof![
        1 => channel,
        2 => (made_up(), markup).prop_map(|(caps, markup)| caps.with_markup(markup)),
    ]
}

/// Two capabilities, the first of which allows no less in anything.
pub(super) fn more_and_less() -> impl Strategy<Value = (Capabilities, Capabilities)> {
    (any_caps(), made_up()).prop_map(|(more, other)| {
        let less = more.meet(&other.with_markup(more.markup.clone()));
        (more, less)
    })
}
