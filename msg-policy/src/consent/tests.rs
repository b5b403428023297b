use super::*;
use crate::testing::{Case, at};
use msg_core::consent::{ConsentAct, ConsentEvent, ConsentSource};
use msg_core::id::TenantId;
use msg_core::message::content::{ProviderTemplate, TemplateCategory};
use msg_core::message::{Address, Content};
use msg_core::policy::{ConversationFact, Decision, SentFact};

fn event(second: i64, act: ConsentAct) -> ConsentEvent {
    let address = Address::phone(ChannelKind::Sms, "+14155550132").unwrap();
    ConsentEvent::new(
        TenantId::from_static("t"),
        &address,
        act,
        ConsentSource::Form,
        at(second),
    )
}

fn opt_in(basis: Basis) -> ConsentAct {
    ConsentAct::OptIn {
        purpose: Purpose::Marketing,
        topic: None,
        basis,
        expires: None,
        pending: false,
    }
}

fn case(purpose: Purpose, events: &[ConsentEvent]) -> Case {
    let mut case = Case::marketing("+14155550132");
    case.draft.purpose = purpose;
    case.now = at(1_000);
    case.facts.consent = Some(ConsentState::fold(events));
    case
}

fn say(check: &Consent, case: &Case) -> String {
    let verdict = check.evaluate(&case.input(Phase::Before));
    match verdict.decision {
        Decision::Allow => "allow".to_owned(),
        _ => verdict.reasons.first().unwrap().code.to_string(),
    }
}

#[test]
fn an_opt_in_after_an_opt_out_is_for_its_own_topic() {
    let check = Consent::standard();
    let news = TopicId::from_static("news");
    let again = ConsentAct::OptIn {
        purpose: Purpose::Marketing,
        topic: Some(news.clone()),
        basis: Basis::Express,
        expires: None,
        pending: false,
    };
    let events = [
        event(1, opt_in(Basis::Express)),
        event(5, ConsentAct::OptOut(OptOutScope::Everything)),
        event(6, again),
    ];
    for (purpose, topic, expected) in [
        (Purpose::Marketing, Some(&news), "allow"),
        (Purpose::Marketing, None, "opted_out"),
        (Purpose::Service, Some(&news), "opted_out"),
        (Purpose::OneTimeCode, None, "opted_out"),
    ] {
        let mut case = case(purpose.clone(), &events);
        case.draft.topic = topic.cloned();
        assert_eq!(say(&check, &case), expected, "{purpose:?} {topic:?}");
    }
}

#[test]
fn each_purpose_needs_what_the_table_says() {
    let check = Consent::standard();
    let stop = |scope| vec![event(5, ConsentAct::OptOut(scope))];
    let by_code = OptOutScope::Purpose(Purpose::OneTimeCode);
    for (purpose, events, expected) in [
        (Purpose::Marketing, vec![], "no_consent"),
        (
            Purpose::Marketing,
            vec![event(1, opt_in(Basis::Express))],
            "allow",
        ),
        (
            Purpose::Marketing,
            vec![event(1, opt_in(Basis::Contract))],
            "basis_too_weak",
        ),
        (
            Purpose::Marketing,
            vec![
                event(1, opt_in(Basis::Express)),
                stop(OptOutScope::Channel).remove(0),
            ],
            "opted_out",
        ),
        (Purpose::Other("gossip".into()), vec![], "no_consent"),
        (Purpose::Transactional, vec![], "allow"),
        (
            Purpose::Transactional,
            stop(OptOutScope::Purpose(Purpose::Marketing)),
            "allow",
        ),
        (
            Purpose::Transactional,
            stop(OptOutScope::Channel),
            "opted_out",
        ),
        (Purpose::OneTimeCode, stop(OptOutScope::Channel), "allow"),
        (
            Purpose::OneTimeCode,
            stop(OptOutScope::Everything),
            "opted_out",
        ),
        (Purpose::OneTimeCode, stop(by_code), "opted_out"),
        (
            Purpose::Conversational,
            stop(OptOutScope::Channel),
            "opted_out",
        ),
    ] {
        assert_eq!(
            say(&check, &case(purpose.clone(), &events)),
            expected,
            "{purpose} {events:?}"
        );
    }
}

#[test]
fn expiry_and_double_opt_in() {
    let check = Consent::standard();
    let with = |expires, pending| ConsentAct::OptIn {
        purpose: Purpose::Marketing,
        topic: None,
        basis: Basis::Express,
        expires,
        pending,
    };
    assert_eq!(
        say(
            &check,
            &case(
                Purpose::Marketing,
                &[event(1, with(Some(at(1_000)), false))]
            )
        ),
        "consent_expired"
    );
    assert_eq!(
        say(
            &check,
            &case(
                Purpose::Marketing,
                &[event(1, with(Some(at(1_001)), false))]
            )
        ),
        "allow"
    );
    let pending = event(1, with(None, true));
    assert_eq!(
        say(
            &check,
            &case(Purpose::Marketing, std::slice::from_ref(&pending))
        ),
        "confirmation_pending"
    );
    let confirmed = event(
        2,
        ConsentAct::Confirm {
            purpose: Purpose::Marketing,
        },
    );
    assert_eq!(
        say(&check, &case(Purpose::Marketing, &[pending, confirmed])),
        "allow"
    );
}

#[test]
fn marketing_texts_in_the_united_states_need_writing() {
    let check = Consent::standard();
    let mut case = case(Purpose::Marketing, &[event(1, opt_in(Basis::Express))]);
    case.draft.tags.region = Some("US-CA".into());
    assert_eq!(say(&check, &case), "basis_too_weak");
    assert_eq!(say(&check.clone().written_in(["CA"]), &case), "allow");
    case.facts.consent = Some(ConsentState::fold(&[event(
        1,
        opt_in(Basis::ExpressWritten),
    )]));
    assert_eq!(say(&check, &case), "allow");
}

#[test]
fn a_later_message_of_the_person_may_be_answered_if_the_host_says_so() {
    let strict = Consent::standard();
    let check = Consent::standard().answering_after_refusal();
    assert_ne!(strict.revision(), check.revision());
    let mut case = case(
        Purpose::Conversational,
        &[event(500, ConsentAct::OptOut(OptOutScope::Channel))],
    );
    let mut conversation = ConversationFact::default();
    for (last, expected) in [(499, "opted_out"), (500, "opted_out"), (501, "allow")] {
        conversation.last_inbound = Some(at(last));
        case.facts.conversation = Some(conversation.clone());
        assert_eq!(say(&check, &case), expected, "{last}");
        assert_eq!(say(&strict, &case), "opted_out", "{last}");
    }
    case.draft.purpose = Purpose::Marketing;
    assert_eq!(say(&check, &case), "opted_out");
}

#[test]
fn one_confirmation_of_an_opt_out_passes() {
    let topic = TopicId::from_static("opt-out-confirmation");
    let check = Consent::standard().confirming(topic.clone());
    let mut case = case(
        Purpose::Service,
        &[event(900, ConsentAct::OptOut(OptOutScope::Channel))],
    );
    case.facts.sent = Some(vec![]);
    assert_eq!(say(&check, &case), "opted_out", "any other message");
    case.draft.topic = Some(topic.clone());
    assert_eq!(say(&check, &case), "allow");
    assert_eq!(say(&Consent::standard(), &case), "opted_out");
    case.facts.sent = Some(vec![SentFact::new(
        at(901),
        ChannelKind::Sms,
        Purpose::Service,
        Some(topic),
    )]);
    assert_eq!(say(&check, &case), "opted_out", "the second one");
    case.facts.sent = Some(vec![]);
    case.now = at(900 + 301);
    assert_eq!(say(&check, &case), "opted_out", "too late");
    case.facts.sent = None;
    case.now = at(900);
    assert_eq!(
        say(&check, &case),
        "opted_out",
        "not known whether it was sent"
    );
}

#[test]
fn without_a_state_it_waits() {
    let mut case = case(Purpose::OneTimeCode, &[]);
    case.facts.consent = None;
    let verdict = Consent::standard().evaluate(&case.input(Phase::Dispatch));
    assert_eq!(verdict.decision, Decision::Hold(at(1_300)));
}

#[test]
fn a_closed_window_takes_only_templates() {
    let check = ReplyWindow::standard();
    let mut case = Case::new(
        Address::phone(ChannelKind::WhatsApp, "+14155550132").unwrap(),
        Purpose::Service,
    )
    .saying("hello");
    case.now = at(1_000_000);
    let decide = |case: &Case| check.evaluate(&case.input(Phase::After)).decision;
    assert!(
        matches!(decide(&case), Decision::Hold(_)),
        "nothing recorded"
    );
    let mut conversation = ConversationFact::default();
    case.facts.conversation = Some(conversation.clone());
    assert_eq!(decide(&case), Decision::Deny);
    conversation.last_inbound = Some(at(1_000_000 - 24 * 3600));
    case.facts.conversation = Some(conversation.clone());
    assert_eq!(decide(&case), Decision::Deny);
    conversation.last_inbound = Some(at(1_000_001 - 24 * 3600));
    case.facts.conversation = Some(conversation);
    assert_eq!(decide(&case), Decision::Allow);
    case.facts.conversation = Some(ConversationFact::default());
    case.content = Some(Content::Template(ProviderTemplate::new(
        msg_core::id::TemplateId::from_static("hello"),
        "en",
        TemplateCategory::Utility,
    )));
    assert_eq!(decide(&case), Decision::Allow);
}

#[test]
fn settings_change_the_revision() {
    let check = Consent::standard();
    assert_eq!(check.revision(), Consent::standard().revision());
    assert_ne!(
        check.revision(),
        Consent::standard().written_in(["FR"]).revision()
    );
}
