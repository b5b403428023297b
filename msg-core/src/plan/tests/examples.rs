//! Single cases that say what is meant.

use crate::capability::{Capabilities, Field, Limit, Unit, profile};
use crate::id::ActionId;
use crate::message::content::OneTimeCode;
use crate::message::content::{Card, Carousel, MediaGroup};
use crate::message::interactive::Choice;
use crate::message::media::Email;
use crate::message::part::EmailPart;
use crate::message::text::RichText;
use crate::message::{
    Action, ActionKind, ChannelKind, Content, ContentKind, Media, MediaKind, PartBody,
};
use crate::plan::{LossKind, Plan, PlanInput, Severity, plan};

fn planned(content: &Content, caps: &Capabilities) -> Plan {
    plan(&PlanInput::new(content), caps)
}

fn choice(labels: &[&str]) -> Content {
    let reply = |(at, label): (usize, &&str)| {
        Action::reply(ActionId::new(format!("a{at}")).unwrap(), *label)
    };
    Choice::new("Which?", labels.iter().enumerate().map(reply).collect()).into()
}

fn text(plan: &Plan, at: usize) -> &str {
    match &plan.parts[at] {
        PartBody::Text(part) => &part.text.text,
        other => panic!("not a text: {other:?}"),
    }
}

#[test]
fn a_plan_is_serialized() {
    let content = Content::text("Hello there");
    insta::assert_json_snapshot!(planned(&content, &profile::of(&ChannelKind::Sms)));
    insta::assert_json_snapshot!(planned(
        &choice(&["Yes", "No"]),
        &profile::of(&ChannelKind::WhatsApp)
    ));
}

#[test]
fn labels_that_collide_stay_apart_and_are_listed() {
    let labels = [
        "A rather long label number 1",
        "A rather long label number 2",
    ];
    let plan = planned(&choice(&labels), &profile::of(&ChannelKind::WhatsApp));
    assert_eq!(
        text(&plan, 0),
        "Which?\n\n1. A rather long label number 1\n2. A rather long label number 2"
    );
    assert_eq!(plan.severity(), Severity::Cosmetic);
    for (at, label) in labels.iter().enumerate() {
        for answer in [(at + 1).to_string(), (*label).to_owned()] {
            assert_eq!(
                plan.answers.resolve(&answer).unwrap().action.as_str(),
                format!("a{at}")
            );
        }
    }
}

#[test]
fn four_to_ten_options_are_a_list_on_whatsapp() {
    let plan = planned(
        &choice(&["1st", "2nd", "3rd", "4th"]),
        &profile::of(&ChannelKind::WhatsApp),
    );
    assert!(
        matches!(plan.parts.as_slice(), [PartBody::List(_)]),
        "{plan:?}"
    );
    assert_eq!(plan.losses, []);
    let many: Vec<String> = (0..15).map(|n| format!("Option {n}")).collect();
    let labels: Vec<&str> = many.iter().map(String::as_str).collect();
    let plan = planned(&choice(&labels), &profile::of(&ChannelKind::WhatsApp));
    assert!(text(&plan, 0).contains("15. Option 14"));
    assert_eq!(plan.answers.resolve("fifteen"), None);
    assert_eq!(plan.answers.resolve("15").unwrap().action.as_str(), "a14");
}

#[test]
fn a_long_id_gets_an_opaque_handle() {
    let long = ActionId::new("x".repeat(100)).unwrap();
    let content = Choice::new("?", vec![Action::reply(long.clone(), "Yes")]).into();
    let plan = planned(&content, &profile::of(&ChannelKind::Telegram));
    let [PartBody::Text(part)] = plan.parts.as_slice() else {
        panic!("{plan:?}");
    };
    assert!(part.buttons[0].handle.len() <= 64);
    assert_eq!(
        plan.answers
            .resolve_handle(&part.buttons[0].handle)
            .unwrap()
            .action,
        long
    );
    assert_eq!(plan.losses, []);
}

#[test]
fn a_code_on_a_lock_screen_is_a_total_loss() {
    let content = OneTimeCode::new("482913", "Shop").into();
    let plan = planned(&content, &profile::of(&ChannelKind::Push));
    assert!(
        plan.losses
            .iter()
            .any(|loss| loss.kind == LossKind::PrivacyDowngrade)
    );
    assert_eq!(plan.severity(), Severity::Total);
    assert!(planned(&content, &profile::of(&ChannelKind::Sms)).severity() < Severity::Minor);
}

#[test]
fn outside_the_window_only_templates_go() {
    let mut caps = profile::of(&ChannelKind::WhatsApp);
    caps.free_form = false;
    let plan = planned(&Content::text("Hi"), &caps);
    assert_eq!(plan.parts, []);
    assert_eq!(plan.losses[0].kind, LossKind::TemplateNeeded);
    assert_eq!(plan.severity(), Severity::Total);
}

#[test]
fn a_footer_is_counted_before_a_text_is_split() {
    let caps =
        Capabilities::text_only().with_limit(Field::Text, Limit::new(40, Unit::Chars, "test"));
    let content = Content::text("One two three four five six seven.");
    let input = PlanInput {
        footer: Some("Reply STOP to opt out"),
        ..PlanInput::new(&content)
    };
    let plan = plan(&input, &caps);
    assert_eq!(plan.parts.len(), 2);
    assert_eq!(text(&plan, 1), "Reply STOP to opt out");
}

#[test]
fn more_parts_than_allowed_are_cut_and_said_so() {
    let caps = Capabilities::text_only()
        .with_limit(Field::Text, Limit::new(40, Unit::Chars, "test"))
        .with_limit(Field::Parts, Limit::new(2, Unit::Items, "test"));
    let content = Content::text("word ".repeat(40));
    let input = PlanInput {
        footer: Some("Reply STOP"),
        ..PlanInput::new(&content)
    };
    let plan = plan(&input, &caps);
    assert_eq!(plan.parts.len(), 2);
    assert!(text(&plan, 1).ends_with("\n\nReply STOP"));
    assert_eq!(plan.severity(), Severity::Major);
}

/// Four texts and notifications may be sent. What is best for each body alone is five parts; the same as notifications only
/// are four, so who has texts beside them loses no more (found by law 12).
#[test]
fn who_can_do_more_gains_by_what_the_poorer_way_saves() {
    let card = || {
        let yes = Action::reply(ActionId::new("a1").unwrap(), "Yes");
        let mut card = Card::default();
        card.actions.push(yes);
        card
    };
    let pair = |one: Content, two: Content| Content::Mixed(vec![one, two]);
    let mut group = MediaGroup::new(vec![Media::from_bytes(
        MediaKind::Image,
        "image/png",
        &b"png"[..],
        "",
    )]);
    group.caption = Some(RichText::plain("hi"));
    let content = Content::Mixed(vec![
        group.into(),
        pair(Content::text("hi"), Carousel::new(vec![card()]).into()),
        pair(Choice::new("", card().actions).into(), card().into()),
    ]);
    let one = |field, max| (field, Limit::new(max, Unit::Items, "test"));
    let caps = |kinds: &[ContentKind]| {
        let limits = [one(Field::Buttons, 1), one(Field::Parts, 4)];
        let caps = Capabilities::text_only().without_content(&[ContentKind::Text]);
        let caps = caps.with_content(kinds).with_actions(&[ActionKind::Reply]);
        let mut caps = limits
            .into_iter()
            .fold(caps, |caps, (field, limit)| caps.with_limit(field, limit));
        (caps.private, caps.ordered) = (false, false);
        caps
    };
    let less = planned(&content, &caps(&[ContentKind::Notification]));
    let more = planned(
        &content,
        &caps(&[ContentKind::Notification, ContentKind::Text]),
    );
    assert!(more.rank() <= less.rank(), "{more:#?}\n{less:#?}");
}

fn mail(plan: &Plan) -> &EmailPart {
    match plan.parts.as_slice() {
        [PartBody::Email(part)] => part,
        other => panic!("not one mail: {other:?}"),
    }
}

fn file(name: &str, size: usize) -> Media {
    Media::from_bytes(MediaKind::File, "text/plain", vec![b'x'; size], name)
}

#[test]
fn a_mail_takes_files_along_shows_pictures_and_links_the_rest() {
    let picture = Media::from_url(
        MediaKind::Image,
        "https://a.example/cat.png?a=1&b=2",
        "A \"cat\"",
    );
    let film = Media::from_url(MediaKind::Video, "https://a.example/cat.mp4", "A film");
    let group = MediaGroup::new(vec![file("Notes", 5), picture, film]).with_caption("Look");
    let plan = planned(&group.into(), &profile::of(&ChannelKind::Email));
    let part = mail(&plan);
    assert_eq!(part.attachments, [file("Notes", 5)]);
    assert_eq!(
        part.text,
        "Look\nNotes\nA \"cat\": https://a.example/cat.png?a=1&b=2\nA film: https://a.example/cat.mp4"
    );
    let html = part.html.as_deref().unwrap();
    assert!(
        html.contains(
            r#"<img src="https://a.example/cat.png?a=1&amp;b=2" alt="A &quot;cat&quot;">"#
        ),
        "{html}"
    );
    let [loss] = plan.losses.as_slice() else {
        panic!("{:?}", plan.losses)
    };
    assert_eq!(
        (loss.path.as_str(), &loss.kind),
        ("/media/items/2", &LossKind::MediaToLink)
    );
}

#[test]
fn of_files_that_are_too_large_together_as_many_as_fit_go_along() {
    let limit = Limit::new(5, Unit::Bytes, "test");
    let caps = profile::of(&ChannelKind::Email).with_limit(Field::Attachments, limit);
    let mut email = Email::new("Files", "Here they are.").with_html("<body><p>Here.</p></body>");
    email.attachments = vec![file("one", 4), file("two", 2), file("three", 3)];
    let plan = planned(&email.into(), &caps);
    let part = mail(&plan);
    assert_eq!(part.attachments, [file("two", 2), file("three", 3)]);
    assert_eq!(part.text, "Here they are.\none");
    assert_eq!(
        part.html.as_deref(),
        Some("<body><p>Here.</p><p>one</p></body>")
    );
    let [loss] = plan.losses.as_slice() else {
        panic!("{:?}", plan.losses)
    };
    assert_eq!(
        (loss.path.as_str(), &loss.kind),
        ("/email/attachments/0", &LossKind::Dropped)
    );
    assert_eq!(loss.severity, Severity::Major);
}

#[test]
fn a_kind_that_is_not_attached_is_said_in_words() {
    let caps = profile::of(&ChannelKind::Email).without_media(&[MediaKind::File]);
    let plan = planned(&MediaGroup::new(vec![file("Notes", 1)]).into(), &caps);
    assert!(mail(&plan).attachments.is_empty());
    assert_eq!(mail(&plan).text, "Notes");
    assert_eq!(plan.severity(), Severity::Major);
}
