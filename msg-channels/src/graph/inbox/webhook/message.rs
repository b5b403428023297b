//! Messages: what a person wrote, shared or took back, and what we wrote ourselves.

use super::{Keep, Parser, Scene, read, text, value};
use msg_core::channel::{
    AnswerReceived, DeletedMessage, InboundMessage, MessageRef, Report, Unsupported,
};
use msg_core::message::content::{Decimal, Location, MediaGroup};
use msg_core::message::{Content, Media, MediaKind};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Message {
    mid: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    attachments: Option<Value>,
    #[serde(default)]
    quick_reply: Option<QuickReply>,
    #[serde(default)]
    reply_to: Option<ReplyTo>,
    #[serde(default)]
    is_deleted: Value,
    #[serde(default)]
    is_unsupported: Value,
    #[serde(default)]
    sticker_id: Option<Value>,
    #[serde(default)]
    referral: Option<Value>,
    #[serde(default)]
    product: Option<Value>,
    #[serde(default)]
    commands: Option<Value>,
    #[serde(default)]
    nlp: Option<Value>,
}

#[derive(Deserialize)]
struct QuickReply {
    #[serde(default)]
    payload: Option<String>,
}

#[derive(Deserialize)]
struct ReplyTo {
    #[serde(default)]
    mid: Option<String>,
    #[serde(default)]
    story: Option<Value>,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(default)]
    r#type: Option<String>,
    #[serde(default)]
    title: Option<String>,
    /// Links have it beside the payload.
    #[serde(default, alias = "URL")]
    url: Option<String>,
    #[serde(default)]
    payload: Option<Value>,
}

impl Parser<'_> {
    pub(super) fn message(&mut self, raw: &RawValue, scene: &Scene<'_>) -> Result<(), Keep> {
        let message: Message = read(raw)?;
        if message.mid.is_empty() {
            return Err(Keep);
        }
        if scene.own {
            // Proof that it is in the conversation. Messenger says later that it arrived.
            let report = Report::new("echo", value(raw));
            self.status(&message.mid, self.inbox.rules.echoed, scene, report);
            return Ok(());
        }
        let from = scene.person()?;
        let is = |flag: &Value| *flag == Value::Bool(true);
        if is(&message.is_deleted) {
            let gone = MessageRef::new(from, Some(message.mid.clone()));
            self.push(&format!("{}:deleted", message.mid), DeletedMessage(gone));
            return Ok(());
        }
        let conversation = self.conversation(&from)?;
        let tapped = message.quick_reply.as_ref();
        if let Some(handle) = tapped.and_then(|it| it.payload.as_deref()) {
            let mut answer = AnswerReceived::new(from, conversation, &*message.mid, handle);
            answer.label.clone_from(&message.text);
            self.push(&message.mid, answer);
        } else if let Some(content) = content(&message).filter(|_| !is(&message.is_unsupported)) {
            let mut received = InboundMessage::new(from, conversation, &*message.mid, content);
            received.reply_to = message.reply_to.as_ref().and_then(|it| it.mid.clone());
            received.report = report(&message, raw).map(Box::new);
            self.push(&message.mid, received);
        } else {
            let kept = Unsupported::new("message", value(scene.raw));
            self.push(&message.mid, kept);
        }
        if message.referral.is_some() {
            self.notice("referral", Some(scene), scene.raw);
        }
        Ok(())
    }
}

/// What the content has no place for: what was shared by which id, which story was answered, which product was looked at.
fn report(message: &Message, raw: &RawValue) -> Option<Report> {
    let story = message.reply_to.as_ref().and_then(|it| it.story.as_ref());
    let name = if story.is_some() {
        "story_reply"
    } else if message.referral.is_some() {
        "referral"
    } else if message.product.is_some() {
        "product"
    } else if message.attachments.is_some() || message.sticker_id.is_some() {
        "attachments"
    } else if message.commands.is_some() || message.nlp.is_some() {
        "extras"
    } else {
        return None;
    };
    Some(Report::new(name, value(raw)))
}

/// What a message says; none when nothing of it is content of ours.
fn content(message: &Message) -> Option<Content> {
    let said = message.text.as_deref().filter(|text| !text.is_empty());
    let all = attachments(message)?;
    let mut items = Vec::with_capacity(all.len());
    let mut lines: Vec<String> = Vec::new();
    for attachment in &all {
        match attachment.r#type.as_deref() {
            Some("location") => {
                if let (Some(place), 1, None) = (place(attachment), all.len(), said) {
                    return Some(Content::Location(place));
                }
                lines.extend(link(attachment));
            }
            Some("like_heart") => lines.push("❤".to_owned()),
            // A preview of a link that the text has.
            Some("fallback") if said.is_some() => {}
            Some("fallback") | None => lines.extend(link(attachment)),
            Some("template") => lines.extend(titles(attachment.payload.as_ref())),
            Some(kind) => match media(kind, attachment) {
                Some(media) => items.push(media),
                None => lines.extend(link(attachment)),
            },
        }
    }
    let words = said.map(str::to_owned).into_iter().chain(lines);
    let words: Vec<String> = words.filter(|line| !line.is_empty()).collect();
    let words = words.join("\n");
    if !items.is_empty() {
        let mut group = MediaGroup::new(items);
        if !words.is_empty() {
            group = group.with_caption(words.as_str());
        }
        return Some(Content::Media(group));
    }
    (!words.is_empty()).then(|| Content::text(words.as_str()))
}

/// The attachments, each once; none when they are of another shape.
fn attachments(message: &Message) -> Option<Vec<Attachment>> {
    let all = match &message.attachments {
        Some(Value::Array(all)) => all.as_slice(),
        // One of them stands alone sometimes.
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        None | Some(Value::Null) => &[],
        Some(_) => return None,
    };
    let read = |one: &Value| Attachment::deserialize(one).ok();
    let mut all = all.iter().map(read).collect::<Option<Vec<_>>>()?;
    if let [first, second] = all.as_slice() {
        let id = |attachment: &Attachment| field(attachment, "sticker_id");
        // For some time a sticker came as a sticker and as a picture (Messenger Platform, changelog of 1 June 2026), and a post
        // as a share and as a post (Instagram Platform, "What's new", of 3 November 2025).
        let twice =
            |name| field(first, name).is_some() && field(first, name) == field(second, name);
        if (id(first).is_some() && id(first) == id(second)) || twice("ig_post_media_id") {
            let plain = matches!(first.r#type.as_deref(), Some("image" | "share"));
            all.remove(usize::from(!plain));
        }
    }
    Some(all)
}

/// Something to fetch. What was shared from a feed or a story may be a picture or a film: its kind keeps the name that came.
fn media(kind: &str, attachment: &Attachment) -> Option<Media> {
    let url = field(attachment, "url").or_else(|| field(attachment, "story_media_url"));
    let url = url.or_else(|| attachment.url.clone())?;
    let kind = match kind {
        "sticker" => MediaKind::Sticker,
        "image" if field(attachment, "sticker_id").is_some() => MediaKind::Sticker,
        "image" => MediaKind::Image,
        "video" | "reel" | "ig_reel" => MediaKind::Video,
        "audio" => MediaKind::Audio,
        "file" => MediaKind::File,
        other => MediaKind::from(other),
    };
    let title = field(attachment, "title").or_else(|| attachment.title.clone());
    Some(Media::from_url(kind, url, title.unwrap_or_default()))
}

/// The title and the address of something shared.
fn link(attachment: &Attachment) -> Option<String> {
    let of = |own: &Option<String>, name| own.clone().or_else(|| field(attachment, name));
    let both = [of(&attachment.title, "title"), of(&attachment.url, "url")];
    let both: Vec<String> = both.into_iter().flatten().collect();
    let line = both.join("\n");
    (!line.trim().is_empty()).then_some(line)
}

/// The words of a card that was shared: a product, or somebody's template.
fn titles(payload: Option<&Value>) -> Vec<String> {
    let Some(payload) = payload else {
        return Vec::new();
    };
    let lists = ["/elements", "/generic/elements", "/product/elements"];
    let mut elements = lists
        .iter()
        .filter_map(|path| payload.pointer(path)?.as_array());
    let said = |of: &Value| {
        let fields = ["title", "subtitle", "text"];
        let words = fields.iter().filter_map(|name| of.get(name)?.as_str());
        words.collect::<Vec<_>>().join("\n")
    };
    match elements.next() {
        Some(elements) => elements.iter().map(said).collect(),
        None => vec![said(payload)],
    }
}

fn place(attachment: &Attachment) -> Option<Location> {
    let payload = attachment.payload.as_ref()?;
    let coordinate = |names: [&str; 2]| {
        let number = names.iter().find_map(|name| payload.pointer(name));
        let number = number.and_then(text)?;
        let written_out = || Decimal::new(number.parse::<f64>().ok()?.to_string()).ok();
        Decimal::new(&number).ok().or_else(written_out)
    };
    let latitude = coordinate(["/coordinates/lat", "/coordinates/latitude"])?;
    let longitude = coordinate(["/coordinates/long", "/coordinates/longitude"])?;
    let place = Location::new(latitude, longitude);
    let name = attachment.title.as_deref().filter(|it| !it.is_empty());
    Some(match name {
        Some(name) => place.with_name(name),
        None => place,
    })
}

fn field(attachment: &Attachment, name: &str) -> Option<String> {
    attachment.payload.as_ref()?.get(name).and_then(text)
}
