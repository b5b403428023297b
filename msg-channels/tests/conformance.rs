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

#[cfg(any(feature = "instagram", feature = "messenger"))]
mod meta {
    use http::{HeaderMap, Method};
    use msg_channels::graph::SIGNATURE_HEADER;
    use msg_channels::wire::proof::{Hash, Mac, to_hex};
    use msg_core::Timestamp;
    use msg_core::channel::{ChannelWire, WebhookRequest, WebhookWire};
    use msg_core::message::Address;
    use msg_core::testkit::{channel_wire, webhook};
    use std::time::Duration;

    const TOKEN: &str = "EAAconformanceOnly";
    const SECRET: &str = "app-secret-of-the-suite";

    fn keeps_the_contract(wire: &dyn ChannelWire, to: Address) {
        let accepted = r#"{"recipient_id":"1254477777772919","message_id":"m_AG5Hz2U"}"#;
        let too_fast = r#"{"error":{"message":"(#613) Calls to this api have exceeded the rate limit.","type":"OAuthException","code":613,"fbtrace_id":"A"}}"#;
        let subject = channel_wire::Subject::new(wire, to, TOKEN)
            .with_target("m_41")
            .with_accepted(accepted)
            .with_too_fast(too_fast, Duration::from_secs(1));
        channel_wire::conformance(&subject).unwrap();
    }

    fn call(body: Vec<u8>) -> WebhookRequest {
        let code = Mac::new(Hash::Sha256, SECRET.as_bytes()).sign(&[&body]);
        let proof = format!("sha256={}", to_hex(&code));
        let mut headers = HeaderMap::new();
        headers.insert(SIGNATURE_HEADER, proof.parse().unwrap());
        WebhookRequest::new(Method::POST, "https://example.org/hook", headers, body)
    }

    fn webhook_keeps_the_contract(wire: &dyn WebhookWire, folder: &str) {
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
        assert!(calls.len() > 40, "the fixtures are not all there");
        let now = Timestamp::from_second(1_773_000_000).unwrap();
        let subject = webhook::Subject::new(wire, now, SIGNATURE_HEADER, SECRET)
            .signing_the_body()
            .with_calls(calls)
            .with_unknown(unknown.unwrap());
        webhook::conformance(&subject).unwrap();
    }

    #[cfg(feature = "messenger")]
    #[test]
    fn messenger_keeps_the_contract() {
        use msg_channels::messenger::{Messenger, MessengerConfig};
        let config = MessengerConfig::new(TOKEN).with_app_secret(SECRET);
        let page = Messenger::new(config).unwrap();
        let to = Messenger::person("1906385232743851", "1254477777772919").unwrap();
        keeps_the_contract(&page, to);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/messenger/fixtures");
        webhook_keeps_the_contract(&page, folder);
    }

    #[cfg(feature = "instagram")]
    #[test]
    fn instagram_keeps_the_contract() {
        use msg_channels::instagram::{Instagram, InstagramConfig};
        let config = InstagramConfig::new(TOKEN).with_app_secret(SECRET);
        let account = Instagram::new(config).unwrap();
        let to = Instagram::person("17841400000000000", "200000000000001").unwrap();
        keeps_the_contract(&account, to);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/instagram/fixtures");
        webhook_keeps_the_contract(&account, folder);
    }
}

#[cfg(feature = "vonage")]
mod vonage {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use http::{HeaderMap, Method};
    use msg_channels::vonage::{Vonage, VonageChannel, VonageConfig};
    use msg_channels::wire::proof::{Hash, Mac, sha256, to_hex};
    use msg_core::Timestamp;
    use msg_core::channel::{ChannelWire as _, WebhookRequest};
    use msg_core::message::{Address, AddressScheme};
    use msg_core::testkit::{channel_wire, webhook};
    use std::time::Duration;

    const SECRET: &str = "AAF-conformance_only";
    const NOW: i64 = 1_781_000_100;

    fn wire(channel: VonageChannel) -> Vonage {
        let config = VonageConfig::new("abcd1234", SECRET, "15550100")
            .with_channel(channel)
            .with_signature_secret(SECRET);
        Vonage::new(config).unwrap()
    }

    #[test]
    fn the_wire_keeps_the_contract_on_every_channel() {
        for channel in [
            VonageChannel::Sms,
            VonageChannel::Mms,
            VonageChannel::Rcs,
            VonageChannel::WhatsApp,
            VonageChannel::Messenger,
            VonageChannel::ViberService,
        ] {
            let wire = wire(channel);
            let kind = wire.channel().clone();
            let to = match channel {
                VonageChannel::Messenger => {
                    Address::new(kind, AddressScheme::MessengerUser, "200000000000001")
                }
                _ => Address::phone(kind, "+14155550132"),
            };
            let accepted = r#"{"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"}"#;
            let too_fast = r#"{"type":"https://developer.vonage.com/api-errors/messages#1000"}"#;
            let subject = channel_wire::Subject::new(&wire, to.unwrap(), SECRET)
                .with_accepted(accepted)
                .with_too_fast(too_fast, Duration::from_secs(1));
            channel_wire::conformance(&subject).unwrap();
        }
    }

    fn call(body: &str) -> WebhookRequest {
        let hash = to_hex(&sha256(body.as_bytes()));
        let claims = serde_json::json!({"iat": NOW, "iss": "Vonage", "payload_hash": hash});
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let head = encode(br#"{"alg":"HS256"}"#);
        let signed = format!("{head}.{}", encode(claims.to_string().as_bytes()));
        let code = Mac::new(Hash::Sha256, SECRET.as_bytes()).sign(&[signed.as_bytes()]);
        let mut headers = HeaderMap::new();
        let token = format!("Bearer {signed}.{}", encode(&code))
            .parse()
            .unwrap();
        headers.insert("authorization", token);
        let url = "https://example.org/hook";
        WebhookRequest::new(Method::POST, url, headers, body.to_owned())
    }

    #[test]
    fn the_webhook_keeps_the_contract() {
        let wire = wire(VonageChannel::WhatsApp);
        let calls = [
            r#"{"channel":"whatsapp","message_uuid":"u1","to":"15550100","from":"14155550132","timestamp":"2026-01-02T03:04:05Z","message_type":"text","text":"Hello"}"#,
            r#"{"channel":"whatsapp","message_uuid":"u2","to":"15550100","from":"14155550132","message_type":"image","image":{"url":"https://example.com/a.jpg"}}"#,
            r#"{"channel":"whatsapp","message_uuid":"u3","to":"15550100","from":"14155550132","message_type":"button","button":{"payload":"yes","text":"Yes"}}"#,
            r#"{"channel":"whatsapp","message_uuid":"u4","to":"14155550132","from":"15550100","status":"undeliverable","error":{"title":1340}}"#,
            r#"{"messageId":"1","msisdn":"14155550132","to":"15550100","text":"Hello","type":"text"}"#,
        ];
        let now = Timestamp::from_second(NOW).unwrap();
        let unknown = r#"{"message_uuid":"u5","from":"14155550132","message_type":"hologram"}"#;
        let subject = webhook::Subject::new(&wire, now, "authorization", SECRET)
            .signing_the_body()
            .with_calls(calls.map(call))
            .with_unknown(call(unknown));
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

/// What the suites of email over HTTP have in common.
#[cfg(any(
    feature = "brevo",
    feature = "mailgun",
    feature = "postmark",
    feature = "resend",
    feature = "sendgrid"
))]
mod mail {
    use http::{HeaderMap, Method};
    use msg_channels::mail::sender::SenderConfig;
    use msg_core::Timestamp;
    use msg_core::channel::{ChannelWire, WebhookRequest};
    use msg_core::message::Address;
    use msg_core::testkit::channel_wire;

    pub(super) const SECRET: &str = "hidden-of-the-suite";
    pub(super) const JSON: &str = "application/json";
    /// `me:hidden-of-the-suite`.
    pub(super) const PASSWORD: &str = "Basic bWU6aGlkZGVuLW9mLXRoZS1zdWl0ZQ==";
    pub(super) const PAIR: &str = "me:hidden-of-the-suite";

    pub(super) fn sender() -> SenderConfig {
        SenderConfig::new("Shop <shop@example.org>").with_reply_to("help@example.org")
    }

    pub(super) fn subject(wire: &dyn ChannelWire) -> channel_wire::Subject<'_> {
        let to = Address::email("ada-of-the-suite@example.net").unwrap();
        channel_wire::Subject::new(wire, to, SECRET)
    }

    pub(super) fn now() -> Timestamp {
        Timestamp::from_second(1_781_000_100).unwrap()
    }

    pub(super) fn call(
        headers: &[(&'static str, &str)],
        body: impl Into<bytes::Bytes>,
    ) -> WebhookRequest {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        WebhookRequest::new(Method::POST, "https://example.org/hook", map, body)
    }
}

#[cfg(feature = "sendgrid")]
mod sendgrid {
    use super::mail::{JSON, PAIR, PASSWORD, SECRET, call, now, sender, subject};
    use msg_channels::sendgrid::{SendGrid, SendGridConfig};
    use msg_core::testkit::{channel_wire, webhook};

    /// The key, signature and body of the tests of SendGrid's own library (sendgrid-nodejs, MIT).
    const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
    const SIGNED: &str = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";
    const BODY: &str = "[{\"email\":\"hello@world.com\",\"event\":\"dropped\",\"reason\":\"Bounced Address\",\"sg_event_id\":\"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA\",\"sg_message_id\":\"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0\",\"smtp-id\":\"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>\",\"timestamp\":1600112492}]\r\n";

    fn wire() -> SendGrid {
        let config = SendGridConfig::new(SECRET, sender()).with_webhook_key(KEY);
        SendGrid::new(config.with_webhook_password(PAIR)).unwrap()
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let wire = wire();
        let subject = subject(&wire).with_accepted("");
        let subject = subject.with_accepted_header("x-message-id", "14c5d75ce93.dfd.64b469");
        channel_wire::conformance(&subject).unwrap();
    }

    #[test]
    fn the_webhook_keeps_the_contract() {
        let wire = wire();
        let proven = |kind: &str, body: &'static str| {
            call(&[("authorization", PASSWORD), ("content-type", kind)], body)
        };
        let mail = "--b\r\nContent-Disposition: form-data; name=\"headers\"\r\n\r\nFrom: a@example.org\n\r\n--b--\r\n";
        let calls = [
            proven(JSON, BODY),
            proven(
                JSON,
                r#"[{"event":"click","email":"a@example.org","sg_event_id":"e1","smtp-id":"<a@b>"},{"event":"spamreport","email":"a@example.org","sg_event_id":"e2","smtp-id":"<a@b>"}]"#,
            ),
            proven("multipart/form-data; boundary=b", mail),
        ];
        let unknown = proven(JSON, r#"[{"event":"levitated","sg_event_id":"e9"}]"#);
        let subject = webhook::Subject::new(&wire, now(), "authorization", SECRET)
            .with_calls(calls)
            .with_unknown(unknown.clone());
        webhook::conformance(&subject).unwrap();

        let name = "x-twilio-email-event-webhook-signature";
        let time = ("x-twilio-email-event-webhook-timestamp", "1600112502");
        let subject = webhook::Subject::new(&wire, now(), name, SECRET)
            .signing_the_body()
            .with_calls([call(&[(name, SIGNED), time], BODY)])
            .with_unknown(unknown);
        // A call without a signature is believed by its password, so that one is left out here.
        for (sentence, holds) in webhook::SENTENCES {
            assert!(holds(&subject).is_ok(), "{sentence}");
        }
    }
}

#[cfg(feature = "postmark")]
mod postmark {
    use super::mail::{JSON, PAIR, PASSWORD, SECRET, call, now, sender, subject};
    use msg_channels::postmark::{Postmark, PostmarkConfig};
    use msg_core::testkit::{channel_wire, webhook};

    fn wire() -> Postmark {
        Postmark::new(PostmarkConfig::new(SECRET, sender()).with_webhook_password(PAIR)).unwrap()
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let wire = wire();
        let taken = r#"{"To":"x","SubmittedAt":"2014-02-17T07:25:01.4178645-05:00","MessageID":"0a129aee-e1cd","ErrorCode":0,"Message":"OK"}"#;
        channel_wire::conformance(&subject(&wire).with_accepted(taken)).unwrap();
    }

    #[test]
    fn the_webhook_keeps_the_contract() {
        let wire = wire();
        let proven =
            |body: &'static str| call(&[("authorization", PASSWORD), ("content-type", JSON)], body);
        let subject = webhook::Subject::new(&wire, now(), "authorization", SECRET)
            .with_calls([
                proven(r#"{"RecordType":"Delivery","MessageID":"m1","Recipient":"a@example.org","DeliveredAt":"2019-11-05T16:33:54Z"}"#),
                proven(r#"{"RecordType":"SpamComplaint","Type":"SpamComplaint","MessageID":"m1","Email":"a@example.org"}"#),
                proven(r#"{"FromFull":{"Email":"a@example.org","Name":"A"},"TextBody":"hi","MessageID":"m2","Headers":[]}"#),
            ])
            .with_unknown(proven(r#"{"RecordType":"Levitation","MessageID":"m1"}"#));
        webhook::conformance(&subject).unwrap();
    }
}

#[cfg(feature = "mailgun")]
mod mailgun {
    use super::mail::{JSON, SECRET, call, now, sender, subject};
    use msg_channels::mailgun::{Mailgun, MailgunConfig};
    use msg_core::testkit::{channel_wire, webhook};

    /// What signed the event that django-anymail's tests show (BSD-3).
    const KEY: &str = "TEST_WEBHOOK_SIGNING_KEY";
    const PROOF: &str = r#""signature":{"token":"1234567890abcdef1234567890abcdef","timestamp":"1534111899","signature":"cce2123e565221e8cc467a58899765a7c800cda2501ee9153e13d58eb840e4f6"}"#;

    fn wire() -> Mailgun {
        let config = MailgunConfig::new(SECRET, "mg.example.org", sender());
        Mailgun::new(config.with_webhook_key(KEY)).unwrap()
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let wire = wire();
        let taken = r#"{"id":"<20111114174239.25659.5817@samples.mailgun.org>","message":"Queued. Thank you."}"#;
        channel_wire::conformance(&subject(&wire).with_accepted(taken)).unwrap();
    }

    fn forge(body: &[u8]) -> Vec<Vec<u8>> {
        let text = String::from_utf8(body.to_vec()).unwrap();
        let other = |from: &str, to: &str| text.replace(from, to).into_bytes();
        vec![
            other(PROOF, "\"x\":1"),
            other("cce2123e", "cce2123f"),
            other("cce2123e", ""),
            other("1534111899", "1534111898"),
            other(
                "1234567890abcdef1234567890abcdef",
                "0234567890abcdef1234567890abcdef",
            ),
        ]
    }

    #[test]
    fn the_webhook_keeps_the_contract() {
        let wire = wire();
        let proven = |event: &str| {
            call(
                &[("content-type", JSON)],
                format!("{{{PROOF},\"event-data\":{event}}}"),
            )
        };
        let subject = webhook::Subject::new(&wire, now(), "signature", KEY)
            .proven_in_the_body(forge)
            .with_calls([proven(r#"{"event":"complained","recipient":"a@example.org","message":{"headers":{"message-id":"a@b"}}}"#)])
            .with_unknown(proven(r#"{"event":"levitated"}"#));
        webhook::conformance(&subject).unwrap();
    }
}

#[cfg(feature = "resend")]
mod resend {
    use super::mail::{PAIR, PASSWORD, SECRET, call, now, sender, subject};
    use msg_channels::resend::{Resend, ResendConfig};
    use msg_core::testkit::{channel_wire, webhook};

    fn wire() -> Resend {
        Resend::new(ResendConfig::new(SECRET, sender()).with_webhook_password(PAIR)).unwrap()
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let wire = wire();
        let taken = r#"{"id":"49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}"#;
        channel_wire::conformance(&subject(&wire).with_accepted(taken)).unwrap();
    }

    #[test]
    fn the_webhook_keeps_the_contract() {
        let wire = wire();
        let proven = |body: &'static str| call(&[("authorization", PASSWORD)], body);
        let subject = webhook::Subject::new(&wire, now(), "authorization", SECRET)
            .with_calls([
                proven(r#"{"type":"email.clicked","created_at":"2023-09-28T17:19:43.736Z","data":{"email_id":"e1","to":["a@example.org"]}}"#),
                proven(r#"{"type":"email.complained","data":{"email_id":"e1","to":["a@example.org"]}}"#),
                proven(r#"{"type":"email.received","data":{"email_id":"e2","from":"a@example.org","subject":"hi"}}"#),
            ])
            .with_unknown(proven(r#"{"type":"email.levitated","data":{}}"#));
        webhook::conformance(&subject).unwrap();
    }
}

#[cfg(feature = "brevo")]
mod brevo {
    use super::mail::{PAIR, PASSWORD, SECRET, call, now, sender, subject};
    use msg_channels::brevo::{Brevo, BrevoConfig};
    use msg_core::testkit::{channel_wire, webhook};

    fn wire() -> Brevo {
        Brevo::new(BrevoConfig::new(SECRET, sender()).with_webhook_password(PAIR)).unwrap()
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let wire = wire();
        let taken = r#"{"messageId":"<201798300811.5787683@relay.domain.com>"}"#;
        channel_wire::conformance(&subject(&wire).with_accepted(taken)).unwrap();
    }

    #[test]
    fn the_webhook_keeps_the_contract() {
        let wire = wire();
        let proven = |body: &'static str| call(&[("authorization", PASSWORD)], body);
        let subject = webhook::Subject::new(&wire, now(), "authorization", SECRET)
            .with_calls([
                proven(r#"{"event":"proxy_open","email":"a@example.org","message-id":"<a@b>","ts_epoch":1520363423000}"#),
                proven(r#"[{"event":"spam","email":"a@example.org","message-id":"<a@b>"},{"event":"click","email":"a@example.org","message-id":"<a@b>"}]"#),
                proven(r#"{"items":[{"Uuid":["u1"],"From":{"Address":"a@example.org"},"RawTextBody":"hi","Headers":{}}]}"#),
            ])
            .with_unknown(proven(r#"{"event":"levitated"}"#));
        webhook::conformance(&subject).unwrap();
    }
}

#[cfg(feature = "whatsapp")]
mod whatsapp {
    use http::{HeaderMap, Method};
    use msg_channels::whatsapp::{Flow, PaymentLink, WhatsApp, WhatsAppConfig};
    use msg_channels::wire::proof::{Hash, Mac, to_hex};
    use msg_core::Timestamp;
    use msg_core::channel::WebhookRequest;
    use msg_core::id::ActionId;
    use msg_core::message::{Address, ChannelKind};
    use msg_core::testkit::{channel_wire, webhook};
    use std::time::Duration;

    const TOKEN: &str = "EAAconformance-only";
    const SECRET: &str = "app-conformance";

    fn number() -> WhatsApp {
        let config = WhatsAppConfig::new(TOKEN, "106540352242922")
            .with_app_secret(SECRET)
            .with_catalog("194836987003835")
            .with_flow(ActionId::new("return").unwrap(), Flow::new("9"))
            .with_payment_link(PaymentLink::brazil());
        WhatsApp::new(config).unwrap()
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let number = number();
        let to = Address::phone(ChannelKind::WhatsApp, "+16505551234").unwrap();
        let accepted = r#"{"messaging_product":"whatsapp","contacts":[{"input":"16505551234","wa_id":"16505551234"}],"messages":[{"id":"wamid.HBgLConformance="}]}"#;
        let too_fast = r#"{"error":{"message":"(#131056) x","type":"OAuthException","code":131056,"fbtrace_id":"A"}}"#;
        let subject = channel_wire::Subject::new(&number, to, TOKEN)
            .with_target("wamid.HBgLTarget=")
            .with_accepted(accepted)
            .with_too_fast(too_fast, Duration::from_secs(6));
        channel_wire::conformance(&subject).unwrap();
    }

    fn call(body: impl Into<bytes::Bytes>) -> WebhookRequest {
        let body = body.into();
        let code = Mac::new(Hash::Sha256, SECRET.as_bytes()).sign(&[&body]);
        let mut headers = HeaderMap::new();
        let proof = format!("sha256={}", to_hex(&code));
        headers.insert("x-hub-signature-256", proof.parse().unwrap());
        WebhookRequest::new(Method::POST, "https://example.org/hook", headers, body)
    }

    #[test]
    fn the_webhook_keeps_the_contract() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/whatsapp/fixtures");
        let (mut calls, mut unknown) = (Vec::new(), None);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let call = call(std::fs::read(&path).unwrap());
            if path.file_stem().is_some_and(|stem| stem == "unknown-field") {
                unknown = Some(call);
            } else {
                calls.push(call);
            }
        }
        assert!(calls.len() > 90, "the fixtures are not all there");
        let number = number();
        let now = Timestamp::from_second(1_781_001_000).unwrap();
        let subject = webhook::Subject::new(&number, now, "x-hub-signature-256", SECRET)
            .signing_the_body()
            .with_calls(calls)
            .with_unknown(unknown.unwrap());
        webhook::conformance(&subject).unwrap();
    }
}

/// What the suites of Amazon's channels have in common: a clock, a topic, and calls that it signed.
#[cfg(feature = "amazon")]
mod amazon {
    use http::{HeaderMap, Method};
    use msg_channels::amazon::{AwsConfig, Certificates, TopicConfig};
    use msg_core::Timestamp;
    use msg_core::channel::{ChannelWire, WebhookRequest};
    use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
    use msg_core::message::{Address, ContentKind, Part, Purpose};
    use msg_core::plan::{PlanInput, plan};
    use msg_core::testkit::{ManualClock, sample};
    use std::sync::Arc;

    pub(super) const SECRET: &str = "hidden-of-the-suite";
    /// `me:hidden-of-the-suite`.
    const PASSWORD: &str = "Basic bWU6aGlkZGVuLW9mLXRoZS1zdWl0ZQ==";
    const URL: &str =
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";
    const PEM: &[u8] = include_bytes!("../src/amazon/fixtures/certificate.pem");

    pub(super) fn aws() -> AwsConfig {
        AwsConfig::new("us-east-1", "AKIDEXAMPLE", SECRET)
    }

    pub(super) fn topic() -> TopicConfig {
        TopicConfig::default()
            .with_topic("arn:aws:sns:us-east-1:123456789012:events")
            .with_password("me:hidden-of-the-suite")
    }

    pub(super) fn now() -> Timestamp {
        "2026-06-09T10:16:00Z".parse().unwrap()
    }

    pub(super) fn certificates() -> Certificates {
        let all = Certificates::new();
        all.learn(URL, PEM, now()).unwrap();
        all
    }

    pub(super) fn clock() -> Arc<ManualClock> {
        Arc::new(ManualClock::default())
    }

    /// Whatever the planner makes of any content, the wire can say; how many parts that are.
    pub(super) fn planned(wire: &dyn ChannelWire, to: &Address) -> usize {
        let id = time_ordered(Timestamp::UNIX_EPOCH, &[1; 16]);
        let mut encoded = 0;
        for kind in ContentKind::ALL {
            let content = sample(kind).unwrap();
            for body in plan(&PlanInput::new(&content), wire.capabilities()).parts {
                let part = Part::new(
                    PartId::new(MessageId::from_uuid(id), encoded),
                    TenantId::new("acme").unwrap(),
                    to.clone(),
                    Purpose::Service,
                    body,
                );
                let request = wire.encode(&part);
                assert!(request.is_ok(), "{kind:?}: {:?}", request.unwrap_err());
                encoded += 1;
            }
        }
        usize::from(encoded)
    }

    /// The signed calls in the fixtures of a backend, and the one of a kind that no version knows. Each has the password too,
    /// as a header that the suite can take away; that signatures are checked is tested beside the topic.
    pub(super) fn calls(scheme: &str) -> (Vec<WebhookRequest>, WebhookRequest) {
        let folder = format!("{}/src/{scheme}/fixtures", env!("CARGO_MANIFEST_DIR"));
        let (mut calls, mut unknown) = (Vec::new(), None);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let mut headers = HeaderMap::new();
            headers.insert("authorization", PASSWORD.parse().unwrap());
            let body = std::fs::read(&path).unwrap();
            let call = WebhookRequest::new(Method::POST, "https://example.org/", headers, body);
            if path.file_stem().is_some_and(|stem| stem == "unknown-kind") {
                unknown = Some(call);
            } else {
                calls.push(call);
            }
        }
        (calls, unknown.unwrap())
    }
}

#[cfg(feature = "ses")]
mod ses {
    use super::amazon::{SECRET, aws, calls, certificates, clock, now, planned, topic};
    use msg_channels::mail::sender::SenderConfig;
    use msg_channels::ses::{Ses, SesConfig};
    use msg_core::message::Address;
    use msg_core::testkit::{channel_wire, webhook};
    use std::time::Duration;

    fn wire() -> Ses {
        let sender = SenderConfig::new("Shop <shop@example.org>");
        let config = SesConfig::new(aws(), sender).with_webhooks(topic());
        Ses::with_certificates(config, clock(), certificates()).unwrap()
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let wire = wire();
        let too_fast =
            r#"{"__type":"TooManyRequestsException","message":"Maximum sending rate exceeded."}"#;
        let to = Address::email("ada-of-the-suite@example.net").unwrap();
        let subject = channel_wire::Subject::new(&wire, to.clone(), SECRET)
            .with_accepted(r#"{"MessageId":"0100019f-1"}"#)
            .with_too_fast(too_fast, Duration::from_secs(1));
        channel_wire::conformance(&subject).unwrap();
        assert!(planned(&wire, &to) > 15);
    }

    #[test]
    fn the_webhook_keeps_the_contract() {
        let wire = wire();
        let (calls, unknown) = calls("ses");
        assert!(calls.len() > 30, "the fixtures are not all there");
        // A few of them: the suite tries every byte of each.
        let calls = calls.into_iter().step_by(9);
        let subject = webhook::Subject::new(&wire, now(), "authorization", SECRET)
            .with_calls(calls)
            .with_unknown(unknown);
        webhook::conformance(&subject).unwrap();
    }
}

#[cfg(feature = "sns")]
mod sns {
    use super::amazon::{SECRET, aws, calls, certificates, clock, now, planned, topic};
    use msg_channels::sns::{Sns, SnsConfig};
    use msg_core::message::{Address, ChannelKind};
    use msg_core::testkit::{channel_wire, webhook};
    use std::time::Duration;

    fn wire() -> Sns {
        let config = SnsConfig::new(aws()).with_webhooks(topic());
        Sns::with_certificates(config, clock(), certificates()).unwrap()
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let wire = wire();
        let to = Address::phone(ChannelKind::Sms, "+14155550132").unwrap();
        let accepted = "<PublishResponse><PublishResult><MessageId>567910cd-659e</MessageId></PublishResult></PublishResponse>";
        let too_fast = "<ErrorResponse><Error><Code>Throttled</Code></Error></ErrorResponse>";
        let subject = channel_wire::Subject::new(&wire, to.clone(), SECRET)
            .with_accepted(accepted)
            .with_too_fast(too_fast, Duration::from_secs(1));
        channel_wire::conformance(&subject).unwrap();
        assert!(planned(&wire, &to) > 15);
    }

    #[test]
    fn the_webhook_keeps_the_contract() {
        let wire = wire();
        let (calls, unknown) = calls("sns");
        let calls = calls.into_iter().step_by(4);
        let subject = webhook::Subject::new(&wire, now(), "authorization", SECRET)
            .with_calls(calls)
            .with_unknown(unknown);
        webhook::conformance(&subject).unwrap();
    }
}
