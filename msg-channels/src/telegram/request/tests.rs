use super::super::golden;
use super::super::{Telegram, TelegramConfig};
use super::*;
use http::header::CONTENT_TYPE;
use msg_core::channel::ChannelWire as _;
use msg_core::channel::{Advice, Failure, FailureClass};
use msg_core::id::ActionId;
use msg_core::message::part::{Button, Keyboard, MediaPart, TextPart};
use msg_core::message::{Action, Media, MediaKind};

fn bot() -> Telegram {
    Telegram::new(TelegramConfig::new(golden::TOKEN)).unwrap()
}

fn part(body: impl Into<PartBody>) -> Part {
    let mut part = golden::parts().unwrap().remove(0).1;
    part.body = body.into();
    part
}

fn refused(body: impl Into<PartBody>) -> Failure {
    *bot().encode(&part(body)).unwrap_err()
}

/// Method, content type and body as lines, without the address: it carries the token.
fn shown(request: &http::Request<Bytes>) -> String {
    let method = request.uri().path().rsplit('/').next().unwrap();
    let content_type = request.headers()[CONTENT_TYPE].to_str().unwrap();
    let body = std::str::from_utf8(request.body()).unwrap();
    format!(
        "{} {method}\n{content_type}\n\n{}",
        request.method(),
        body.replace("\r\n", "\n")
    )
}

#[test]
fn every_part_is_encoded_as_reviewed() {
    let bot = bot();
    for (name, part) in golden::parts().unwrap() {
        let request = bot.encode(&part).unwrap();
        assert_eq!(
            request.uri().to_string().rsplit_once('/').unwrap().0,
            format!("https://api.telegram.org/bot{}", golden::TOKEN)
        );
        insta::assert_snapshot!(name, shown(&request));
        assert_eq!(shown(&request), shown(&bot.encode(&part).unwrap()));
    }
}

#[test]
fn what_the_bot_api_does_not_carry_is_refused_before_it_is_sent() {
    let failure = refused(msg_core::message::part::VoicePart::new("hello"));
    assert_eq!(
        (failure.class, failure.advice),
        (FailureClass::Unsupported, Advice::Degrade)
    );
    let failure = refused(TextPart::new(Styled::new("*x*", Dialect::WhatsApp)));
    assert_eq!(failure.class, FailureClass::ContentInvalid);
}

#[test]
fn an_album_keeps_the_rules_of_its_method() {
    let image = || Media::from_url(MediaKind::Image, "https://example.org/a.jpg", "");
    let file = Media::from_url(MediaKind::File, "https://example.org/a.pdf", "");
    let voice = Media::from_url(MediaKind::VoiceNote, "https://example.org/a.ogg", "");
    let reason = |items| refused(MediaPart::new(items)).detail;
    assert_eq!(reason(vec![]), "an album has 2 to 10 items");
    assert_eq!(reason(vec![image(); 11]), "an album has 2 to 10 items");
    assert!(reason(vec![image(), file.clone()]).contains("pictures and films"));
    assert!(reason(vec![image(), voice]).contains("sent alone"));
    let clip = Media::from_url(MediaKind::Video, "https://example.org/a.mp4", "");
    assert!(bot().encode(&part(MediaPart::new(vec![file; 2]))).is_ok());
    assert!(
        bot()
            .encode(&part(MediaPart::new(vec![image(), clip])))
            .is_ok()
    );
    let mut buttons = MediaPart::new(vec![image(), image()]);
    let action = Action::reply(ActionId::new("a").unwrap(), "A");
    buttons.buttons = vec![Button::new(action, "a")];
    assert_eq!(refused(buttons).detail, "an album has no buttons");
}

#[test]
fn a_handle_that_does_not_fit_is_refused_and_not_cut() {
    let text = |handle: &str| {
        let action = Action::reply(ActionId::new("a").unwrap(), "A");
        let button = Button::new(action, handle);
        TextPart::new(Styled::plain("?")).with_buttons(vec![button], Keyboard::Buttons)
    };
    assert!(bot().encode(&part(text(&"x".repeat(64)))).is_ok());
    assert_eq!(
        refused(text(&"x".repeat(65))).detail,
        "a handle has 1 to 64 bytes"
    );
    assert_eq!(refused(text("")).detail, "a handle has 1 to 64 bytes");
}

#[test]
fn a_sticker_has_no_caption() {
    let mut media = MediaPart::new(vec![Media::from_url(
        MediaKind::Sticker,
        "https://example.org/a.webp",
        "",
    )]);
    media.caption = Some(Styled::plain("x"));
    assert_eq!(refused(media).detail, "a sticker has no caption");
}

#[test]
fn a_message_of_another_chat_is_neither_changed_nor_answered() {
    let elsewhere = Chat::new(7_000_001, 1).message(42);
    assert!(
        refused(Delete::new(&elsewhere))
            .detail
            .contains("not one of this chat")
    );
    let mut reply = part(TextPart::new(Styled::plain("x")));
    reply.reply_to = Some(elsewhere);
    assert!(bot().encode(&reply).is_err());
}

#[test]
fn a_raw_call_cannot_leave_its_chat() {
    let raw = |value| RawPart(value);
    let fine = serde_json::json!({"method": "sendDice", "chat_id": golden::CHAT.to_string()});
    assert!(bot().encode(&part(raw(fine))).is_ok());
    for (value, why) in [
        (
            serde_json::json!({"method": "sendDice", "chat_id": 1}),
            "goes to the chat of its part",
        ),
        (
            serde_json::json!({"method": "sendDice", "chat_id": "@else"}),
            "goes to the chat of its part",
        ),
        (
            serde_json::json!({"method": "sendGift", "user_id": 1}),
            "goes to the chat of its part",
        ),
        (
            serde_json::json!({"method": "deleteWebhook"}),
            "not about messages",
        ),
        (
            serde_json::json!({"method": "logOut"}),
            "not about messages",
        ),
        (
            serde_json::json!({"method": "send/../logOut"}),
            "not about messages",
        ),
        (
            serde_json::json!({"method": "sendChatJoinRequestWebApp"}),
            "not about messages",
        ),
        (serde_json::json!({"method": ""}), "not about messages"),
        (serde_json::json!({"text": "x"}), "names a method"),
        (serde_json::json!([1]), "names a method"),
    ] {
        let detail = refused(raw(value.clone())).detail;
        assert!(detail.contains(why), "{value}: {detail}");
    }
}

#[test]
fn a_contact_card_that_is_too_large_is_refused() {
    let mut card = msg_core::message::content::ContactCard::new("x").with_phone("+4930123456");
    card.organization = Some("y".repeat(2048));
    assert!(refused(ContactCards(vec![card])).detail.contains("2048"));
}

#[test]
fn a_vcard_value_cannot_end_its_line() {
    assert_eq!(
        escaped("a;b,c\\d\r\nEND:VCARD"),
        "a\\;b\\,c\\\\d\\nEND:VCARD"
    );
}
