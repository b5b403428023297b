//! Calls the server's own webhook over the loopback and prints what came of it.

use crate::{Args, engine, routes};
use msg_core::http::{HttpLimits, HttpTransport, ReqwestTransport};
use msg_core::testkit::ScriptedTransport;
use serde_json::{Value, json};
use std::io::Write as _;
use std::sync::Arc;

const SECRET: &str = "self-test-secret";

/// Plays five calls: a message, the same again, STOP, a wrong secret, and something that is no update.
pub(crate) async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let telegram = Arc::new(ScriptedTransport::new());
    let accepted = json!({"ok": true, "result": {"message_id": 7, "date": 1, "chat": {"id": 5, "type": "private"}}});
    telegram.answer_with(http::StatusCode::OK, accepted.to_string());
    let args = Args {
        listen: String::new(),
        token: "1:self-test".into(),
        secret: SECRET.into(),
        self_test: true,
    };
    let engine = engine(&args, Arc::clone(&telegram) as _)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/telegram", listener.local_addr()?);
    let router = routes(engine.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });

    let mut out = std::io::stdout();
    let client = ReqwestTransport::new()?;
    for (name, secret, body) in calls() {
        let call = http::Request::post(&url)
            .header("content-type", "application/json")
            .header("x-telegram-bot-api-secret-token", secret)
            .body(body.into())?;
        let answer = client.send(call, &HttpLimits::default()).await?;
        let sent = engine.dispatch_due(16).await?.accepted;
        writeln!(out, "{name}: {}, {sent} sent", answer.status().as_u16())?;
    }
    for request in telegram.requests() {
        let body: Value = serde_json::from_slice(request.body())?;
        writeln!(
            out,
            "to Telegram: {}",
            body.get("text").and_then(Value::as_str).unwrap_or("?")
        )?;
    }
    Ok(())
}

fn calls() -> [(&'static str, &'static str, String); 5] {
    [
        ("a message", SECRET, update(1, "Good morning")),
        ("the same again", SECRET, update(1, "Good morning")),
        ("STOP", SECRET, update(2, "STOP")),
        ("a wrong secret", "guessed", update(3, "Hello")),
        ("no update", SECRET, "[1, 2".into()),
    ]
}

fn update(id: u32, text: &str) -> String {
    let person = json!({"id": 5, "is_bot": false, "first_name": "Test"});
    let message = json!({
        "message_id": id, "date": 1_767_607_200, "chat": {"id": 5, "type": "private"}, "from": person, "text": text,
    });
    json!({"update_id": id, "message": message}).to_string()
}
