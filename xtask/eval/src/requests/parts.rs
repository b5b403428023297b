//! What the planner makes of everything that a host may want to say.

use crate::channels::Subject;
use msg_core::id::{ActionId, MessageId, PartId, TenantId, time_ordered};
use msg_core::message::action::{
    Call, Catalog, CopyCode, Login, OpenForm, Pay, Reply, ShareLocation, Url,
};
use msg_core::message::content::{Decimal, Delete, Location, MediaGroup, Reaction, Read};
use msg_core::message::interactive::{CalendarEvent, Choice, ContactField, ContactRequest};
use msg_core::message::media::MediaSource;
use msg_core::message::part::{EditPart, Styled, TextPart};
use msg_core::message::{
    Act, Action, ActionKind, Card, Content, ContentKind, Media, MediaKind, Part, PartBody, Purpose,
};
use msg_core::plan::{PlanInput, plan};
use msg_core::testkit::sample;
use msg_core::{Error, Timestamp};

/// A part by what it shows.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) part: Part,
}

/// Every part of everything.
pub(super) fn planned(subject: &Subject) -> Result<Vec<Named>, String> {
    let said = everything(subject).map_err(|error| error.to_string())?;
    let own = subject
        .wire
        .capabilities_for(&subject.to, subject.from.as_ref());
    let capabilities = own.as_ref().unwrap_or_else(|| subject.wire.capabilities());
    let mut parts = Vec::new();
    for (name, content) in said {
        let plan = plan(&PlanInput::new(&content), capabilities);
        for (at, body) in plan.parts.into_iter().enumerate() {
            let number = u32::try_from(parts.len()).unwrap_or(u32::MAX);
            let part = part(subject, number, aimed(body, subject.target))?;
            parts.push(Named {
                name: format!("{name}/{at}"),
                part,
            });
        }
    }
    let mut answer = hello(subject)?;
    answer.reply_to = Some(subject.target.to_owned());
    parts.push(Named {
        name: "a reply".to_owned(),
        part: answer,
    });
    let mut expiring = hello(subject)?;
    expiring.expires = Some(time(3600));
    parts.push(Named {
        name: "a text that expires".to_owned(),
        part: expiring,
    });
    Ok(parts)
}

/// A short text, as what the channel makes of one: a mail, where it carries mails.
pub(crate) fn hello(subject: &Subject) -> Result<Part, String> {
    let text = Content::text("Hello?");
    let said = plan(&PlanInput::new(&text), subject.wire.capabilities()).parts;
    let plain = || TextPart::new(Styled::plain("Hello?")).into();
    part(subject, 0, said.into_iter().next().unwrap_or_else(plain))
}

/// The parts have ids of their own, because those end in idempotency keys.
fn part(subject: &Subject, number: u32, body: PartBody) -> Result<Part, String> {
    let tenant = TenantId::new("acme").map_err(|error| error.to_string())?;
    let [a, b, c, d] = number.to_be_bytes();
    let id = time_ordered(time(0), &[a, b, c, d, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    let id = PartId::new(MessageId::from_uuid(id), 0);
    let mut part = Part::new(id, tenant, subject.to.clone(), Purpose::Transactional, body);
    part.from.clone_from(&subject.from);
    part.conversation.clone_from(&subject.conversation);
    // Some channels show typing at the message that is answered.
    if matches!(part.body, PartBody::Typing(_)) {
        part.reply_to = Some(subject.target.to_owned());
    }
    Ok(part)
}

/// Seconds after a fixed moment.
fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_200_000 + seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The samples name messages that no chat has.
fn aimed(body: PartBody, target: &str) -> PartBody {
    match body {
        PartBody::Edit(edit) => EditPart::new(target, *edit.with).into(),
        PartBody::Delete(_) => Delete::new(target).into(),
        PartBody::Read(_) => Read::new(target).into(),
        PartBody::Reaction(reaction) => {
            let mut aimed = Reaction::new(target, "");
            aimed.emoji = reaction.emoji;
            aimed.into()
        }
        other => other,
    }
}

type Said = Vec<(String, Content)>;

fn everything(subject: &Subject) -> Result<Said, Error> {
    let mut said = Vec::new();
    for kind in ContentKind::ALL {
        said.push((format!("sample: {kind:?}"), sample(kind)?));
    }
    said.extend(buttons()?);
    said.extend(media(subject.media));
    said.extend(texts());
    said.push((
        "asks for an email address".to_owned(),
        ContactRequest::new("Where may we write?", ContactField::Email).into(),
    ));
    let mut back = Reaction::new(subject.target, "");
    back.emoji = None;
    said.push(("a reaction taken back".to_owned(), back.into()));
    Ok(said)
}

/// Every kind of button alone and all of them at once, under a text and under a card; one to ten answers.
fn buttons() -> Result<Said, Error> {
    let mut said = Vec::new();
    let mut all = Vec::new();
    for kind in ActionKind::ALL {
        let id = format!("{kind:?}").to_ascii_lowercase();
        let action = Action::new(ActionId::new(&*id)?, format!("Do {id}"), act(kind)?);
        let choice = Choice::new("What now?", vec![action.clone()]);
        said.push((format!("button: {kind:?}"), choice.into()));
        let picture = Media::from_url(MediaKind::Image, "https://example.com/a.png", "a shoe");
        let card = Card::new("Shoes")
            .with_text("Very soft.")
            .with_media(picture);
        said.push((
            format!("card with button: {kind:?}"),
            card.with_action(action.clone()).into(),
        ));
        all.push(action);
    }
    said.push((
        "buttons of all kinds".to_owned(),
        Choice::new("What now?", all).into(),
    ));
    for count in 1..=12 {
        let mut options = Vec::new();
        for number in 1..=count {
            let id = ActionId::new(format!("o{number}"))?;
            options.push(Action::reply(id, format!("Option {number}")));
        }
        said.push((
            format!("{count} answers"),
            Choice::new("Which one?", options).into(),
        ));
    }
    Ok(said)
}

fn act(kind: ActionKind) -> Result<Act, Error> {
    let url = "https://example.com/a?b=c&d=e";
    let place = Location::new(Decimal::new("53.55")?, Decimal::new("9.99")?).with_name("Shop");
    Ok(match kind {
        ActionKind::Reply => Reply::default().into(),
        ActionKind::Url => Url::new(url).into(),
        ActionKind::Call => Call::new("+494000000").into(),
        ActionKind::ViewLocation => place.into(),
        ActionKind::ShareLocation => ShareLocation::default().into(),
        ActionKind::Calendar => {
            CalendarEvent::new("Fitting", time(0), time(1800), "Europe/Berlin").into()
        }
        ActionKind::CopyCode => CopyCode::new("SHOES10").into(),
        ActionKind::Catalog => Catalog::new(url).into(),
        ActionKind::Form => OpenForm::new(url).into(),
        ActionKind::Pay => Pay::new(url).into(),
        ActionKind::Login => Login::new(url).into(),
    })
}

/// Every kind of media by URL, with its bytes and by the provider's id; with and without a caption; an album.
fn media(id: &str) -> Said {
    let mut said = Vec::new();
    for kind in MediaKind::KNOWN {
        let (mime, end, bytes) = file(kind);
        let mut by_url = Media::from_url(
            kind.clone(),
            format!("https://example.com/a.{end}"),
            "what it shows",
        );
        by_url.mime = Some(mime.to_owned());
        let with_bytes = Media::from_bytes(kind.clone(), mime, bytes, "what it shows")
            .with_filename(format!("a.{end}"));
        let mut by_id = with_bytes.clone();
        by_id.source = MediaSource::ProviderId(id.to_owned());
        for (how, media) in [("url", by_url), ("bytes", with_bytes), ("id", by_id)] {
            let group = MediaGroup::new(vec![media]);
            said.push((format!("{} by {how}", kind.as_str()), group.clone().into()));
            said.push((
                format!("{} by {how} with a caption", kind.as_str()),
                group.with_caption("Look at this").into(),
            ));
        }
    }
    let picture = |name: &str| {
        Media::from_url(
            MediaKind::Image,
            format!("https://example.com/{name}.png"),
            name,
        )
    };
    let album = MediaGroup::new(["one", "two", "three"].map(picture).into());
    said.push(("an album".to_owned(), album.with_caption("Three").into()));
    said
}

/// A type, the end of a name, and bytes that begin as that type does.
fn file(kind: &MediaKind) -> (&'static str, &'static str, &'static [u8]) {
    match kind {
        MediaKind::Image => ("image/jpeg", "jpg", b"\xff\xd8\xff\xe0JFIF"),
        MediaKind::Video => ("video/mp4", "mp4", b"\0\0\0\x18ftypmp42"),
        MediaKind::Audio => ("audio/mpeg", "mp3", b"ID3\x03\0"),
        MediaKind::VoiceNote => ("audio/ogg", "ogg", b"OggS\0"),
        MediaKind::Animation => ("image/gif", "gif", b"GIF89a"),
        MediaKind::Sticker => ("image/webp", "webp", b"RIFF\0\0\0\0WEBP"),
        _ => ("application/pdf", "pdf", b"%PDF-1.7\n"),
    }
}

/// The long ones have no marks that are escaped: specifications count what is on the wire, providers what is shown.
fn texts() -> Said {
    let plain = |name: &str, text: String| (name.to_owned(), Content::text(text));
    vec![
        plain("one letter", "a".to_owned()),
        plain(
            "a long text",
            "Your new shoes are on their way. ".repeat(400),
        ),
        plain("a long text of pictograms", "👩‍👩‍👧‍👦 Grüße, 漢字 … ".repeat(200)),
        plain("text from right to left", "שלום עולם، مرحبا".to_owned()),
        plain(
            "marks of markup",
            "*a* _b_ ~c~ `d` <e> &f; [g](h) @here <@U1> {i}".to_owned(),
        ),
    ]
}
