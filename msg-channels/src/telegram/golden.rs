//! A part of every kind that the Bot API carries, for the snapshots of requests and for the check of those requests
//! against the Bot API's specification (`cargo xtask eval requests --channels`).

use msg_core::Error;
use msg_core::id::{ActionId, ConversationId, MessageId, PartId, TenantId, time_ordered};
use msg_core::message::action::{CopyCode, OpenForm, ShareLocation};
use msg_core::message::content::{
    ContactCard, ContactCards, Decimal, Delete, Location, Reaction, Read, Typing,
};
use msg_core::message::interactive::{ContactField, Poll, PollOption};
use msg_core::message::part::{
    Button, ContactRequestPart, EditPart, Keyboard, MediaPart, RawPart, RequestPart, Styled,
    TextPart,
};
use msg_core::message::{
    Action, Address, Markup, Media, MediaKind, MediaSource, Part, PartBody, Purpose,
};

/// The chat that all parts go to.
pub(super) const CHAT: i64 = 123_456_789;
/// A token that belongs to nobody.
pub(super) const TOKEN: &str = "7000001:AAExampleOnly";

/// The name of a part, and the part.
pub(super) type Named = (&'static str, Part);

/// Every part.
///
/// # Errors
/// Never: the names and ids in it are well formed.
pub(super) fn parts() -> Result<Vec<Named>, Error> {
    let mut parts = texts()?;
    parts.extend(media());
    parts.extend(places_and_people()?);
    parts.extend(operations()?);
    Ok(parts)
}

fn part(body: impl Into<PartBody>) -> Result<Part, Error> {
    let id = time_ordered(msg_core::Timestamp::UNIX_EPOCH, &[1; 16]);
    Ok(Part::new(
        PartId::new(MessageId::from_uuid(id), 0),
        TenantId::new("acme")?,
        Address::telegram(CHAT),
        Purpose::Transactional,
        body,
    ))
}

fn texts() -> Result<Vec<Named>, Error> {
    let html = Styled::new("<b>Hello</b> &amp; welcome", Markup::TelegramHtml);
    let button = |id: &str, label: &str| {
        Ok::<_, Error>(Button::new(Action::reply(ActionId::new(id)?, label), id))
    };
    let act = |id: &str, label: &str, act: msg_core::message::Act| {
        Ok::<_, Error>(Button::new(Action::new(ActionId::new(id)?, label, act), id))
    };
    let mixed = vec![
        button("yes", "Yes")?,
        Button::new(
            Action::url(ActionId::new("page")?, "Open", "https://example.org/a?b=c"),
            "page",
        ),
        act("code", "Copy", CopyCode::new("482913").into())?,
        act(
            "form",
            "Fill in",
            OpenForm::new("https://example.org/form").into(),
        )?,
    ];
    let quick = vec![button("yes", "Yes")?, button("no", "No")?];
    let share = vec![
        act("here", "I am here", ShareLocation::default().into())?,
        button("no", "Not now")?,
    ];
    let mut reply = part(TextPart::new(Styled::plain("As you asked")))?;
    reply.reply_to = Some("41".into());
    let text = |buttons, keyboard| {
        TextPart::new(Styled::plain("Shall we?")).with_buttons(buttons, keyboard)
    };
    Ok(vec![
        (
            "text",
            part(TextPart::new(Styled::plain("Hello \"you\" 👋")))?,
        ),
        ("text-html", part(TextPart::new(html))?),
        ("text-reply", reply),
        (
            "text-buttons",
            part(text(mixed.clone(), Keyboard::Buttons))?,
        ),
        (
            "text-quick-replies",
            part(text(quick, Keyboard::QuickReplies))?,
        ),
        (
            "text-quick-replies-with-page",
            part(text(mixed, Keyboard::QuickReplies))?,
        ),
        ("text-share-location", part(text(share, Keyboard::Buttons))?),
    ])
}

fn media() -> Vec<Named> {
    let url = |kind, ending: &str| {
        Media::from_url(kind, format!("https://example.org/a.{ending}"), "a thing")
    };
    let stored = |kind| {
        let mut media = Media::from_url(kind, "", "a thing");
        media.source = MediaSource::ProviderId("AgACAgIAAxkBAAExample".into());
        media
    };
    let bytes =
        |kind, mime: &str| Media::from_bytes(kind, mime, &b"not really a picture"[..], "a thing");
    let captioned = |items| {
        let mut part = MediaPart::new(items);
        part.caption = Some(Styled::new("<i>Seen</i>", Markup::TelegramHtml));
        part
    };
    let kinds = [
        ("photo-url", captioned(vec![url(MediaKind::Image, "jpg")])),
        ("photo-stored", captioned(vec![stored(MediaKind::Image)])),
        (
            "photo-upload",
            captioned(vec![bytes(MediaKind::Image, "image/jpeg")]),
        ),
        ("video", captioned(vec![url(MediaKind::Video, "mp4")])),
        ("audio", captioned(vec![url(MediaKind::Audio, "mp3")])),
        ("voice", captioned(vec![stored(MediaKind::VoiceNote)])),
        (
            "animation",
            captioned(vec![url(MediaKind::Animation, "gif")]),
        ),
        ("sticker", MediaPart::new(vec![stored(MediaKind::Sticker)])),
        (
            "document-upload",
            MediaPart::new(vec![
                bytes(MediaKind::File, "application/pdf").with_filename("bill \"1\".pdf"),
            ]),
        ),
        (
            "album",
            captioned(vec![
                url(MediaKind::Image, "jpg"),
                url(MediaKind::Image, "png"),
            ]),
        ),
        (
            "album-upload",
            captioned(vec![
                bytes(MediaKind::Image, "image/png"),
                stored(MediaKind::Image),
                bytes(MediaKind::Image, "image/jpeg"),
            ]),
        ),
    ];
    kinds
        .into_iter()
        .filter_map(|(name, body)| Some((name, part(body).ok()?)))
        .collect()
}

fn places_and_people() -> Result<Vec<Named>, Error> {
    let place = || {
        Ok::<_, Error>(Location::new(
            Decimal::new("52.5200066")?,
            Decimal::new("13.404954")?,
        ))
    };
    let card = ContactCard::new("Ada Example").with_phone("+4930123456");
    let mut rich = card.clone().with_phone("+4930123457");
    rich.emails.push("ada@example.org".into());
    rich.organization = Some("Example; Sons, Ltd".into());
    let venue = place()?.with_name("Shop").with_address("Example Street 1");
    let ask = |text: &str| Styled::plain(text);
    let option = |id: &str, label: &str| Ok::<_, Error>(PollOption::new(ActionId::new(id)?, label));
    let mut poll = Poll::new(
        "Which colour?",
        vec![option("r", "Red")?, option("b", "Blue")?],
    );
    poll.several = true;
    Ok(vec![
        ("location", part(place()?)?),
        ("venue", part(venue)?),
        ("venue-without-address", part(place()?.with_name("Shop"))?),
        (
            "location-request",
            part(PartBody::LocationRequest(RequestPart::new(ask(
                "Where are you?",
            ))))?,
        ),
        ("contact", part(ContactCards(vec![card]))?),
        ("contact-vcard", part(ContactCards(vec![rich]))?),
        (
            "phone-request",
            part(ContactRequestPart::new(
                ask("Your number?"),
                ContactField::Phone,
            ))?,
        ),
        (
            "email-request",
            part(ContactRequestPart::new(
                ask("Your email?"),
                ContactField::Email,
            ))?,
        ),
        ("poll", part(poll)?),
    ])
}

fn operations() -> Result<Vec<Named>, Error> {
    let text = TextPart::new(Styled::plain("Better so"));
    let photo = Media::from_url(MediaKind::Image, "https://example.org/b.jpg", "");
    let upload = Media::from_bytes(MediaKind::Image, "image/png", &b"pixels"[..], "");
    let captioned = |items| {
        let mut media = MediaPart::new(items);
        media.caption = Some(Styled::plain("New caption"));
        media
    };
    let mut back = Reaction::new("42", "");
    back.emoji = None;
    let mut stop = Typing::default();
    stop.stop = true;
    let raw = serde_json::json!({"method": "sendDice", "emoji": "🎲"});
    let address = Address::telegram(CHAT).key();
    let topic = ConversationId::new(format!("telegram:7000001.{address}/t7"))?;
    let business = ConversationId::new(format!("telegram:7000001.{address}/bExampleConnection"))?;
    let within = |mut part: Part, place: &ConversationId| {
        part.conversation = Some(place.clone());
        part
    };
    let edit = |with: PartBody| part(EditPart::new("42", with));
    Ok(vec![
        ("edit-text", edit(text.clone().into())?),
        ("edit-caption", edit(captioned(vec![]).into())?),
        ("edit-media", edit(captioned(vec![photo]).into())?),
        ("edit-media-upload", edit(captioned(vec![upload]).into())?),
        ("delete", part(Delete::new("42"))?),
        ("reaction", part(Reaction::new("42", "👍"))?),
        ("reaction-back", part(back)?),
        ("typing", part(Typing::default())?),
        ("typing-stop", part(stop)?),
        ("raw", part(RawPart(raw))?),
        ("text-topic", within(part(text.clone())?, &topic)),
        ("typing-topic", within(part(Typing::default())?, &topic)),
        ("text-business", within(part(text.clone())?, &business)),
        ("edit-business", within(edit(text.into())?, &business)),
        ("read-business", within(part(Read::new("42"))?, &business)),
        (
            "delete-business",
            within(part(Delete::new("42"))?, &business),
        ),
    ])
}
