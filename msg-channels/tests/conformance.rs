//! Every channel of this crate keeps the core's contracts: one test a backend.
#![cfg(test)]

#[cfg(feature = "telegram")]
mod telegram {
    use http::{HeaderMap, Method};
    use msg_channels::telegram::{Telegram, TelegramConfig};
    use msg_core::Timestamp;
    use msg_core::channel::WebhookRequest;
    use msg_core::message::Address;
    use msg_core::testkit::{channel_wire, webhook};
    use std::time::Duration;

    const CHAT: i64 = 123_456_789;
    const SECRET: &str = "AAF-conformance_only";
    const HOOK: &str = "hook-conformance";

    fn bot() -> Telegram {
        let config = TelegramConfig::new(format!("7000001:{SECRET}")).with_webhook_secret(HOOK);
        Telegram::new(config).unwrap()
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let bot = bot();
        let accepted = r#"{"ok":true,"result":{"message_id":42,"date":1781000000,"chat":{"id":123456789,"type":"private"},"text":"x"}}"#;
        let too_fast = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}"#;
        let subject = channel_wire::Subject::new(&bot, Address::telegram(CHAT), SECRET)
            .with_target("41")
            .with_accepted(accepted)
            .with_too_fast(too_fast, Duration::from_secs(35));
        channel_wire::conformance(&subject).unwrap();
    }

    fn call(body: impl Into<bytes::Bytes>) -> WebhookRequest {
        let mut headers = HeaderMap::new();
        headers.insert("x-telegram-bot-api-secret-token", HOOK.parse().unwrap());
        WebhookRequest::new(Method::POST, "https://example.org/hook", headers, body)
    }

    #[test]
    fn the_webhook_keeps_the_contract() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/telegram/fixtures");
        let (mut calls, mut unknown) = (Vec::new(), None);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let call = call(std::fs::read(&path).unwrap());
            if path.file_stem().is_some_and(|stem| stem == "unknown-kind") {
                unknown = Some(call);
            } else {
                calls.push(call);
            }
        }
        assert!(calls.len() > 50, "the fixtures are not all there");
        let bot = bot();
        let now = Timestamp::from_second(1_781_000_100).unwrap();
        let subject = webhook::Subject::new(&bot, now, "x-telegram-bot-api-secret-token", HOOK)
            .with_calls(calls)
            .with_unknown(unknown.unwrap());
        webhook::conformance(&subject).unwrap();
    }
}

#[cfg(feature = "twilio")]
mod twilio {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use http::{HeaderMap, Method};
    use msg_channels::twilio::{Twilio, TwilioChannel, TwilioConfig};
    use msg_channels::wire::proof::{Hash, Mac};
    use msg_core::Timestamp;
    use msg_core::channel::{ChannelWire as _, WebhookRequest};
    use msg_core::message::Address;
    use msg_core::testkit::{channel_wire, webhook};
    use std::time::Duration;

    const SECRET: &str = "AAF-conformance_only";
    const URL: &str = "https://example.org/hook";

    fn wire(channel: TwilioChannel) -> Twilio {
        let from = if channel == TwilioChannel::Rcs {
            "agent"
        } else {
            "+15550100"
        };
        let config = TwilioConfig::new("AC00000000000000000000000000000001", SECRET, from)
            .with_channel(channel)
            .with_status_callback("https://example.org/status")
            .with_template("order_shipped", "HX00000000000000000000000000000001")
            .with_webhook_token(SECRET);
        Twilio::new(config).unwrap()
    }

    const CHANNELS: [TwilioChannel; 4] = [
        TwilioChannel::Sms,
        TwilioChannel::Mms,
        TwilioChannel::WhatsApp,
        TwilioChannel::Rcs,
    ];

    #[test]
    fn the_wire_keeps_the_contract_on_every_channel() {
        for channel in CHANNELS {
            let wire = wire(channel);
            let to = Address::phone(wire.channel().clone(), "+14155550132").unwrap();
            let accepted = r#"{"sid":"SM00000000000000000000000000000009","status":"queued","error_code":null,"num_segments":"1"}"#;
            let too_fast = r#"{"code":20429,"message":"Too Many Requests","status":429}"#;
            let subject = channel_wire::Subject::new(&wire, to, SECRET)
                .with_target("SM00000000000000000000000000000007")
                .with_accepted(accepted)
                .with_too_fast(too_fast, Duration::from_secs(1));
            channel_wire::conformance(&subject).unwrap();
        }
    }

    fn call(body: &str) -> WebhookRequest {
        let mut fields: Vec<&str> = body.split('&').collect();
        fields.sort_unstable();
        let said = fields.concat().replace('=', "");
        let code = Mac::new(Hash::Sha1, SECRET.as_bytes()).sign(&[URL.as_bytes(), said.as_bytes()]);
        let mut headers = HeaderMap::new();
        let code = BASE64_STANDARD.encode(code).parse().unwrap();
        headers.insert("x-twilio-signature", code);
        WebhookRequest::new(Method::POST, URL, headers, body.to_owned())
    }

    #[test]
    fn the_webhook_keeps_the_contract() {
        let wire = wire(TwilioChannel::WhatsApp);
        let calls = [
            "Body=Hello&From=whatsapp:14155550132&MessageSid=SM1&NumMedia=0&SmsStatus=received&To=whatsapp:15550100",
            "From=14155550132&MediaContentType0=image/png&MediaUrl0=https://api.twilio.com/1&MessageSid=MM2&NumMedia=1&To=15550100",
            "ButtonPayload=yes&ButtonText=Yes&From=whatsapp:14155550132&MessageSid=SM3&To=whatsapp:15550100",
            "Body=STOP&From=14155550132&MessageSid=SM4&OptOutType=STOP&To=15550100",
            "ErrorCode=30007&From=15550100&MessageSid=SM5&MessageStatus=undelivered&To=14155550132",
            "From=15550100&MessageSid=SM5&MessageStatus=delivered&To=14155550132",
            "Body=Hi&From=whatsapp:14155550132&MessageSid=SM6&ReferralBody=Shoes&To=whatsapp:15550100",
        ];
        let unknown = call("ConversationSid=CH1&EventType=onMessageAdded");
        let now = Timestamp::from_second(1_781_000_100).unwrap();
        let subject = webhook::Subject::new(&wire, now, "x-twilio-signature", SECRET)
            .signing_the_body()
            .with_calls(calls.map(call))
            .with_unknown(unknown);
        webhook::conformance(&subject).unwrap();
    }
}

#[cfg(feature = "plivo")]
mod plivo {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use http::{HeaderMap, Method};
    use msg_channels::plivo::{Plivo, PlivoChannel, PlivoConfig};
    use msg_channels::wire::proof::{Hash, Mac};
    use msg_core::Timestamp;
    use msg_core::channel::{ChannelWire as _, WebhookRequest};
    use msg_core::message::Address;
    use msg_core::testkit::{channel_wire, webhook};
    use std::time::Duration;

    const SECRET: &str = "AAF-conformance_only";
    const URL: &str = "https://example.org/hook";

    fn wire(channel: PlivoChannel) -> Plivo {
        let config = PlivoConfig::new("MA000000000000000001", SECRET, "+15550100")
            .with_channel(channel)
            .with_status_callback("https://example.org/status")
            .with_webhook_token(SECRET);
        Plivo::new(config).unwrap()
    }

    #[test]
    fn the_wire_keeps_the_contract_on_every_channel() {
        for channel in [PlivoChannel::Sms, PlivoChannel::Mms] {
            let wire = wire(channel);
            let to = Address::phone(wire.channel().clone(), "+14155550132").unwrap();
            let accepted = r#"{"api_id":"948b53a2","message":"message(s) queued","message_uuid":["5b40a428-bfc7-4daf-9d06-726c558bf3b8"]}"#;
            let subject = channel_wire::Subject::new(&wire, to, SECRET)
                .with_accepted(accepted)
                .with_too_fast(r#"{"error":"too fast"}"#, Duration::from_secs(1));
            channel_wire::conformance(&subject).unwrap();
        }
    }

    fn call(body: &str) -> WebhookRequest {
        let mut fields: Vec<&str> = body.split('&').collect();
        fields.sort_unstable();
        let said = format!("{URL}?{}.17", fields.concat().replace('=', ""));
        let code = Mac::new(Hash::Sha256, SECRET.as_bytes()).sign(&[said.as_bytes()]);
        let mut headers = HeaderMap::new();
        let code = BASE64_STANDARD.encode(code).parse().unwrap();
        headers.insert("x-plivo-signature-v3", code);
        headers.insert("x-plivo-signature-v3-nonce", "17".parse().unwrap());
        WebhookRequest::new(Method::POST, URL, headers, body.to_owned())
    }

    #[test]
    fn the_webhook_keeps_the_contract() {
        let wire = wire(PlivoChannel::Mms);
        let calls = [
            "From=14155550132&MessageUUID=u1&Text=Hello&To=15550100&Type=sms",
            "Body=Look&From=14155550132&Media0=https://media.plivo.com/1&MessageUUID=u2&To=15550100&Type=mms",
            "ErrorCode=200&From=15550100&MessageUUID=u3&Status=undelivered&To=14155550132",
            "ErrorCode=000&From=15550100&MessageUUID=u3&Status=delivered&To=14155550132",
        ];
        let now = Timestamp::from_second(1_781_000_100).unwrap();
        let subject = webhook::Subject::new(&wire, now, "x-plivo-signature-v3", SECRET)
            .signing_the_body()
            .with_calls(calls.map(call))
            .with_unknown(call("CallStatus=ringing&CallUUID=c1&From=14155550132"));
        webhook::conformance(&subject).unwrap();
    }
}

#[cfg(feature = "messagebird")]
mod messagebird {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use http::{HeaderMap, Method};
    use msg_channels::messagebird::{MessageBird, MessageBirdConfig};
    use msg_channels::wire::proof::{Hash, Mac};
    use msg_core::Timestamp;
    use msg_core::channel::WebhookRequest;
    use msg_core::message::{Address, ChannelKind};
    use msg_core::testkit::{channel_wire, webhook};
    use std::time::Duration;

    const SECRET: &str = "AAF-conformance_only";
    const NOW: i64 = 1_781_000_100;

    fn wire() -> MessageBird {
        let config = MessageBirdConfig::new(SECRET, "Shop").with_signing_key(SECRET);
        MessageBird::new(config).unwrap()
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let wire = wire();
        let to = Address::phone(ChannelKind::Sms, "+14155550132").unwrap();
        let accepted = r#"{"id":"f28bbe526fc14974b3e7e663a6139b53","direction":"mt","recipients":{"totalCount":1}}"#;
        let too_fast = r#"{"errors":[{"code":101,"description":"too fast"}]}"#;
        let subject = channel_wire::Subject::new(&wire, to, SECRET)
            .with_accepted(accepted)
            .with_too_fast(too_fast, Duration::from_secs(1));
        channel_wire::conformance(&subject).unwrap();
    }

    fn sha256(bytes: &[u8]) -> String {
        let hash = ring::digest::digest(&ring::digest::SHA256, bytes);
        msg_channels::wire::proof::to_hex(hash.as_ref())
    }

    fn call(body: &str) -> WebhookRequest {
        let url = "https://example.org/hook";
        let claims = serde_json::json!({"iss": "MessageBird", "nbf": NOW, "exp": NOW + 60,
            "url_hash": sha256(url.as_bytes()), "payload_hash": sha256(body.as_bytes())});
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let head = encode(br#"{"alg":"HS256"}"#);
        let signed = format!("{head}.{}", encode(claims.to_string().as_bytes()));
        let code = Mac::new(Hash::Sha256, SECRET.as_bytes()).sign(&[signed.as_bytes()]);
        let mut headers = HeaderMap::new();
        let token = format!("{signed}.{}", encode(&code)).parse().unwrap();
        headers.insert("messagebird-signature-jwt", token);
        WebhookRequest::new(Method::POST, url, headers, body.to_owned())
    }

    #[test]
    fn the_webhook_keeps_the_contract() {
        let wire = wire();
        let calls = [
            "id=a1&originator=14155550132&recipient=15550100&body=Hello",
            r#"{"id":"a2","originator":"14155550132","recipient":"15550100","body":"Hello"}"#,
            "id=a3&status=delivered&recipient=14155550132&statusDatetime=2019-01-11T09:17:11%2B00:00",
            "id=a3&status=delivery_failed&recipient=14155550132&statusErrorCode=27",
        ];
        let now = Timestamp::from_second(NOW).unwrap();
        let subject = webhook::Subject::new(&wire, now, "messagebird-signature-jwt", SECRET)
            .signing_the_body()
            .with_calls(calls.map(call))
            .with_unknown(call("id=a4&status=teleported"));
        webhook::conformance(&subject).unwrap();
    }
}

#[cfg(feature = "inapp")]
mod inapp {
    use msg_channels::inapp::InApp;
    use msg_core::message::Address;
    use msg_core::testkit::{adapter, block_on};

    #[test]
    fn the_adapter_keeps_the_contract() {
        let (channel, _inbox) = InApp::new(1024);
        let to = Address::in_app("ada-of-the-suite").unwrap();
        let subject = adapter::Subject::new(&channel, to).idempotent();
        block_on(adapter::conformance(&subject)).unwrap();
    }
}

#[cfg(feature = "smtp")]
mod smtp {
    use msg_channels::smtp::{Smtp, SmtpConfig};
    use msg_core::message::Address;
    use msg_core::testkit::adapter;
    use msg_core::time::SystemClock;
    use std::sync::Arc;

    #[tokio::test]
    async fn the_adapter_keeps_the_contract_in_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let config = SmtpConfig::folder(folder.path(), "Shop <shop@example.org>");
        let mail = Smtp::new(&config, Arc::new(SystemClock)).unwrap();
        let to = Address::email("ada-of-the-suite@example.net").unwrap();
        adapter::conformance(&adapter::Subject::new(&mail, to))
            .await
            .unwrap();
        assert!(std::fs::read_dir(folder.path()).unwrap().count() > 20);
    }
}
