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
