//! The twelve global rules of the planner, and what holds for every plan.

use super::measure::within_limits;
use super::strategy::{any_caps, any_content, more_and_less};
use crate::capability::{Capabilities, Field, Unit};
use crate::digest::Digest;
use crate::message::part::Button;
use crate::message::render::is_public_https;
use crate::message::text::RichText;
use crate::message::{Content, ContentKind, Markup, Media, PartBody};
use crate::plan::{Loss, LossKind, Plan, PlanInput, Rule, Severity, plan};
use crate::trace::canonical;
use proptest::prelude::*;
use serde_json::Value;

fn planned(content: &Content, caps: &Capabilities) -> Plan {
    plan(&PlanInput::new(content), caps)
}

/// What a reader sees of a text in a markup.
pub(super) fn visible(text: &str, markup: &Markup) -> String {
    let mut out = String::new();
    if matches!(markup, Markup::Html | Markup::TelegramHtml) {
        for (at, piece) in text.split('<').enumerate() {
            out.push_str(if at == 0 {
                piece
            } else {
                piece.split_once('>').map_or("", |(_, rest)| rest)
            });
        }
    } else {
        out.push_str(text);
    }
    if matches!(markup, Markup::Html | Markup::TelegramHtml | Markup::Slack) {
        for (entity, sign) in [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#39;", "'"),
            ("&amp;", "&"),
        ] {
            out = out.replace(entity, sign);
        }
    }
    out
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Every text of a part as a reader sees it: what is said first, then labels and the rest. Only a text that names its markup
/// is written in one.
fn texts(part: &PartBody) -> String {
    fn gather(value: &Value, key: &str, said: bool, out: &mut Vec<String>) {
        match value {
            Value::String(text) => {
                let is_said = matches!(key, "text" | "body" | "question");
                let is_silent =
                    matches!(key, "handle" | "id" | "kind" | "keyboard" | "html" | "ssml");
                if is_said == said && !is_silent {
                    out.push(text.clone());
                }
            }
            Value::Array(all) => all.iter().for_each(|one| gather(one, key, said, out)),
            Value::Object(all) => match (all.get("text"), all.get("markup")) {
                (Some(Value::String(text)), Some(Value::String(markup))) if said => {
                    out.push(visible(text, &Markup::from(markup.as_str())));
                }
                (Some(Value::String(_)), Some(Value::String(_))) => {}
                _ => all
                    .iter()
                    .for_each(|(key, one)| gather(one, key, said, out)),
            },
            _ => {}
        }
    }
    let value = serde_json::to_value(part).unwrap();
    let mut out = Vec::new();
    gather(&value, "", true, &mut out);
    gather(&value, "", false, &mut out);
    out.join("\n")
}

fn all_texts(plan: &Plan) -> String {
    plan.parts.iter().map(texts).collect::<Vec<_>>().join("\n")
}

pub(super) fn buttons(part: &PartBody) -> Vec<&Button> {
    match part {
        PartBody::Text(part) => part.buttons.iter().collect(),
        PartBody::Media(part) => part.buttons.iter().collect(),
        PartBody::Card(card) => card.buttons.iter().collect(),
        PartBody::Carousel(all) => all
            .cards
            .iter()
            .flat_map(|card| &card.buttons)
            .chain(&all.buttons)
            .collect(),
        PartBody::List(list) => list
            .sections
            .iter()
            .flat_map(|section| &section.rows)
            .collect(),
        PartBody::Voice(voice) => voice.options.iter().collect(),
        PartBody::Edit(edit) => buttons(&edit.with),
        _ => Vec::new(),
    }
}

fn media(part: &PartBody) -> Vec<&Media> {
    match part {
        PartBody::Media(part) => part.items.iter().collect(),
        PartBody::Card(card) => card.media.iter().collect(),
        PartBody::Carousel(all) => all
            .cards
            .iter()
            .filter_map(|card| card.media.as_ref())
            .collect(),
        PartBody::Notification(push) => push.image.iter().collect(),
        PartBody::Email(mail) => mail.attachments.iter().collect(),
        PartBody::Edit(edit) => media(&edit.with),
        _ => Vec::new(),
    }
}

fn worst(plan: &Plan) -> Severity {
    plan.severity()
}

/// Whether a loss says that something at `path` is gone or cut.
fn says_gone(plan: &Plan, path: &str) -> bool {
    plan.losses.iter().any(|loss| {
        let gone = matches!(
            loss.kind,
            LossKind::Dropped | LossKind::Truncated { .. } | LossKind::TemplateNeeded
        );
        gone && (path.starts_with(&loss.path) || loss.path.starts_with(path))
    })
}

fn actions_with_paths(value: &Value, path: &str, out: &mut Vec<(String, String, String)>) {
    match value {
        Value::Object(map) => {
            if let (Some(Value::String(id)), Some(Value::String(label)), true) =
                (map.get("id"), map.get("label"), map.contains_key("do"))
            {
                out.push((id.clone(), label.clone(), path.to_owned()));
            }
            for (key, one) in map {
                actions_with_paths(one, &format!("{path}/{key}"), out);
            }
        }
        Value::Array(all) => {
            for (at, one) in all.iter().enumerate() {
                actions_with_paths(one, &format!("{path}/{at}"), out);
            }
        }
        _ => {}
    }
}

/// 256 cases a law, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    ProptestConfig {
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    /// Totality: a plan has parts, or a loss that says why not.
    #[test]
    fn a_plan_says_something_or_why_not(content in any_content(), caps in any_caps()) {
        let plan = planned(&content, &caps);
        prop_assert!(!plan.parts.is_empty() || !plan.losses.is_empty(), "{:?}", plan);
        if plan.parts.is_empty() && !matches!(content, Content::Typing(_) | Content::Read(_) | Content::Mixed(_)) {
            prop_assert_eq!(worst(&plan), Severity::Total);
        }
    }

    /// Every field keeps its limit, and nothing is emitted that the channel does not carry.
    #[test]
    fn every_part_keeps_its_limits(content in any_content(), caps in any_caps()) {
        let plan = planned(&content, &caps);
        prop_assert!(plan.parts.len() <= caps.limit(Field::Parts).items());
        for part in &plan.parts {
            if let Err(what) = within_limits(part, &caps) {
                prop_assert!(false, "{}", what);
            }
        }
    }

    /// Every path of a loss points into the content.
    #[test]
    fn a_loss_points_at_something(content in any_content(), caps in any_caps()) {
        let value = serde_json::to_value(&content).unwrap();
        for loss in planned(&content, &caps).losses {
            let whole = matches!(content, Content::Text(_)) || value.pointer(&loss.path).is_some();
            // A text without formatting is written as a string, so what is inside it has no path of its own.
            let parent = loss.path.rsplit_once('/').map_or("", |(parent, _)| parent);
            prop_assert!(whole || value.pointer(parent).is_some(), "{} in {}", loss.path, value);
        }
    }

    /// 1: an action can be tapped, or answered, or is said in words, or a loss says that it is gone.
    #[test]
    fn rule_1_no_action_is_dropped_silently(content in any_content(), caps in any_caps()) {
        let plan = planned(&content, &caps);
        let said = letters(&all_texts(&plan));
        let json = serde_json::to_string(&plan.parts).unwrap();
        let mut actions = Vec::new();
        actions_with_paths(&serde_json::to_value(&content).unwrap(), "", &mut actions);
        for (id, label, path) in actions {
            let tapped = json.contains(&serde_json::to_string(&id).unwrap());
            let in_words = said.contains(&letters(&label));
            let told = says_gone(&plan, &path) || worst(&plan) == Severity::Total;
            prop_assert!(tapped || in_words || told, "{} `{}` at {} in {:?}", id, label, path, plan);
        }
    }

    /// 2: a URL is whole or not there.
    #[test]
    fn rule_2_urls_are_never_cut(content in any_content(), caps in any_caps()) {
        let plan = planned(&content, &caps);
        for part in &plan.parts {
            let said = texts(part);
            for (at, _) in said.match_indices("https://a.example/p") {
                // A scheme in the middle of a word is no URL.
                let word = said.get(..at).and_then(|before| before.chars().next_back()).is_some_and(char::is_alphanumeric);
                let whole = said.get(at..).is_some_and(|rest| rest.starts_with("https://a.example/pq?r=1"));
                prop_assert!(word || whole, "{}", said);
            }
        }
    }

    /// 3: the labels of one message differ.
    #[test]
    fn rule_3_labels_are_distinct(content in any_content(), caps in any_caps()) {
        for part in &planned(&content, &caps).parts {
            // The labels of different cards may be equal: each belongs to its card.
            // Spoken options are told apart by their keys.
            let shown = if let PartBody::Edit(edit) = part { &edit.with } else { part };
            if matches!(shown, PartBody::Carousel(_) | PartBody::Voice(_)) {
                continue;
            }
            let mut labels: Vec<&str> = buttons(part).iter().map(|b| b.action.label.as_str()).collect();
            labels.sort_unstable();
            let count = labels.len();
            labels.dedup();
            prop_assert_eq!(labels.len(), count, "{:?}", part);
        }
    }

    /// 4: a handle fits and leads back to its action.
    #[test]
    fn rule_4_handles_lead_back(content in any_content(), caps in any_caps()) {
        let plan = planned(&content, &caps);
        for button in plan.parts.iter().flat_map(buttons) {
            let answer = plan.answers.resolve_handle(&button.handle);
            prop_assert_eq!(answer.map(|a| a.action), Some(button.action.id.clone()));
        }
    }

    /// 5: no address of media is given out that is not https on a public host.
    #[test]
    fn rule_5_media_links_are_safe(content in any_content(), caps in any_caps()) {
        let plan = planned(&content, &caps);
        for item in plan.parts.iter().flat_map(media) {
            prop_assert!(item.url().is_none_or(is_public_https), "{:?}", item);
        }
        let said = all_texts(&plan);
        if let Content::Media(group) = &content {
            for (at, item) in group.items.iter().enumerate() {
                if let Some(url) = item.url().filter(|url| !is_public_https(url) && !url.is_empty()) {
                    prop_assert!(!said.contains(url), "{}", said);
                    prop_assert!(says_gone(&plan, &format!("/media/items/{at}")), "{:?}", plan.losses);
                }
            }
        }
    }

    /// 6, and text survival: every text is there, letter by letter and in its own case, unless a loss says so.
    #[test]
    fn rule_6_text_survives_unchanged(content in any_content(), caps in any_caps()) {
        let plan = planned(&content, &caps);
        let missing = |loss: &Loss| {
            loss.severity >= Severity::Major || matches!(loss.kind, LossKind::Dropped)
        };
        if plan.parts.is_empty() || plan.losses.iter().any(missing) {
            return Ok(());
        }
        let said = letters(&all_texts(&plan));
        // A form on a page and a code on the phone are said in other words.
        if matches!(content, Content::Form(_) | Content::OneTimeCode(_) | Content::Mixed(_) | Content::Edit(_)) {
            return Ok(());
        }
        content.for_each_text(&mut |text| {
            // A label of a menu that is shown in another way has nothing to open.
            let text = letters(text);
            assert!(said.contains(&text), "`{text}` is not in `{said}` {plan:?}");
        });
    }

    /// 7: a number can be answered in ASCII digits, whatever digits it is shown in.
    #[test]
    fn rule_7_numbers_are_answered(content in any_content(), caps in any_caps(), language in prop::sample::select(vec!["en", "fa", "ar", "bn"])) {
        let input = PlanInput { language, ..PlanInput::new(&content) };
        let plan = plan(&input, &caps);
        for (at, action) in plan.answers.numbered.iter().enumerate() {
            let shown = crate::plan::number::format(at + 1, language);
            for text in [(at + 1).to_string(), shown] {
                prop_assert_eq!(plan.answers.resolve(&text).map(|a| a.action), Some(action.clone()));
            }
        }
        for (label, action) in &plan.answers.labels {
            prop_assert_eq!(plan.answers.resolve(label).map(|a| a.action), Some(action.clone()));
        }
    }

    /// 8: alternative text survives, whatever becomes of the media.
    #[test]
    fn rule_8_alt_text_survives(content in any_content(), caps in any_caps()) {
        let plan = planned(&content, &caps);
        let cut = |loss: &Loss| loss.severity == Severity::Total || matches!(loss.rule, Rule::CleanCuts) || matches!(loss.kind, LossKind::Truncated { .. });
        if plan.parts.is_empty() || plan.losses.iter().any(cut) {
            return Ok(());
        }
        let json = letters(&serde_json::to_string(&plan.parts).unwrap());
        let said = letters(&all_texts(&plan));
        let mut alts = Vec::new();
        match &content {
            Content::Media(group) => alts.extend(group.items.iter().map(|item| item.alt.as_str())),
            Content::Card(card) => alts.extend(card.media.iter().map(|item| item.alt.as_str())),
            Content::Carousel(all) => alts.extend(all.cards.iter().filter_map(|card| card.media.as_ref()).map(|item| item.alt.as_str())),
            _ => {}
        }
        for alt in alts {
            prop_assert!(json.contains(&letters(alt)) || said.contains(&letters(alt)), "{} {:?}", alt, plan);
        }
    }

    /// 9: a secret is on a private channel, or a total loss says that it is not.
    #[test]
    fn rule_9_secrets_stay_private(content in any_content(), caps in any_caps()) {
        let plan = planned(&content, &caps);
        let shown = letters(&serde_json::to_string(&plan.parts).unwrap()).contains("482913");
        if shown && !caps.private {
            let told = plan.losses.iter().any(|loss| {
                loss.kind == LossKind::PrivacyDowngrade && loss.severity == Severity::Total
            });
            prop_assert!(told, "{:?}", plan);
        }
    }

    /// 10: the lines that must go with a text are there whole, within the limits, or the loss is total.
    #[test]
    fn rule_10_footers_are_counted(content in any_content(), caps in any_caps()) {
        let (lead, tail) = ("Written by a machine", "Reply STOP to opt out");
        let input = PlanInput { disclosure: Some(lead), footer: Some(tail), ..PlanInput::new(&content) };
        let plan = plan(&input, &caps);
        for part in &plan.parts {
            if let Err(what) = within_limits(part, &caps) {
                prop_assert!(false, "{}", what);
            }
        }
        let excused = worst(&plan) == Severity::Total
            || plan.losses.iter().any(|loss| loss.rule == Rule::CountFooters)
            || is_operation(&content);
        if !excused {
            let said = all_texts(&plan);
            prop_assert!(letters(&said).contains(&letters(lead)), "{}", said);
            prop_assert!(letters(&said).contains(&letters(tail)), "{}", said);
        }
    }

    /// 11: the same input gives the same plan, and the digest is of what is in it.
    #[test]
    fn rule_11_a_plan_is_deterministic(content in any_content(), caps in any_caps()) {
        let (one, two) = (planned(&content, &caps), planned(&content, &caps));
        let text = canonical::to_vec(&(&one.parts, &one.losses, &one.answers)).unwrap();
        prop_assert_eq!(one.digest, Digest::of(&text));
        let stored: Plan = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        prop_assert_eq!(&one, &two);
        prop_assert_eq!(stored, two);
    }

    /// 12: who can do more never loses more.
    #[test]
    fn rule_12_degradation_is_monotone(content in any_content(), (more, less) in more_and_less()) {
        let (rich, poor) = (planned(&content, &more), planned(&content, &less));
        prop_assert!(rich.rank() <= poor.rank(), "\nmore: {:#?}\nless: {:#?}", rich, poor);
    }

    /// A text of one paragraph on a channel of short texts: the pieces say all of it.
    #[test]
    fn split_text_is_whole(text in super::strategy::any_text(), max in 30_u32..90) {
        let limit = crate::capability::Limit::new(max, Unit::Chars, "test");
        let caps = Capabilities::text_only().with_limit(Field::Text, limit);
        let content = Content::Text(RichText::plain(text.clone()));
        let plan = planned(&content, &caps);
        let said: String = plan.parts.iter().map(|part| letters(&texts(part))).collect();
        prop_assert_eq!(said, letters(&text));
    }
}

fn is_operation(content: &Content) -> bool {
    match content {
        Content::Typing(_) | Content::Read(_) | Content::Delete(_) | Content::Reaction(_) => true,
        Content::Mixed(all) => all
            .iter()
            .all(|one| is_operation(one) || matches!(one, Content::Edit(_))),
        Content::Edit(edit) => is_operation(&edit.with),
        _ => false,
    }
}

fn tags(content: &Content, seen: &mut std::collections::BTreeSet<String>) {
    seen.insert(content.tag().to_owned());
    match content {
        Content::Mixed(all) => all.iter().for_each(|one| tags(one, seen)),
        Content::Edit(edit) => tags(&edit.with, seen),
        _ => {}
    }
}

#[test]
fn every_kind_is_generated() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..2000 {
        let content = any_content().new_tree(&mut runner).unwrap().current();
        tags(&content, &mut seen);
    }
    for kind in ContentKind::ALL {
        let tag = serde_json::to_value(kind).unwrap();
        assert!(
            seen.contains(tag.as_str().unwrap()),
            "{kind:?} is never generated"
        );
    }
}
