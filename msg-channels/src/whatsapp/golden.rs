//! A part of every kind that the Cloud API carries, for the snapshots of requests and for the check of those requests
//! against Meta's specification (`cargo xtask eval requests --channels`).

use msg_core::Error;
use msg_core::Timestamp;
use msg_core::id::{ActionId, MessageId, PartId, TemplateId, TenantId, time_ordered};
use msg_core::message::action::Catalog;
use msg_core::message::commerce::{Money, Payment, Product};
use msg_core::message::content::{
    ContactCard, ContactCards, Decimal, Location, ProviderTemplate, Reaction, Read,
    TemplateCategory, Typing,
};
use msg_core::message::interactive::{ContactField, FieldKind, Form, FormField};
use msg_core::message::part::{
    Button, ContactRequestPart, Keyboard, ListPart, ListSection, MediaPart, RawPart, RequestPart,
    Styled, TextPart,
};
use msg_core::message::template::{
    TemplateAct, TemplateBody, TemplateButton, TemplateCards, TemplateCatalog, TemplateCode,
    TemplateComponent, TemplateForm, TemplateHeader, TemplateMoney, TemplateOffer, TemplateParam,
    TemplateProduct, TemplateProducts, TemplateReply, TemplateSection, TemplateText, TemplateUrl,
};
use msg_core::message::{
    Action, Address, AddressScheme, ChannelKind, Markup, Media, MediaKind, MediaSource, Part,
    PartBody, Purpose,
};

/// The number that all parts go to.
pub(super) const NUMBER: &str = "+16505551234";
/// A token that belongs to nobody.
pub(super) const TOKEN: &str = "EAAExampleOnly";
/// The id of a phone number, from Meta's examples.
pub(super) const PHONE_NUMBER_ID: &str = "106540352242922";
/// The form for which a flow is configured.
pub(super) const FORM: &str = "return";
/// A message to answer.
const TARGET: &str = "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=";

/// The name of a part, and the part.
pub(super) type Named = (&'static str, Part);

/// Every part.
///
/// # Errors
/// Never: the names and ids in it are well formed.
pub(super) fn parts() -> Result<Vec<Named>, Error> {
    let mut parts = texts()?;
    parts.extend(media()?);
    parts.extend(places_and_people()?);
    parts.extend(commerce()?);
    parts.extend(templates()?);
    parts.extend(operations()?);
    Ok(parts)
}

fn part(body: impl Into<PartBody>) -> Result<Part, Error> {
    let id = time_ordered(Timestamp::UNIX_EPOCH, &[1; 16]);
    Ok(Part::new(
        PartId::new(MessageId::from_uuid(id), 0),
        TenantId::new("acme")?,
        Address::phone(ChannelKind::WhatsApp, NUMBER)?,
        Purpose::Transactional,
        body,
    ))
}

fn reply(id: &str, label: &str) -> Result<Button, Error> {
    Ok(Button::new(Action::reply(ActionId::new(id)?, label), id))
}

fn page(label: &str) -> Result<Button, Error> {
    let action = Action::url(ActionId::new("page")?, label, "https://example.org/a?b=c");
    Ok(Button::new(action, "page"))
}

fn texts() -> Result<Vec<Named>, Error> {
    let ask = |buttons| {
        let text = TextPart::new(Styled::plain("Shall we?"));
        part(text.with_buttons(buttons, Keyboard::Buttons))
    };
    let mut answer = part(TextPart::new(Styled::plain("As you asked")))?;
    answer.reply_to = Some(TARGET.into());
    let mut hidden = part(TextPart::new(Styled::plain("Hello")))?;
    hidden.to = Address::new(
        ChannelKind::WhatsApp,
        AddressScheme::WhatsAppUser,
        "US.13491208655302741918",
    )?;
    let mut group = part(TextPart::new(Styled::plain("Hello all")))?;
    group.to = Address::new(
        ChannelKind::WhatsApp,
        AddressScheme::from("whatsapp-group"),
        "Y2FwaV9ncm91cDoxODA1NTU1MDE3MjoxMjAzNjMyMjI3NzE5NjMwNjcZD",
    )?;
    let catalog = Action::new(
        ActionId::new("shop")?,
        "Shop",
        Catalog::new("https://wa.me/c/16505551234"),
    );
    let mut row = reply("mon", "Monday")?;
    if let msg_core::message::Act::Reply(reply) = &mut row.action.act {
        reply.description = Some("9:00 to 10:00".into());
    }
    let sections = vec![
        ListSection::new(Some("This week".into()), vec![row]),
        ListSection::new(None, vec![reply("later", "Later")?]),
    ];
    let mut list = ListPart::new(Styled::plain("When?"), "Times", sections);
    (list.header, list.footer) = (Some("Delivery".into()), Some("All times are local".into()));
    Ok(vec![
        (
            "text",
            part(TextPart::new(Styled::plain("Hello \"you\" 👋")))?,
        ),
        (
            "text-markup",
            part(TextPart::new(Styled::new(
                "*Hello*, see https://example.org",
                Markup::WhatsApp,
            )))?,
        ),
        ("text-reply", answer),
        ("text-to-user-id", hidden),
        ("text-to-group", group),
        (
            "text-buttons",
            ask(vec![reply("yes", "Yes")?, reply("no", "No")?])?,
        ),
        ("text-page", ask(vec![page("Open")?])?),
        ("text-catalog", ask(vec![Button::new(catalog, "shop")])?),
        ("list", part(list)?),
    ])
}

fn media() -> Result<Vec<Named>, Error> {
    let url = |kind, ending: &str| {
        Media::from_url(kind, format!("https://example.org/a.{ending}"), "a thing")
    };
    let stored = |kind| {
        let mut media = Media::from_url(kind, "", "a thing");
        media.source = MediaSource::ProviderId("4490709327384033".into());
        media
    };
    let bytes = Media::from_bytes(MediaKind::Image, "image/png", &b"pixels"[..], "a thing");
    let captioned = |item| {
        let mut part = MediaPart::new(vec![item]);
        part.caption = Some(Styled::new("_Seen_", Markup::WhatsApp));
        part
    };
    let with_buttons = |item, buttons| {
        let mut part = captioned(item);
        part.buttons = buttons;
        part
    };
    let file = |media: Media| media.with_filename("bill.pdf");
    Ok(vec![
        ("image-link", part(captioned(url(MediaKind::Image, "jpg")))?),
        ("image-id", part(captioned(stored(MediaKind::Image)))?),
        ("image-upload", part(captioned(bytes))?),
        ("video", part(captioned(url(MediaKind::Video, "mp4")))?),
        (
            "audio",
            part(MediaPart::new(vec![url(MediaKind::Audio, "mp3")]))?,
        ),
        (
            "voice",
            part(MediaPart::new(vec![stored(MediaKind::VoiceNote)]))?,
        ),
        (
            "sticker",
            part(MediaPart::new(vec![stored(MediaKind::Sticker)]))?,
        ),
        (
            "document",
            part(captioned(file(url(MediaKind::File, "pdf"))))?,
        ),
        (
            "image-buttons",
            part(with_buttons(
                url(MediaKind::Image, "jpg"),
                vec![reply("yes", "Yes")?],
            ))?,
        ),
        (
            "document-page",
            part(with_buttons(
                file(stored(MediaKind::File)),
                vec![page("Open")?],
            ))?,
        ),
    ])
}

fn places_and_people() -> Result<Vec<Named>, Error> {
    let mut rich = ContactCard::new("Ada Example").with_phone("+4930123456");
    rich.emails.push("ada@example.org".into());
    rich.organization = Some("Example Ltd".into());
    let ask = |field| ContactRequestPart::new(Styled::plain("How can we reach you?"), field);
    Ok(vec![
        ("location", part(place()?)?),
        (
            "location-request",
            part(PartBody::LocationRequest(RequestPart::new(Styled::plain(
                "Where are you?",
            ))))?,
        ),
        ("contacts", part(ContactCards(vec![rich]))?),
        ("phone-request", part(ask(ContactField::Phone))?),
        ("email-request", part(ask(ContactField::Email))?),
    ])
}

fn place() -> Result<Location, Error> {
    let place = Location::new(Decimal::new("52.5200066")?, Decimal::new("-13.404954")?);
    Ok(place.with_name("Shop").with_address("Example Street 1"))
}

fn commerce() -> Result<Vec<Named>, Error> {
    let fields = vec![FormField::new("why", "Why?", FieldKind::Text)];
    let mut form = Form::new(ActionId::new(FORM)?, "Return", fields);
    form.prompt = Some("Tell us what is wrong.".into());
    let amount = Money::new(8990, "BRL");
    let payment = Payment::new(
        "1234",
        "Running shoes",
        amount,
        "https://pay.example.org/1234",
    );
    Ok(vec![
        ("form", part(form)?),
        ("product", part(Product::new("sku-1", "Running shoes"))?),
        ("payment", part(payment)?),
    ])
}

fn call(components: Vec<TemplateComponent>) -> Result<Part, Error> {
    let id = TemplateId::new("order_shipped")?;
    let mut call = ProviderTemplate::new(id, "en-US", TemplateCategory::Utility);
    call.components = components;
    part(call)
}

fn template(params: &[(&str, &str)]) -> Result<Part, Error> {
    let id = TemplateId::new("order_shipped")?;
    let mut call = ProviderTemplate::new(id, "en_US", TemplateCategory::Utility);
    let pair = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    call.params = params.iter().map(pair).collect();
    part(call)
}

fn header(param: impl Into<TemplateParam>) -> TemplateComponent {
    TemplateHeader(param.into()).into()
}

fn button(index: u8, act: impl Into<TemplateAct>) -> TemplateComponent {
    TemplateButton::new(index, act.into()).into()
}

fn body(text: &str) -> TemplateComponent {
    TemplateBody::texts([text]).into()
}

fn picture() -> Media {
    Media::from_url(MediaKind::Image, "https://example.org/a.jpg", "a thing")
}

fn templates() -> Result<Vec<Named>, Error> {
    let bill = Media::from_url(MediaKind::File, "https://example.org/a.pdf", "a bill");
    let amount = TemplateMoney::new(Money::new(8990, "EUR"), "89.90 EUR");
    let who = TemplateText::new("Ada").with_name("who");
    let text = TemplateBody(vec![who.into(), amount.into()]);
    let counted = [
        ("1", "Ada"),
        ("2", "1234"),
        ("10", "j"),
        ("3", "c"),
        ("4", "d"),
    ];
    let rest = [("5", "e"), ("6", "f"), ("7", "g"), ("8", "h"), ("9", "i")];
    let product = TemplateProduct::new("sku-1", "7");
    Ok(vec![
        ("template", template(&[])?),
        ("template-counted", template(&[counted, rest].concat())?),
        (
            "template-named",
            template(&[("who", "Ada"), ("order", "1234")])?,
        ),
        (
            "template-picture",
            call(vec![header(picture()), body("Ada")])?,
        ),
        (
            "template-document",
            call(vec![header(bill.with_filename("bill.pdf"))])?,
        ),
        ("template-place", call(vec![header(place()?)])?),
        ("template-product", call(vec![header(product)])?),
        ("template-money", call(vec![text.into()])?),
        ("template-buttons", call(with_buttons())?),
        (
            "template-flow",
            call(vec![button(0, TemplateForm::new("form-1"))])?,
        ),
        (
            "template-catalog",
            call(vec![button(0, TemplateCatalog("sku-1".into()))])?,
        ),
        ("template-products", call(vec![with_products()])?),
        ("template-offer", call(offer())?),
        ("template-cards", call(cards())?),
        ("template-one-time-code", call(one_time_code("482913"))?),
    ])
}

fn with_buttons() -> Vec<TemplateComponent> {
    vec![
        body("Ada"),
        button(0, TemplateReply("stop".into())),
        button(1, TemplateUrl("orders/1234".into())),
        button(2, TemplateCode("SPRING10".into())),
    ]
}

fn with_products() -> TemplateComponent {
    let sections = vec![TemplateSection::new("New", vec!["sku-1".into()])];
    button(0, TemplateProducts::new("sku-1", sections))
}

fn offer() -> Vec<TemplateComponent> {
    let ends = TemplateOffer::new(Timestamp::UNIX_EPOCH);
    vec![ends.into(), button(0, TemplateCode("SPRING10".into()))]
}

fn cards() -> Vec<TemplateComponent> {
    let card = |text| {
        let more = TemplateReply("more".into());
        vec![header(picture()), body(text), button(0, more)]
    };
    let cards = TemplateCards(vec![card("One"), card("Two")]);
    vec![body("Ada"), cards.into()]
}

/// As an authentication template has it: in the text, and in the button that copies it.
fn one_time_code(code: &str) -> Vec<TemplateComponent> {
    vec![body(code), button(0, TemplateUrl(code.to_owned()))]
}

fn operations() -> Result<Vec<Named>, Error> {
    let mut back = Reaction::new(TARGET, "");
    back.emoji = None;
    let mut typing = part(Typing::default())?;
    typing.reply_to = Some(TARGET.into());
    let items = serde_json::json!([{"product_retailer_id": "sku-1"}]);
    let sections = serde_json::json!([{"title": "New", "product_items": items}]);
    let raw = serde_json::json!({
        "type": "interactive",
        "interactive": {
            "type": "product_list",
            "header": {"type": "text", "text": "Shoes"},
            "body": {"text": "What is new"},
            "action": {"catalog_id": "7", "sections": sections},
        },
    });
    let status = serde_json::json!({"status": "read", "message_id": TARGET});
    Ok(vec![
        ("reaction", part(Reaction::new(TARGET, "👍"))?),
        ("reaction-back", part(back)?),
        ("typing", typing),
        ("read", part(Read::new(TARGET))?),
        ("raw-product-list", part(RawPart(raw))?),
        ("raw-read", part(RawPart(status))?),
    ])
}
