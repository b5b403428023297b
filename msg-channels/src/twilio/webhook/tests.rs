use super::*;
use crate::twilio::TwilioChannel::{self, Sms, WhatsApp};
use crate::twilio::golden;
use crate::wire::call::token_of;
use crate::wire::proof::{Hash, Mac};
use http::{HeaderMap, Method};
use msg_core::channel::{
    FailureClass, Verification, WebhookRequest, WebhookWire as _, WebhookWireExt as _,
};
use msg_core::consent::OptOutScope;
use msg_core::message::Content;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

const URL: &str = "https://shop.example/twilio";

fn form(fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}

/// A call as Twilio signs it.
fn call(method: Method, url: &str, body: &str) -> WebhookRequest {
    let mut url = url.to_owned();
    let mut said = String::new();
    if body.starts_with(['[', '{']) {
        let hash = ring::digest::digest(&ring::digest::SHA256, body.as_bytes());
        let hash = crate::wire::proof::to_hex(hash.as_ref());
        url = format!("{url}?bodySHA256={hash}");
    } else {
        let mut fields: Vec<_> = form_urlencoded::parse(body.as_bytes()).collect();
        fields.sort();
        fields.dedup();
        for (name, value) in fields {
            said.push_str(&name);
            said.push_str(&value);
        }
    }
    let code = Mac::new(Hash::Sha1, b"12345").sign(&[url.as_bytes(), said.as_bytes()]);
    let code = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, code);
    let mut headers = HeaderMap::new();
    headers.insert(signature::HEADER, code.parse().unwrap());
    WebhookRequest::new(method, url, headers, body.to_owned())
}

fn events_of(channel: TwilioChannel, request: &WebhookRequest) -> Vec<InboundEvent> {
    let wire = golden::wire(channel);
    let now = Timestamp::from_second(1_790_000_000).unwrap();
    match wire.verify(request, now) {
        Verification::Verified(call) => wire.parse(&call).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn events(channel: TwilioChannel, fields: &[(&str, &str)]) -> Vec<InboundEvent> {
    events_of(channel, &call(Method::POST, URL, &form(fields)))
}

const INBOUND: [(&str, &str); 12] = [
    ("ToCountry", "US"),
    ("SmsMessageSid", "SM00000000000000000000000000000009"),
    ("NumMedia", "0"),
    ("SmsSid", "SM00000000000000000000000000000009"),
    ("SmsStatus", "received"),
    ("FromCity", ""),
    ("Body", "Where is my parcel?"),
    ("MessageSid", "SM00000000000000000000000000000009"),
    ("AccountSid", golden::ACCOUNT),
    ("From", golden::PERSON),
    ("To", "+15550100"),
    ("ApiVersion", "2010-04-01"),
];

fn with<'a>(base: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = base
        .iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    kept.chain(more).copied().collect()
}

fn message(event: &InboundEvent) -> &channel::InboundMessage {
    match &event.kind {
        Inbound::Message(message) => message,
        other => panic!("{}", other.tag()),
    }
}

#[test]
fn a_message_that_came_in_by_post_or_get() {
    for events in [
        events(Sms, &INBOUND),
        events_of(
            Sms,
            &call(Method::GET, &format!("{URL}?{}", form(&INBOUND)), ""),
        ),
    ] {
        let [event] = &events[..] else {
            panic!("{events:?}");
        };
        assert_eq!(event.dedupe, "twilio:SM00000000000000000000000000000009");
        let message = message(event);
        assert_eq!(message.from.expose(), golden::PERSON);
        assert_eq!(*message.from.channel(), ChannelKind::Sms);
        assert_eq!(message.content, Content::text("Where is my parcel?"));
        assert!(!message.conversation.as_str().contains("555"));
    }
}

#[test]
fn media_come_with_their_types_and_a_caption() {
    let fields = with(
        &INBOUND,
        &[
            ("NumMedia", "2"),
            ("MediaUrl0", "https://api.twilio.com/0"),
            ("MediaContentType0", "image/jpeg"),
            ("MediaUrl1", "https://api.twilio.com/1"),
            ("MediaContentType1", "text/vcard"),
        ],
    );
    let events = events(Sms, &fields);
    let Content::Media(group) = &message(&events[0]).content else {
        panic!("no media");
    };
    let types: Vec<_> = group
        .items
        .iter()
        .map(|it| it.mime.as_deref().unwrap())
        .collect();
    assert_eq!(types, ["image/jpeg", "text/vcard"]);
    assert!(group.caption.is_some() && events.len() == 1);
}

/// Field names from <https://www.twilio.com/docs/messaging/guides/webhook-request>, and a call that was seen.
const WHATSAPP: [(&str, &str); 17] = [
    ("OriginalRepliedMessageSender", "whatsapp:+14155238886"),
    ("FrequentlyForwarded", "false"),
    ("NumMedia", "0"),
    ("ProfileName", "Ada"),
    ("MessageType", "text"),
    ("SmsSid", "SM00000000000000000000000000000008"),
    ("WaId", "14155550132"),
    ("SmsStatus", "received"),
    ("Body", "Yes"),
    ("Forwarded", "false"),
    ("To", "whatsapp:+14155238886"),
    ("NumSegments", "1"),
    ("ReferralNumMedia", "0"),
    ("MessageSid", "SM00000000000000000000000000000008"),
    ("AccountSid", golden::ACCOUNT),
    (
        "OriginalRepliedMessageSid",
        "MM00000000000000000000000000000007",
    ),
    ("From", "whatsapp:+14155550132"),
];

#[test]
fn a_whatsapp_message_says_what_it_answers() {
    let events = events(WhatsApp, &WHATSAPP);
    let message = message(&events[0]);
    assert_eq!(*message.from.channel(), ChannelKind::WhatsApp);
    assert_eq!(message.from.expose(), "+14155550132");
    assert_eq!(
        message.reply_to.as_deref(),
        Some("MM00000000000000000000000000000007")
    );
    assert_eq!(events.len(), 1);
}

#[test]
fn a_person_without_a_number_is_known_by_an_id() {
    let events = events(
        WhatsApp,
        &with(&WHATSAPP, &[("From", "whatsapp:US.1349120865530274")]),
    );
    let from = &message(&events[0]).from;
    assert_eq!(*from.scheme(), AddressScheme::WhatsAppUser);
    assert_eq!(from.expose(), "US.1349120865530274");
}

#[test]
fn taps_and_rows_are_answers() {
    let answer = |more: &[(&str, &str)]| match &events(WhatsApp, &with(&WHATSAPP, more))[0].kind {
        Inbound::Answer(answer) => (
            answer.message.clone(),
            answer.handle.clone(),
            answer.label.clone(),
        ),
        other => panic!("{}", other.tag()),
    };
    let replied = "MM00000000000000000000000000000007";
    let button = [
        ("ButtonText", "Yes!"),
        ("ButtonPayload", "yes"),
        ("MessageType", "interactive"),
    ];
    assert_eq!(
        answer(&button),
        (replied.into(), "yes".into(), Some("Yes!".into()))
    );
    assert_eq!(answer(&button[..1]).1, "Yes!");
    let row = [
        ("ListId", "row-1"),
        ("ListTitle", "First"),
        ("MessageType", "interactive"),
    ];
    assert_eq!(
        answer(&row),
        (replied.into(), "row-1".into(), Some("First".into()))
    );
}

#[test]
fn a_place_is_a_location() {
    let place = [
        ("Body", ""),
        ("Latitude", "37.7874"),
        ("Longitude", "-122.3967"),
        ("Label", "The shop"),
        ("Address", "1 Main St"),
        ("MessageType", "location"),
    ];
    let events = events(WhatsApp, &with(&WHATSAPP, &place));
    let Content::Location(place) = &message(&events[0]).content else {
        panic!("no place");
    };
    assert_eq!(place.latitude.as_str(), "37.7874");
    assert_eq!(place.name.as_deref(), Some("The shop"));
}

#[test]
fn what_has_no_place_is_kept_beside_the_message() {
    let ad = [
        ("ReferralSourceId", "120"),
        ("ReferralHeadline", "Shoes"),
        ("ReferralCtwaClid", "ARA"),
    ];
    let events = events(WhatsApp, &with(&WHATSAPP, &ad));
    assert_eq!(events.len(), 1);
    let report = message(&events[0]).report.as_ref().unwrap();
    assert_eq!(report.name, "referral");
    assert_eq!(report.raw["ReferralHeadline"], "Shoes");
    assert_eq!(report.raw["ProfileName"], "Ada");
    let tap = [("ButtonText", "Yes!"), ("ReferralHeadline", "Shoes")];
    let tap = form(&with(&WHATSAPP, &tap));
    let tapped = events_of(WhatsApp, &call(Method::POST, URL, &tap));
    let Inbound::Notice(notice) = &tapped[1].kind else {
        panic!("no notice");
    };
    assert_eq!(notice.about.as_str(), "referral");
    assert!(tapped[1].dedupe.ends_with(":referral"));
}

#[test]
fn the_words_that_twilio_acts_on_are_consent() {
    let signal = |word: &str| {
        let events = events(
            Sms,
            &with(&INBOUND, &[("Body", word), ("OptOutType", word)]),
        );
        assert_eq!(message(&events[0]).content, Content::text(word));
        events.into_iter().nth(1).map(|event| match event.kind {
            Inbound::Consent(signal) => signal.opt_out,
            other => panic!("{}", other.tag()),
        })
    };
    assert_eq!(signal("STOP"), Some(Some(OptOutScope::Channel)));
    assert_eq!(signal("START"), Some(None));
    assert_eq!(signal("HELP"), None);
}

fn report(status: &str, more: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let base = [
        ("SmsSid", "SM00000000000000000000000000000009"),
        ("MessageSid", "SM00000000000000000000000000000009"),
        ("AccountSid", golden::ACCOUNT),
        ("From", "+15550100"),
        ("To", golden::PERSON),
        ("ApiVersion", "2010-04-01"),
    ];
    let fields = base
        .into_iter()
        .map(|(name, value)| (name, value.to_owned()));
    let status = [("MessageStatus", status), ("SmsStatus", status)];
    let more = more.iter().map(|(name, value)| match *name {
        "ErrorCode" => ("ErrorCode", (*value).to_owned()),
        _ => ("EventType", (*value).to_owned()),
    });
    fields
        .chain(status.map(|(name, value)| (name, value.to_owned())))
        .chain(more)
        .collect()
}

fn status_at(url: &str, status: &str, more: &[(&str, &str)]) -> (String, StatusEvent) {
    let fields = report(status, more);
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let mut events = events_of(Sms, &call(Method::POST, url, &form(&fields)));
    assert_eq!(events.len(), 1);
    let event = events.remove(0);
    match event.kind {
        Inbound::Status(status) => (event.dedupe, status),
        other => panic!("{}", other.tag()),
    }
}

#[test]
fn reports_are_read_onto_the_lattice() {
    use Progress::{Accepted, Delivered, Pending, Queued, Read, Sent, Submitted};
    for (word, progress, stop) in [
        ("accepted", Accepted, None),
        ("scheduled", Accepted, None),
        ("queued", Queued, None),
        ("sending", Submitted, None),
        ("sent", Sent, None),
        ("delivered", Delivered, None),
        ("partially_delivered", Delivered, None),
        ("read", Read, None),
        ("undelivered", Sent, Some(Stop::Failed)),
        ("failed", Pending, Some(Stop::Failed)),
        ("canceled", Pending, Some(Stop::Cancelled)),
    ] {
        let (dedupe, status) = status_at(URL, word, &[]);
        assert_eq!(status.state, DeliveryState { progress, stop }, "{word}");
        assert_eq!(
            status.receipt.provider_id,
            "SM00000000000000000000000000000009"
        );
        assert_eq!(
            status.failure.is_some(),
            stop == Some(Stop::Failed),
            "{word}"
        );
        assert!(dedupe.ends_with(&format!(":{word}")));
    }
}

#[test]
fn a_report_says_why_by_the_same_table() {
    let (dedupe, status) = status_at(URL, "undelivered", &[("ErrorCode", "30007")]);
    assert_eq!(status.failure.unwrap().class, FailureClass::SpamSuspected);
    assert_eq!(status.to.unwrap().expose(), golden::PERSON);
    assert!(status.report.is_none());
    assert!(dedupe.ends_with(":undelivered:30007"));
    let (_, status) = status_at(URL, "read", &[("EventType", "READ")]);
    assert_eq!(status.report.unwrap().raw, json!({"EventType": "READ"}));
    let (_, status) = status_at(URL, "failed", &[("ErrorCode", "30036")]);
    assert_eq!(status.state.stop, Some(Stop::Expired));
    let (_, status) = status_at(URL, "failed", &[("ErrorCode", "a text about +14155550132")]);
    assert!(!format!("{:?}", status.failure).contains("4155"));
}

#[test]
fn a_report_that_echoes_our_id_finds_its_part() {
    let part = golden::part(Sms, golden::text("hi"));
    let token = token_of(&part);
    let url = format!("{URL}?a=b&msg_part={token}");
    let (_, status) = status_at(&url, "delivered", &[]);
    assert_eq!(status.receipt.provider_id, token);
    assert_eq!(
        status.receipt.further_ids,
        ["SM00000000000000000000000000000009"]
    );
    let (_, status) = status_at(&format!("{URL}?msg_part=nonsense"), "delivered", &[]);
    assert_eq!(
        status.receipt.provider_id,
        "SM00000000000000000000000000000009"
    );
}

#[test]
fn what_is_not_known_is_kept_as_it_came() {
    let unknown: [&[(&str, &str)]; 4] = [
        &[
            ("CallSid", "CA1"),
            ("From", golden::PERSON),
            ("CallStatus", "ringing"),
        ],
        &[
            ("EventType", "onMessageAdded"),
            ("ConversationSid", "CH1"),
            ("Body", "hi"),
        ],
        &[("MessageSid", "SM1"), ("MessageStatus", "teleported")],
        &[
            ("From", "whatsapp:+14155550132"),
            ("To", "x"),
            ("MessageType", "hologram"),
        ],
    ];
    let names = ["ringing", "onMessageAdded", "teleported", "hologram"];
    for (fields, name) in unknown.into_iter().zip(names) {
        let events = events(WhatsApp, fields);
        let Inbound::Unsupported(kept) = &events[0].kind else {
            panic!("{name}");
        };
        assert_eq!((kept.name.as_str(), events.len()), (name, 1));
        assert_eq!(kept.raw.as_object().unwrap().len(), fields.len());
    }
}

/// Shapes of <https://www.twilio.com/docs/events/event-types/messaging/outbound-message> and `…/inbound-message`.
fn stream() -> Value {
    let token = token_of(&golden::part(Sms, golden::text("hi")));
    json!([
        {"specversion": "1.0", "type": "com.twilio.messaging.inbound-message.received", "source": "AB1",
         "id": "NO1", "time": "2025-01-01T00:00:00.000Z", "data": {
            "messageSid": "SM1", "timestamp": "2025-01-01T00:00:00.000Z", "accountSid": "AC1",
            "eventName": "com.twilio.messaging.inbound-message.received", "from": "+11234567890",
            "to": "+12345678901", "numMedia": 0, "body": "Ahoy!", "fromCountry": "US"}},
        {"specversion": "1.0", "type": "com.twilio.messaging.message.undelivered", "source": "AB1",
         "id": "NO2", "data": {"messageSid": "SM2", "timestamp": "2025-01-01T00:00:00.000Z",
            "messageStatus": "UNDELIVERED", "errorCode": 30005,
            "statusCallBackUrl": format!("https://shop.example/twilio?msg_part={token}")}},
        {"specversion": "1.0", "type": "com.twilio.messaging.message.sent", "id": "NO3", "data": {"messageSid": "SM3"}},
        {"specversion": "1.0", "type": "com.twilio.messaging.compliance.campaign-registration.registered", "id": "NO4", "data": {}},
        {"specversion": "1.0", "type": "com.twilio.messaging.message.vanished", "id": "NO5", "data": {"messageSid": "SM3"}},
        17,
    ])
}

#[test]
fn event_streams_are_read_item_by_item() {
    let events = events_of(Sms, &call(Method::POST, URL, &stream().to_string()));
    let tags: Vec<_> = events.iter().map(|it| it.kind.tag()).collect();
    let kept = "unsupported";
    assert_eq!(tags, ["message", "status", "status", kept, kept, kept]);
    assert_eq!(message(&events[0]).content, Content::text("Ahoy!"));
    // As a webhook would name it, so that both ways give one message.
    assert_eq!(events[0].dedupe, "twilio:SM1");
    let Inbound::Status(status) = &events[1].kind else {
        panic!("no status");
    };
    assert_eq!(
        status.failure.as_ref().unwrap().class,
        FailureClass::InvalidRecipient
    );
    assert_eq!(status.receipt.further_ids, ["SM2"]);
    assert_eq!(events[1].occurred_at.as_second(), 1_735_689_600);
}

#[test]
fn what_twilio_never_sends_is_an_error_that_says_nothing() {
    let wire = golden::wire(Sms);
    let now = Timestamp::UNIX_EPOCH;
    for body in ["", "[", "{\"a\":", "[]"] {
        let request = call(Method::POST, URL, body);
        let Verification::Verified(call) = wire.verify(&request, now) else {
            panic!("not verified");
        };
        let error = wire.parse(&call).unwrap_err();
        assert_eq!(error.kind(), msg_core::ErrorKind::Invalid, "{body}");
    }
}

proptest! {
    #[test]
    fn any_form_is_read_and_nothing_panics(
        fields in proptest::collection::vec(
            (prop::sample::select(vec!["From", "To", "MessageSid", "MessageStatus", "SmsStatus", "Body", "NumMedia",
                "MediaUrl0", "MediaContentType0", "Latitude", "Longitude", "ButtonText", "ListId", "OptOutType",
                "ErrorCode", "MessageType", "CallSid", "ReferralBody", "x"]),
             prop_oneof![".{0,20}", Just("received".to_owned()), Just("+14155550132".to_owned()),
                Just("STOP".to_owned()), Just("1.5".to_owned()), Just("delivered".to_owned())]),
            1..12),
    ) {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let request = call(Method::POST, URL, &form(&fields));
        let events = events_of(WhatsApp, &request);
        prop_assert!(!events.is_empty());
        let keys: BTreeSet<_> = events.iter().map(|event| &event.dedupe).collect();
        prop_assert_eq!(keys.len(), events.len());
        prop_assert_eq!(&events, &events_of(WhatsApp, &request));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200), json in any::<bool>()) {
        let mut body = body;
        if json {
            body.insert(0, b'[');
        }
        let wire = golden::wire(Sms);
        let signed = call(Method::POST, URL, "a=b");
        let Verification::Verified(_) = wire.verify(&signed, Timestamp::UNIX_EPOCH) else {
            panic!("not verified");
        };
        let mut parser = Parser {
            wire: &wire,
            arrival: Arrival::new(SCHEME, None, Timestamp::UNIX_EPOCH),
            events: Vec::new(),
        };
        let _ = parser.stream(&body);
        parser.form(&Fields::of_form(&body), None);
        prop_assert!(!parser.events.is_empty());
    }
}
