//! Events as Resend's documents show them, and what must not be believed.

use super::super::{Resend, ResendConfig};
use crate::mail::bounce::BounceClass;
use crate::mail::seen::{self, believes, call, events};
use crate::mail::sender::SenderConfig;
use msg_core::channel::{Inbound, InboundEvent};
use proptest::prelude::*;
use serde_json::{Value, json};

fn wire() -> Resend {
    let config = ResendConfig::new("re_x", SenderConfig::new("shop@example.org"));
    let config = config.with_webhook_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    Resend::new(config.with_webhook_password("me:right")).unwrap()
}

/// The vector of the Standard Webhooks libraries.
#[test]
fn a_signature_is_believed_in_its_time_and_a_password_without_one() {
    let now = jiff::Timestamp::from_second(1_614_265_330).unwrap();
    let signed = [
        ("svix-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("svix-timestamp", "1614265330"),
        (
            "svix-signature",
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
    ];
    let body = r#"{"test": 2432232314}"#;
    let wire = wire();
    assert!(believes(&wire, &call(&signed, body), now));
    assert!(!believes(&wire, &call(&signed, "{}"), now));
    assert!(!believes(&wire, &call(&signed, body), seen::now()));
    let password = ("authorization", "Basic bWU6cmlnaHQ=");
    assert!(believes(&wire, &call(&[password], body), now));
    // A password is no way around a signature that is wrong.
    assert!(!believes(
        &wire,
        &call(&[password, ("svix-id", "x")], body),
        now
    ));
    assert!(!believes(
        &wire,
        &call(&[("authorization", "Basic bWU6d3Jvbmc=")], body),
        now
    ));
    assert!(!believes(&wire, &call(&[], body), now));
}

fn of(item: &Value) -> Vec<InboundEvent> {
    events(&wire(), "application/json", item.to_string())
}

fn samples() -> Vec<Value> {
    let data = json!({"created_at": "2023-09-28T17:19:43.982Z", "email_id": "aaaaaaaa-bbbb", "from": "Sender <from@example.com>",
        "subject": "Sending test", "to": ["Recipient <to@example.org>", "to2@example.org"], "tags": {"tag1": "Tag_1_value"}});
    let with = |own: Value| {
        let mut data = data.clone();
        data.as_object_mut()
            .unwrap()
            .extend(own.as_object().unwrap().clone());
        data
    };
    let mut all = Vec::new();
    for (kind, own) in [
        ("email.scheduled", json!({})),
        ("email.sent", json!({"tags": {"msg_part": "p-0"}})),
        (
            "email.delivered",
            json!({"tags": [{"name": "msg_part", "value": "p-0"}]}),
        ),
        ("email.delivery_delayed", json!({})),
        ("email.opened", json!({})),
        (
            "email.clicked",
            json!({"click": {"link": "https://example.com", "userAgent": "Mozilla"}}),
        ),
        (
            "email.bounced",
            json!({"bounce": {"message": "x", "type": "Permanent", "subType": "Suppressed"}}),
        ),
        ("email.complained", json!({})),
        (
            "email.failed",
            json!({"failed": {"reason": "reached_daily_quota"}}),
        ),
        (
            "email.suppressed",
            json!({"suppressed": {"type": "OnAccountSuppressionList"}}),
        ),
        ("email.levitated", json!({})),
    ] {
        all.push(
            json!({"type": kind, "created_at": "2023-09-28T17:19:43.736Z", "data": with(own)}),
        );
    }
    all.push(json!({"type": "contact.updated", "created_at": "2026-11-17 19:32:22.980000+00", "data": {"email": "to@example.org", "unsubscribed": true}}));
    all.push(json!({"type": "contact.created", "created_at": "2024-11-17T19:32:22.980Z", "data": {"email": "to@example.org", "unsubscribed": false}}));
    all.push(
        json!({"type": "domain.updated", "data": {"name": "example.com", "status": "failed"}}),
    );
    all.push(json!({}));
    all
}

#[test]
fn every_event_reads_as_reviewed() {
    let told: Vec<_> = samples().iter().flat_map(of).collect();
    insta::assert_json_snapshot!(told);
}

#[test]
fn a_bounce_is_classed_by_its_type_or_its_words() {
    use BounceClass::{Block, Hard, Soft, Technical, Unknown};
    for (bounce, class) in [
        (json!({"type": "Permanent", "subType": "General"}), Hard),
        (json!({"type": "Transient", "subType": "General"}), Soft),
        (json!({"type": "Transient", "subType": "MailboxFull"}), Soft),
        (
            json!({"type": "Transient", "subType": "MessageTooLarge"}),
            Technical,
        ),
        (
            json!({"type": "Transient", "subType": "ContentRejected"}),
            Block,
        ),
        (json!({"type": "Undetermined"}), Unknown),
        (
            json!({"message": "The recipient's email provider sent a hard bounce message, but"}),
            Hard,
        ),
        (
            json!({"message": "Resend has suppressed sending to this address because"}),
            Hard,
        ),
        (
            json!({"message": "The recipient's email provider sent a general bounce message."}),
            Soft,
        ),
        (json!(null), Unknown),
    ] {
        let item = json!({"type": "email.bounced", "data": {"email_id": "e", "bounce": bounce}});
        let Inbound::Status(status) = &of(&item)[0].kind else {
            panic!()
        };
        assert_eq!(
            BounceClass::in_failure(status.failure.as_ref().unwrap()),
            Some(class),
            "{bounce}"
        );
    }
}

#[test]
fn a_mail_that_came_in_reads_as_reviewed() {
    let item = json!({"type": "email.received", "created_at": "2024-02-22T23:41:12.126Z", "data": {
        "email_id": "56761188-7520-42d8-8898-ff6fc54ce618", "created_at": "2024-02-22T23:41:11.894719+00:00",
        "from": "Acme <onboarding@resend.dev>", "to": ["delivered@resend.dev"], "bcc": [], "cc": [],
        "message_id": "<example+123>", "subject": "Sending this example",
        "attachments": [{"id": "2a0c9ce0-3112-4728-976e-47ddcd16a318", "filename": "avatar.png", "content_type": "image/png", "content_disposition": "inline", "content_id": "img001"}]
    }});
    insta::assert_json_snapshot!(of(&item));
}

proptest! {
    #[test]
    fn any_body_is_read(pick in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        use msg_core::channel::WebhookWire as _;
        let samples = samples();
        let mut body = samples[pick.index(samples.len())].to_string().into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        for body in [body.clone(), body[..at].to_vec()] {
            let _ = wire().parse(&msg_core::testkit::webhook::assumed(&call(&[], body), seen::now()));
        }
    }
}
