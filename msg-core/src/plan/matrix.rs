//! One sample of every kind of content on every channel: what it becomes and what it loses, as a page to read.

use super::{Loss, LossKind, Plan, PlanInput, Severity, plan};
use crate::capability::{Capabilities, profile};
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
use crate::message::part::Button;
use crate::message::text::Table;
use crate::message::{
    Action, Block, Card, Content, ContentKind, Inline, Media, MediaKind, PartBody, RichText,
};
use crate::{Error, Timestamp};
use std::fmt::Write as _;

/// A sample of a kind of content, the same every time.
///
/// # Errors
/// Never with the names that are written here; they are checked like any other.
pub fn sample(kind: ContentKind) -> Result<Content, Error> {
    Ok(match kind {
        ContentKind::Text => Content::Text(rich_text()),
        ContentKind::Media => {
            Content::Media(MediaGroup::new(vec![picture()]).with_caption("Your new shoes"))
        }
        ContentKind::Card => card("Running shoes", "shoes")?.into(),
        ContentKind::Carousel => {
            let cards = vec![
                card("Running shoes", "shoes")?,
                card("Rain jacket", "jacket")?,
            ];
            Carousel::new(cards).into()
        }
        ContentKind::Choice => Choice::new(
            "What can we do for you?",
            vec![
                Action::reply(id("track")?, "Track order"),
                Action::reply(id("change")?, "Change my delivery address"),
                Action::url(id("shop")?, "Shop", "https://shop.example/"),
                Action::call(id("call")?, "Call us", "+15550100"),
            ],
        )
        .into(),
        ContentKind::List => list()?,
        ContentKind::Location => place()?.into(),
        ContentKind::LocationRequest => LocationRequest::new("Where are you?").into(),
        ContentKind::Contact => ContactCards(vec![
            ContactCard::new("Shop Hamburg").with_phone("+494000000"),
        ])
        .into(),
        ContentKind::ContactRequest => {
            ContactRequest::new("How can we call you?", ContactField::Phone).into()
        }
        ContentKind::Form
        | ContentKind::TimePicker
        | ContentKind::CalendarEvent
        | ContentKind::Poll => ask(kind)?,
        ContentKind::Product | ContentKind::Order | ContentKind::Payment => commerce(kind),
        ContentKind::OneTimeCode => OneTimeCode::new("482913", "Shop").with_minutes(10).into(),
        ContentKind::Template => {
            let mut call = ProviderTemplate::new(
                TemplateId::new("order_shipped")?,
                "en",
                TemplateCategory::Utility,
            );
            call.preview = "Your order has shipped.".into();
            call.into()
        }
        ContentKind::Reaction => Reaction::new("message-1", "👍").into(),
        ContentKind::Edit => Edit::new("message-1", Content::text("Open until 8 pm.")).into(),
        ContentKind::Delete => Delete::new("message-1").into(),
        ContentKind::Typing => Typing::default().into(),
        ContentKind::Read => Read::new("message-1").into(),
        ContentKind::Notification => {
            let mut push = Notification::new("Order shipped", "It arrives tomorrow.");
            push.url = Some("https://shop.example/orders/1".into());
            push.into()
        }
        ContentKind::Voice => {
            let mut voice = Voice::new("Your parcel arrives tomorrow.");
            voice.options = vec![
                Action::reply(id("ok")?, "Fine"),
                Action::reply(id("later")?, "Another day"),
            ];
            voice.into()
        }
        ContentKind::Email => {
            let mut email = Email::new("Order shipped", "It arrives tomorrow.");
            email.actions = vec![Action::url(
                id("track")?,
                "Track",
                "https://shop.example/orders/1",
            )];
            email.into()
        }
        ContentKind::Table => table().into(),
        ContentKind::Mixed => vec![Content::text("Here we are:"), place()?.into()].into(),
    })
}

fn id(name: &str) -> Result<ActionId, Error> {
    ActionId::new(name)
}

fn rich_text() -> RichText {
    RichText::new(vec![
        Block::Paragraph(vec![
            Inline::Text("Your order ".into()),
            Inline::Bold(vec![Inline::Text("1234".into())]),
            Inline::Text(" has shipped. ".into()),
            Inline::Link {
                url: "https://shop.example/orders/1".into(),
                text: vec![Inline::Text("Track it".into())],
            },
        ]),
        Block::List {
            start: None,
            items: vec![
                vec![Block::Paragraph(vec![Inline::Text("Shoes".into())])],
                vec![Block::Paragraph(vec![Inline::Text("Jacket".into())])],
            ],
        },
    ])
}

fn picture() -> Media {
    Media::from_url(
        MediaKind::Image,
        "https://cdn.example/shoes.jpg",
        "A pair of red shoes",
    )
}

fn card(title: &str, name: &str) -> Result<Card, Error> {
    Ok(Card::new(title)
        .with_text("Light and quick.")
        .with_media(picture())
        .with_action(Action::reply(id(&format!("buy-{name}"))?, "Buy"))
        .with_action(Action::url(
            id(&format!("see-{name}"))?,
            "Details",
            "https://shop.example/p/1",
        )))
}

fn list() -> Result<Content, Error> {
    let rows = |names: &[&str]| -> Result<Vec<Action>, Error> {
        names
            .iter()
            .map(|name| Ok(Action::reply(id(name)?, *name)))
            .collect()
    };
    let sections = vec![
        Section::new(Some("Clothes".into()), rows(&["Jackets", "Shirts"])?),
        Section::new(Some("Shoes".into()), rows(&["Running", "Hiking"])?),
    ];
    Ok(ListMenu::new("What are you looking for?", "Categories", sections).into())
}

fn place() -> Result<Location, Error> {
    Ok(
        Location::new(Decimal::new("53.5503")?, Decimal::new("9.9920")?)
            .with_name("Shop Hamburg")
            .with_address("Rathausmarkt 1"),
    )
}

fn ask(kind: ContentKind) -> Result<Content, Error> {
    let day = Timestamp::UNIX_EPOCH;
    Ok(match kind {
        ContentKind::Form => {
            let mut form = Form::new(
                id("return")?,
                "Return",
                vec![FormField::new("why", "Why?", FieldKind::Text)],
            );
            form.fallback_url = Some("https://shop.example/return/1".into());
            form.into()
        }
        ContentKind::TimePicker => {
            let slots = vec![
                TimeSlot::new(id("mon")?, "Mon 9:00", day, 30),
                TimeSlot::new(id("tue")?, "Tue 14:00", day, 30),
            ];
            TimePicker::new("When shall we come?", "Europe/Berlin", slots).into()
        }
        ContentKind::CalendarEvent => {
            CalendarEvent::new("Delivery", day, day, "Monday, 9:00").into()
        }
        _ => Poll::new(
            "Do you like it?",
            vec![
                PollOption::new(id("yes")?, "Yes"),
                PollOption::new(id("no")?, "No"),
            ],
        )
        .into(),
    })
}

fn commerce(kind: ContentKind) -> Content {
    match kind {
        ContentKind::Product => {
            let mut product = Product::new("sku-1", "Running shoes");
            product.price = Some(Money::new(8990, "EUR"));
            product.image = Some(picture());
            product.url = Some("https://shop.example/p/1".into());
            product.into()
        }
        ContentKind::Order => Order::new(
            "1234",
            vec![OrderLine::new("Running shoes", 1, Money::new(8990, "EUR"))],
            Money::new(8990, "EUR"),
        )
        .into(),
        _ => Payment::new(
            "1234",
            "Running shoes",
            Money::new(8990, "EUR"),
            "https://pay.example/1",
        )
        .into(),
    }
}

fn table() -> Table {
    let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
    Table::new(
        row(["Size", "Stock"]),
        vec![row(["42", "3"]), row(["43", "0"])],
    )
}

/// A part on one line.
fn describe(part: &PartBody, out: &mut String) {
    let _ = match part {
        PartBody::Text(part) => write!(
            out,
            "text `{}`{}",
            one_line(&part.text.text),
            buttons(&part.buttons)
        ),
        PartBody::Media(part) => {
            let kinds: Vec<&str> = part.items.iter().map(|item| item.kind.as_str()).collect();
            let caption = part
                .caption
                .as_ref()
                .map(|text| format!(" `{}`", one_line(&text.text)));
            write!(
                out,
                "{}{}{}",
                kinds.join("+"),
                caption.unwrap_or_default(),
                buttons(&part.buttons)
            )
        }
        PartBody::Card(card) => write!(
            out,
            "card `{}`{}",
            card.title.as_deref().unwrap_or_default(),
            buttons(&card.buttons)
        ),
        PartBody::Carousel(all) => write!(out, "carousel of {}", all.cards.len()),
        PartBody::List(list) => {
            let rows: usize = list.sections.iter().map(|section| section.rows.len()).sum();
            write!(out, "list `{}` of {rows} rows", one_line(&list.body.text))
        }
        PartBody::Email(mail) => write!(
            out,
            "email `{}`: `{}`{}",
            mail.subject,
            one_line(&mail.text),
            if mail.attachments.is_empty() {
                ""
            } else {
                " + attachment"
            }
        ),
        PartBody::Notification(push) => write!(
            out,
            "notification `{}`: `{}`",
            push.title,
            one_line(&push.body)
        ),
        PartBody::Voice(voice) => write!(
            out,
            "voice `{}`{}",
            one_line(&voice.text),
            buttons(&voice.options)
        ),
        other => write!(out, "{}", other.tag()),
    };
}

fn buttons(buttons: &[Button]) -> String {
    buttons.iter().fold(String::new(), |mut labels, button| {
        let _ = write!(labels, " [{}]", button.action.label);
        labels
    })
}

fn one_line(text: &str) -> String {
    text.replace('\n', " ⏎ ")
}

fn lost(loss: &Loss) -> String {
    let kind = match &loss.kind {
        LossKind::Truncated { from, to } => format!("truncated {from}→{to}"),
        LossKind::Split { parts } => format!("split into {parts}"),
        other => format!("{other:?}"),
    };
    format!("{} {:?}: {kind} ({})", loss.path, loss.severity, loss.rule)
}

/// What one sample becomes on one channel, a line a part and a line a loss.
#[must_use]
pub fn cell(plan: &Plan) -> String {
    let mut out = String::new();
    for part in &plan.parts {
        out.push_str("  > ");
        describe(part, &mut out);
        out.push('\n');
    }
    for loss in &plan.losses {
        let _ = writeln!(out, "  - {}", lost(loss));
    }
    out
}

/// What every sample becomes with some capabilities.
///
/// # Errors
/// As [`sample`].
pub fn column(caps: &Capabilities) -> Result<String, Error> {
    let mut out = String::new();
    for kind in ContentKind::ALL {
        let content = sample(kind)?;
        let _ = writeln!(out, "{}", content.tag());
        out.push_str(&cell(&plan(&PlanInput::new(&content), caps)));
    }
    Ok(out)
}

/// One word for a cell of the overview.
fn verdict(plan: &Plan) -> &'static str {
    let severity = plan.severity();
    if plan.parts.is_empty() {
        return if severity == Severity::None {
            "no-op"
        } else {
            "✗"
        };
    }
    match severity {
        Severity::None => "native",
        Severity::Cosmetic => "plainer",
        Severity::Minor => "degraded",
        Severity::Major => "incomplete",
        Severity::Total => "refused",
    }
}

/// The page `docs/degradation.md`: a sample of every kind of content on every channel.
///
/// # Errors
/// As [`sample`].
pub fn degradation_page() -> Result<String, Error> {
    let mut out = String::from(
        "# Degradation\n\nWhat a sample of every kind of content becomes on every channel, as the planner plans it with the \
         capabilities of the\nchannel alone. This page is generated: `BLESS=1 cargo test -p msg-core degradation_page`.\n\n\
         - **native**: nothing is lost · **plainer**: it looks plainer, everything works · **degraded**: less convenient, \
         everything is there\n- **incomplete**: something is missing · **refused**: planned, but only sent when the host \
         accepts a total loss · **✗**: cannot be sent · **no-op**: not shown, and nobody misses it\n",
    );
    overview(&mut out)?;
    for channel in profile::CHANNELS {
        let caps = profile::of(channel);
        let _ = write!(out, "\n## {channel}\n\n```text\n{}```\n", column(&caps)?);
        out.push_str("\n| limit | most | source |\n|---|---|---|\n");
        for (field, bound) in caps.limits() {
            for limit in bound.limits() {
                let _ = writeln!(
                    out,
                    "| {field:?} | {} {:?} | {} |",
                    limit.max,
                    limit.unit,
                    limit.source.replace('|', "\\|")
                );
            }
        }
    }
    Ok(out)
}

fn overview(out: &mut String) -> Result<(), Error> {
    for group in profile::CHANNELS.chunks(8) {
        out.push_str("\n| |");
        for channel in group {
            let _ = write!(out, " {channel} |");
        }
        out.push_str("\n|---|");
        for _ in group {
            out.push_str("---|");
        }
        out.push('\n');
        for kind in ContentKind::ALL {
            let content = sample(kind)?;
            let _ = write!(out, "| {} |", content.tag());
            for channel in group {
                let planned = plan(&PlanInput::new(&content), &profile::of(channel));
                let _ = write!(out, " {} |", verdict(&planned));
            }
            out.push('\n');
        }
    }
    Ok(())
}
