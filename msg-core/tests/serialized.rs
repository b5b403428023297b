//! Every serialized type as it is written, and what happens to values of a newer version. A change of form breaks a
//! snapshot here before it breaks somebody's store.
#![cfg(test)]

use msg_core::Timestamp;
use msg_core::capability::{Capabilities, Field, Limit, Unit, profile};
use msg_core::channel::*;
use msg_core::consent::*;
use msg_core::digest::Digest;
use msg_core::id::*;
use msg_core::llm::*;
use msg_core::message::action::*;
use msg_core::message::interactive::CalendarEvent;
use msg_core::message::*;
use msg_core::plan::{AnswerMap, Loss, LossKind, LossPolicy, PlanInput, Rule, Severity, plan};
use msg_core::policy::*;
use msg_core::store::{IdentityLink, LinkStrength, Speaker, TurnRecord};
use msg_core::testkit::sample;
use msg_core::trace::*;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;
use std::time::Duration;

/// Writes a value, reads it back and compares.
fn written<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    values: &[T],
) -> Vec<serde_json::Value> {
    values
        .iter()
        .map(|value| {
            let text = serde_json::to_string(value).unwrap();
            assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
            serde_json::from_str(&text).unwrap()
        })
        .collect()
}

macro_rules! snapshot {
    ($name:literal, $values:expr) => {
        insta::assert_json_snapshot!($name, written(&$values));
    };
}

fn at() -> Timestamp {
    "2026-01-05T10:00:00Z".parse().unwrap()
}

fn message() -> MessageId {
    MessageId::from_uuid(time_ordered(at(), &[7; 16]))
}

fn part_id() -> PartId {
    PartId::new(message(), 1)
}

fn tenant() -> TenantId {
    TenantId::from_static("shop")
}

fn chat() -> ConversationId {
    ConversationId::from_static("chat-1")
}

fn phone() -> Address {
    Address::phone(ChannelKind::Sms, "+14155550132").unwrap()
}

fn action(act: impl Into<Act>) -> Action {
    Action::new(ActionId::from_static("do"), "Do it", act)
}

fn contents() -> Vec<Content> {
    ContentKind::ALL
        .into_iter()
        .map(|kind| sample(kind).unwrap())
        .collect()
}

#[test]
fn content() {
    let contents = contents();
    let kinds: Vec<_> = contents
        .iter()
        .map(|content| content.kind().unwrap())
        .collect();
    assert_eq!(kinds, ContentKind::ALL);
    snapshot!("content", contents);
}

#[test]
fn templates() {
    use msg_core::message::commerce::Money;
    use msg_core::message::content::{Decimal, Location, ProviderTemplate, TemplateCategory};
    use msg_core::message::template::*;
    let picture = Media::from_url(MediaKind::Image, "https://example.org/a.jpg", "shoes");
    let place = Location::new(Decimal::new("1.5").unwrap(), Decimal::new("-2").unwrap());
    let header = |param: TemplateParam| TemplateComponent::Header(TemplateHeader(param));
    let sections = vec![TemplateSection::new("New", vec!["sku-1".into()])];
    let acts: Vec<TemplateAct> = vec![
        TemplateReply("stop".into()).into(),
        TemplateUrl("orders/1".into()).into(),
        TemplateCode("SPRING".into()).into(),
        TemplateForm::new("form-1").into(),
        TemplateCatalog("sku-1".into()).into(),
        TemplateProducts::new("sku-1", sections).into(),
    ];
    let mut parts: Vec<TemplateComponent> = vec![
        header(picture.into()),
        header(place.into()),
        header(TemplateProduct::new("sku-1", "catalog-1").into()),
        TemplateComponent::Body(TemplateBody(vec![
            TemplateText::new("Ada").with_name("who").into(),
            TemplateMoney::new(Money::new(8990, "EUR"), "89.90 EUR").into(),
        ])),
        TemplateOffer::new(at()).into(),
    ];
    let buttons = (0..)
        .zip(acts)
        .map(|(index, act)| TemplateButton::new(index, act).into());
    parts.extend(buttons);
    let card = vec![TemplateComponent::Body(TemplateBody::texts(["one"]))];
    parts.push(TemplateCards(vec![card]).into());
    let id = TemplateId::from_static("offer");
    let mut call = ProviderTemplate::new(id, "en", TemplateCategory::Marketing);
    for part in parts {
        call = call.with_component(part);
    }
    snapshot!("templates", [call]);
}

#[test]
fn rich_text() {
    let text = |text: &str| vec![Inline::Text(text.into())];
    let inlines = vec![
        Inline::Bold(text("b")),
        Inline::Italic(text("i")),
        Inline::Strike(text("s")),
        Inline::Code("c".into()),
        Inline::Link {
            url: "https://example.org".into(),
            text: text("l"),
        },
    ];
    let table = text::Table::new(vec!["k".into()], vec![vec!["v".into()]]);
    let blocks = vec![
        Block::Paragraph(inlines),
        Block::Heading {
            level: 2,
            text: text("h"),
        },
        Block::List {
            start: Some(1),
            items: vec![vec![Block::Paragraph(text("one"))]],
        },
        Block::Quote(vec![Block::Paragraph(text("q"))]),
        Block::Code {
            language: Some("rust".into()),
            text: "fn main() {}".into(),
        },
        Block::Table(table),
    ];
    snapshot!(
        "rich_text",
        [RichText::plain("plain"), RichText::new(blocks)]
    );
}

#[test]
fn actions() {
    let event = CalendarEvent::new("Tea", at(), at(), "Monday at ten");
    let place = content::Location::new(
        content::Decimal::new("52.52").unwrap(),
        content::Decimal::new("-13.4").unwrap(),
    );
    let actions = [
        action(Reply::default()),
        action(Url::new("https://example.org")),
        action(Call::new("+14155550132")),
        action(place),
        action(ShareLocation::default()),
        action(event),
        action(CopyCode::new("1234")),
        action(Catalog::new("https://example.org/c")),
        action(OpenForm::new("https://example.org/f")),
        action(Pay::new("https://example.org/p")),
        action(Login::new("https://example.org/l")),
    ];
    let kinds: Vec<_> = actions
        .iter()
        .map(|action| action.act.kind().unwrap())
        .collect();
    assert_eq!(kinds, ActionKind::ALL);
    snapshot!("actions", actions);
}

#[test]
fn drafts() {
    let call = TemplateCall::new(TemplateId::from_static("t")).with("name", "Ann");
    let generate = Generate::new(PromptId::from_static("p"))
        .with_data(Source::Document, "Obey.")
        .with("tone", "warm")
        .or_template(call.clone());
    let to = Recipient::new(phone())
        .with_subject(SubjectId::from_static("ann"))
        .in_zone("Europe/Berlin");
    let mut full = Draft::new(
        tenant(),
        to.clone(),
        Purpose::Marketing,
        Content::text("Hi"),
    )
    .in_conversation(chat())
    .with_key("k")
    .with_language("de")
    .caused_by(message().into())
    .expiring(at())
    .with_footer("STOP to end")
    .with_fallback(
        ChannelFallback::without_receipt_for(Duration::from_mins(1)).counting(Receipted::Read),
    );
    full.from = Some(AccountId::from_static("main"));
    full.reply_to = Some("m-1".into());
    full.topic = Some(TopicId::from_static("spring"));
    full.alternatives
        .insert(ChannelKind::Sms, Content::text("hi"));
    full.raw.insert(
        ChannelKind::Telegram,
        serde_json::json!({"method": "sendDice"}),
    );
    full.fallback_text = Some("hi".into());
    full.disclosure = Some("Written by a machine.".into());
    full.not_before = Some(at());
    full.tags = Tags::default()
        .with_region("US-FL")
        .with_class(DataClass::Personal);
    full.tags.tier = Some("gold".into());
    full.tags.custom.insert("a".into(), "b".into());
    full.loss_policy = LossPolicy::ReviewAbove(Severity::Cosmetic);
    full.origin = Origin::Person;
    snapshot!(
        "drafts",
        [
            full,
            Draft::new(tenant(), to.clone(), Purpose::Service, call),
            Draft::new(tenant(), to, Purpose::Conversational, generate),
        ]
    );
}

#[test]
fn names() {
    insta::assert_json_snapshot!(
        "names",
        serde_json::json!({
            "channels": ChannelKind::KNOWN,
            "address_schemes": AddressScheme::KNOWN,
            "purposes": Purpose::KNOWN,
            "origins": Origin::KNOWN,
            "markups": Markup::KNOWN,
            "rules": Rule::KNOWN,
            "failure_classes": FailureClass::KNOWN,
            "failure_scopes": FailureScope::KNOWN,
            "advice": Advice::KNOWN,
            "notices": NoticeKind::KNOWN,
            "bases": Basis::KNOWN,
            "consent_sources": ConsentSource::KNOWN,
            "fallback_reasons": FallbackReason::KNOWN,
            "speakers": Speaker::KNOWN,
            "link_strengths": LinkStrength::KNOWN,
            "efforts": Effort::KNOWN,
            "llm_errors": LlmErrorKind::KNOWN,
            "content_kinds": ContentKind::ALL,
            "action_kinds": ActionKind::ALL,
        })
    );
}

#[test]
fn delivery() {
    let stopped =
        [Stop::Cancelled, Stop::Expired, Stop::Failed, Stop::Bounced].map(DeliveryState::stopped);
    let reached = [
        Progress::Pending,
        Progress::Accepted,
        Progress::Queued,
        Progress::Submitted,
        Progress::Sent,
        Progress::Delivered,
        Progress::Read,
        Progress::Played,
    ]
    .map(DeliveryState::reached);
    snapshot!(
        "delivery",
        [reached.as_slice(), stopped.as_slice()].concat()
    );
}

#[test]
fn parts() {
    let caps = Capabilities::everything(Markup::Plain);
    let mut parts = Vec::new();
    for content in contents() {
        for body in plan(&PlanInput::new(&content), &caps).parts {
            parts.push(Part::new(
                part_id(),
                tenant(),
                phone(),
                Purpose::Transactional,
                body,
            ));
        }
    }
    snapshot!("parts", parts);
}

#[test]
fn plans() {
    let sms = profile::of(&ChannelKind::Sms);
    let plans: Vec<_> = [ContentKind::Choice, ContentKind::Media, ContentKind::Text]
        .into_iter()
        .map(|kind| plan(&PlanInput::new(&sample(kind).unwrap()), &sms))
        .collect();
    snapshot!("plans", plans);
    let kinds = [
        LossKind::Dropped,
        LossKind::Truncated { from: 9, to: 3 },
        LossKind::LabelsNumbered,
        LossKind::Split { parts: 2 },
        LossKind::InteractiveToText,
        LossKind::MediaToLink,
        LossKind::ToText,
        LossKind::MarkupFlattened,
        LossKind::Transliterated,
        LossKind::PrivacyDowngrade,
        LossKind::TemplateNeeded,
    ];
    snapshot!(
        "losses",
        kinds.map(|kind| Loss::new("/options/0", kind, Severity::Minor, Rule::Limit))
    );
    snapshot!("answer_map", [AnswerMap::default()]);
}

#[test]
fn capabilities() {
    let small =
        Capabilities::text_only().with_limit(Field::Text, Limit::new(160, Unit::Chars, "a source"));
    snapshot!("capabilities", [small]);
}

fn failure() -> Failure {
    Failure::new(
        FailureClass::RateLimited,
        FailureScope::Account,
        Advice::RetrySame,
    )
    .with_code("429")
    .with_detail("too fast")
    .with_retry_after(RetryAfter::new(
        Duration::from_secs(3),
        FailureScope::Account,
    ))
    .with_moved_to(phone())
    .with_opt_out(OptOutScope::Channel)
}

#[test]
fn outcomes() {
    snapshot!(
        "outcomes",
        [
            SendOutcome::Accepted(Receipt::new("id-1")),
            SendOutcome::AlreadyAccepted(Receipt::new("id-1")),
            SendOutcome::Ambiguous(Ambiguous::new("timeout")),
            SendOutcome::Rejected(failure()),
        ]
    );
}

fn inbounds() -> Vec<Inbound> {
    let message = InboundMessage::new(phone(), chat(), "m-1", Content::text("Hi"));
    let mut filled = AnswerReceived::new(phone(), chat(), "m-1", "form-1");
    filled.form = Some(serde_json::json!({"why": "too small"}));
    let touched = MessageRef::new(phone(), Some("m-1".into()));
    let raw = serde_json::json!({"a": 1});
    let mut automatic = message.clone();
    automatic.automatic = true;
    automatic.report = Some(Box::new(Report::new("mail", raw.clone())));
    vec![
        message.clone().into(),
        automatic.into(),
        AnswerReceived::new(phone(), chat(), "m-1", "handle").into(),
        filled.into(),
        ReactionReceived::new(phone(), "m-1", Some("👍".into())).into(),
        EditedMessage(message).into(),
        DeletedMessage(touched.clone()).into(),
        TypingSeen(touched.clone()).into(),
        ReadSeen(touched).into(),
        StatusEvent::new(Receipt::new("id-1"), DeliveryState::reached(Progress::Read)).into(),
        StatusEvent::new(Receipt::new("id-2"), DeliveryState::reached(Progress::Read))
            .with_to(phone())
            .with_report(Report::new("clicked", raw.clone()))
            .into(),
        ConsentSignal::new(phone(), Some(OptOutScope::Everything), "blocked").into(),
        ConsentSignal::wanting(phone(), Purpose::Marketing, "asked for offers").into(),
        ChannelNotice::new(NoticeKind::Account, None, raw.clone()).into(),
        Unsupported::new("gift", raw).into(),
    ]
}

#[test]
fn inbound_events() {
    let events: Vec<_> = inbounds()
        .into_iter()
        .map(|kind| InboundEvent::new("sms", "e-1", at(), kind))
        .collect();
    snapshot!("inbound_events", events);
}

#[test]
fn consent() {
    let marketing = Purpose::Marketing;
    let acts = [
        ConsentAct::OptIn {
            purpose: marketing.clone(),
            topic: None,
            basis: Basis::Express,
            expires: Some(at()),
            pending: true,
        },
        ConsentAct::Confirm {
            purpose: marketing.clone(),
        },
        ConsentAct::OptOut(OptOutScope::Topic(TopicId::from_static("spring"))),
        ConsentAct::OptOut(OptOutScope::Purpose(marketing)),
        ConsentAct::OptOut(OptOutScope::Channel),
        ConsentAct::OptOut(OptOutScope::Everything),
        ConsentAct::Resume,
    ];
    let events = acts.map(|act| {
        ConsentEvent::new(tenant(), &phone(), act, ConsentSource::Keyword, at())
            .with_evidence(Evidence::verbatim("STOP"))
    });
    snapshot!("consent_state", [ConsentState::fold(&events[..4])]);
    snapshot!("consent_events", events);
}

fn decisions() -> Vec<Decision> {
    vec![
        Decision::Allow,
        Decision::Rewrite(vec![
            Edit::Replace {
                span: Span::new(0, 1..3),
                with: "x".into(),
            },
            Edit::Footer("f".into()),
            Edit::Disclosure("d".into()),
        ]),
        Decision::Hold(at()),
        Decision::Review("legal".into()),
        Decision::Deny,
    ]
}

fn facts() -> Facts {
    let mut facts = Facts::default();
    facts.consent = Some(ConsentState::default());
    facts.sent = Some(vec![SentFact::new(
        at(),
        ChannelKind::Sms,
        Purpose::Marketing,
        None,
    )]);
    facts.conversation = Some(ConversationFact::default());
    facts.stop = Some(StopFact::new("drill"));
    facts.custom.insert("vip".into(), true.into());
    facts
}

#[test]
fn policy() {
    let reason = || {
        Reason::new("code", "why")
            .at(Span::new(0, 0..1))
            .because("rule 7")
    };
    let verdicts: Vec<_> = decisions()
        .into_iter()
        .map(|decision| Verdict::new(decision, reason()))
        .collect();
    snapshot!("verdicts", verdicts);
    snapshot!("facts", [facts()]);
    snapshot!("evaluation", [Evaluation::default()]);
}

#[test]
fn trace_events() {
    let digest = Digest::of(b"policies");
    let draft = Draft::new(tenant(), phone(), Purpose::Service, Content::text("Hi"));
    let checked = serde_json::json!({"checked": {
        "evaluation": Evaluation::default(), "facts": facts(), "now": at(), "phase": "dispatch", "policies": digest, "to": phone(),
    }});
    let accepted = || SendOutcome::Accepted(Receipt::new("id-1"));
    let act = ConsentAct::OptOut(OptOutScope::Channel);
    let opt_out = ConsentEvent::new(tenant(), &phone(), act, ConsentSource::Keyword, at());
    let events: Vec<TraceEvent> = vec![
        SubmittedDraft::new(Box::new(draft), digest).into(),
        serde_json::from_value(checked).unwrap(),
        Composed::new(Content::text("Hi"), Origin::Model).into(),
        Masked::new([("EMAIL".to_owned(), 2)].into()).into(),
        Planned::new(ChannelKind::Sms, digest, vec![], 1).into(),
        Enqueued::new(at(), message(), 1, Some("legal".into())).into(),
        Held::new(Some(part_id()), at(), "night".into()).into(),
        Cancelled::new(None, "opted out".into()).into(),
        Cancelled::new(Some(part_id()), "consent_withdrawn".into())
            .because(Refusal::of(&opt_out))
            .into(),
        Expired::new(at(), part_id()).into(),
        Lost::new(2, part_id()).into(),
        Poisoned::new(3, part_id()).into(),
        Attempted::new(1, accepted(), part_id(), "sms".into()).into(),
        Reconciled::new(Some(accepted()), part_id(), "the provider has it".into()).into(),
        StatusSeen::new(part_id(), DeliveryState::reached(Progress::Read)).into(),
        FellBack::new(
            ChannelKind::Rcs,
            Some(ChannelKind::Sms),
            part_id(),
            FallbackReason::NoReceipt,
        )
        .into(),
        DuplicateReach::new(
            Reached::new(ChannelKind::Rcs, part_id()),
            Reached::new(ChannelKind::Sms, PartId::of_way(message(), 1, 0)),
        )
        .into(),
        Received::new(
            Some(ConsentAct::Resume),
            "e-1".into(),
            Box::new(inbounds().remove(0)),
            "sms".into(),
        )
        .into(),
        Unchecked::new(accepted(), part_id(), "fire".into()).into(),
        Noted::new("note".into(), "a note".into()).into(),
    ];
    snapshot!("trace_events", events);
}

#[test]
fn models() {
    let call = || ToolCall::new("c-1", "look_up", "{\"id\":1}");
    let pieces = vec![
        Piece::Text("Hi".into()),
        Piece::Text(Text::outside(Source::Person, "Obey.")),
        Piece::Image(Image::Url("https://example.org/i.png".into())),
        Piece::ToolCall(call()),
        Piece::ToolResult(ToolResult::new("c-1", "look_up", "found")),
        Piece::Reasoning(Reasoning::new("hm", "openai")),
        Piece::Reasoning(Reasoning::redacted("seal", "anthropic")),
        Piece::Document(Document::new(
            "terms",
            DocumentSource::Text("Be kind.".into()),
        )),
        Piece::Audio(Audio::Url("https://example.com/a.wav".into())),
    ];
    let schema = serde_json::json!({"type": "object"});
    let request = GenerateRequest::new(
        "Be brief.",
        vec![Turn::user("Hi"), Turn::new(Role::Assistant, pieces)],
    )
    .with_model("m")
    .with_max_tokens(9)
    .with_granted_tools(
        vec![
            Tool::new("look_up", "Looks up.", schema.clone()),
            Tool::new("refund", "Pays.", schema.clone())
                .with_scope(ScopeId::from_static("orders:refund")),
        ],
        &Grants::none().with(ScopeId::from_static("orders:refund")),
        ToolChoice::Required,
    )
    .with_output(OutputFormat::Schema {
        name: "answer".into(),
        schema,
        strict: true,
    });
    snapshot!("generate_request", [request]);
    let mut response = GenerateResponse::text_only("m", "Hi");
    response.output.extend([
        Output::ToolCall(call()),
        Output::Reasoning(Reasoning::new("hm", "openai")),
        Output::Refusal("no".into()),
    ]);
    response.usage.input = Some(3);
    response.usage.cache_read = Some(0);
    snapshot!("generate_response", [response]);
}

#[test]
fn store_records() {
    snapshot!(
        "turn",
        [TurnRecord::new(
            tenant(),
            chat(),
            at(),
            Speaker::Person,
            Content::text("Hi")
        )]
    );
    let link = IdentityLink::new(
        tenant(),
        phone(),
        SubjectId::from_static("ann"),
        LinkStrength::Verified,
        at(),
    );
    snapshot!("identity_link", [link]);
}

/// Reads JSON and writes it again.
fn again<T: Serialize + DeserializeOwned>(json: &str) -> String {
    serde_json::to_string(&serde_json::from_str::<T>(json).unwrap()).unwrap()
}

#[test]
fn names_and_tags_of_a_newer_version_are_kept() {
    let hologram = r#"{"hologram":{"depth":3,"layers":[1,2]}}"#;
    assert_eq!(again::<Content>(hologram), hologram);
    assert_eq!(
        again::<Vec<Content>>(&format!("[{hologram}]")),
        format!("[{hologram}]")
    );
    assert_eq!(again::<Purpose>("\"telepathy\""), "\"telepathy\"");
    assert_eq!(again::<TraceEvent>(hologram), hologram);
    assert_eq!(again::<Inbound>(hologram), hologram);
    assert_eq!(again::<PartBody>(hologram), hologram);
    let mut draft = serde_json::to_value(Draft::new(
        tenant(),
        phone(),
        Purpose::Service,
        Content::text("Hi"),
    ))
    .unwrap();
    draft["schema"] = 9.into();
    draft["mood"] = "sunny".into();
    draft["purpose"] = "telepathy".into();
    let read: Draft = serde_json::from_value(draft).unwrap();
    assert_eq!((read.schema, read.purpose), (9, Purpose::from("telepathy")));
}

#[test]
fn a_known_tag_with_a_wrong_value_is_refused_and_says_where() {
    for (wrong, says) in [
        (r#"{"location": 3}"#, "line 1 column"),
        (
            r#"{"text": "a", "media": {}}"#,
            "a second key `media` after `text`",
        ),
        ("{}", "an empty object names no Content"),
        ("3", "an object with one key that names a Content"),
    ] {
        let error = serde_json::from_str::<Content>(wrong)
            .unwrap_err()
            .to_string();
        assert!(error.contains(says), "{wrong}: {error}");
    }
}

#[test]
fn models_of_whole_answers() {
    let ask = EmbedRequest::new(["a", "b"])
        .with_model("m")
        .with_purpose(EmbedPurpose::Query)
        .with_dimension(2);
    let mut vectors = EmbedResponse::new(&ask, vec![vec![0.5, 1.0], vec![0.0, -0.25]]).unwrap();
    vectors.usage.input = Some(2);
    snapshot!("embed_request", [ask]);
    snapshot!("embed_response", [vectors]);
    let ask = RerankRequest::new("q", ["a", "b"]).with_top(2);
    let mut ranks = RerankResponse::new(&ask, vec![Rank::new(0, 0.5), Rank::new(1, 0.75)]).unwrap();
    ranks.searches = Some(1);
    snapshot!("rerank_request", [ask]);
    snapshot!("rerank_response", [ranks]);
    let ask = TranscribeRequest::new(Audio::new("audio/wav", "RIFF"))
        .with_language("de")
        .with_hint("Quill");
    snapshot!("transcribe_request", [ask]);
    let mut said = Transcription::new("Hi");
    said.duration = Some(Duration::from_millis(1500));
    said.segments = vec![Segment::new(
        Duration::ZERO,
        Duration::from_millis(1500),
        "Hi",
    )];
    snapshot!("transcription", [said]);
}
