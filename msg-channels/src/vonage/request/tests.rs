use super::super::golden::{
    self, asking, captioned, link, media as medium, part, reply, text, wire,
};
use super::*;
use VonageChannel::{Messenger, Mms, Rcs, Sms, ViberService, WhatsApp};
use msg_core::channel::{ChannelWire as _, Failure};
use msg_core::id::TemplateId;
use msg_core::message::content::TemplateCategory;
use msg_core::message::part::CarouselPart;
use msg_core::message::{Address, ChannelKind};

fn shown(request: &http::Request<Bytes>) -> String {
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    let body = serde_json::to_string_pretty(&body).unwrap();
    format!("{} {}\n{body}", request.method(), request.uri())
}

#[test]
fn every_part_is_encoded_as_reviewed() {
    for (name, channel, part) in golden::parts() {
        let request = wire(channel).encode(&part).unwrap();
        assert!(request.headers()[AUTHORIZATION].is_sensitive());
        insta::assert_snapshot!(name, shown(&request));
    }
}

#[test]
fn a_sender_says_what_it_is_configured_to_say() {
    for (channel, name) in [(Sms, "configured-sms"), (ViberService, "configured-viber")] {
        let config = golden::config(channel)
            .with_ttl(600)
            .with_webhook_url("https://shop.example/status");
        let mut part = part(channel, text("Hi"));
        part.purpose = Purpose::Marketing;
        let request = Vonage::new(config).unwrap().encode(&part).unwrap();
        insta::assert_snapshot!(name, shown(&request));
    }
}

fn refused(channel: VonageChannel, body: impl Into<PartBody>) -> Failure {
    *wire(channel).encode(&part(channel, body)).unwrap_err()
}

#[test]
fn what_a_channel_does_not_carry_is_refused_before_it_is_sent() {
    use FailureClass::{ContentInvalid, ContentTooLarge, MediaRejected, Unsupported};
    let one = |kind| MediaPart::new(vec![medium(kind)]);
    let two = MediaPart::new(vec![medium(MediaKind::Image), medium(MediaKind::Image)]);
    let mut bytes = captioned(MediaKind::Image);
    bytes.items = vec![Media::from_bytes(
        MediaKind::Image,
        "image/png",
        &b"png"[..],
        "",
    )];
    let mut poor = golden::card();
    poor.title = None;
    let mut tapped = captioned(MediaKind::Image);
    tapped.buttons = vec![reply("a")];
    let many = vec![reply("a"), reply("b"), reply("c"), reply("d")];
    let refusals: [(VonageChannel, PartBody, FailureClass); 20] = [
        (Sms, text("").into(), ContentInvalid),
        (Sms, asking(vec![reply("a")]).into(), Unsupported),
        (Sms, one(MediaKind::Image).into(), Unsupported),
        (Mms, MediaPart::new(Vec::new()).into(), Unsupported),
        (Mms, bytes.into(), MediaRejected),
        (Rcs, one(MediaKind::Audio).into(), Unsupported),
        (Rcs, captioned(MediaKind::Image).into(), Unsupported),
        (Rcs, poor.into(), Unsupported),
        (
            Rcs,
            CarouselPart::new(vec![golden::card()]).into(),
            Unsupported,
        ),
        (Rcs, golden::place().into(), Unsupported),
        (WhatsApp, two.into(), Unsupported),
        (WhatsApp, captioned(MediaKind::Audio).into(), Unsupported),
        (WhatsApp, asking(many).into(), Unsupported),
        (
            WhatsApp,
            asking(vec![reply("a"), link("b")]).into(),
            Unsupported,
        ),
        (WhatsApp, RawPart(Value::Null).into(), ContentInvalid),
        (Messenger, asking(vec![reply("a")]).into(), Unsupported),
        (Messenger, text(&"ü".repeat(641)).into(), ContentTooLarge),
        (ViberService, one(MediaKind::Video).into(), Unsupported),
        (ViberService, tapped.into(), Unsupported),
        (
            ViberService,
            asking(vec![link("a"), link("b")]).into(),
            Unsupported,
        ),
    ];
    for (at, (channel, body, class)) in refusals.into_iter().enumerate() {
        assert_eq!(refused(channel, body).class, class, "refusal {at}");
    }
    assert!(
        wire(Messenger)
            .encode(&part(Messenger, text(&"ü".repeat(640))))
            .is_ok()
    );
}

#[test]
fn a_person_of_another_channel_is_refused() {
    for (channel, to) in [
        (Sms, Address::phone(ChannelKind::WhatsApp, golden::PERSON)),
        (
            Messenger,
            Address::phone(ChannelKind::Messenger, golden::PERSON),
        ),
    ] {
        let mut other = part(channel, text("hi"));
        other.to = to.unwrap();
        let failure = *wire(channel).encode(&other).unwrap_err();
        assert_eq!(failure.class, FailureClass::InvalidRecipient);
    }
}

#[test]
fn a_template_that_vonage_cannot_fill_is_refused() {
    let id = TemplateId::new("ns:t").unwrap();
    let call = ProviderTemplate::new(id, "en", TemplateCategory::Utility);
    let mut named = call.clone();
    named.params.insert("name".into(), "Ada".into());
    let mut gap = call.clone();
    gap.params.insert("2".into(), "Ada".into());
    let mut card = call;
    card.components = vec![TemplateComponent::Cards(
        msg_core::message::template::TemplateCards(Vec::new()),
    )];
    for template in [named, gap, card] {
        assert_eq!(
            refused(WhatsApp, template).class,
            FailureClass::TemplateParams
        );
    }
}
