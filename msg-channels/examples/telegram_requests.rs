//! Prints the request of a part of every kind as one JSON object a line: `name`, `method`, `path`, `content_type` and
//! the body as base64. For checking them against the Bot API's specification.
//!
//! `cargo run -p msg-channels --features telegram --example telegram_requests`

#![expect(
    clippy::print_stdout,
    reason = "a command line tool: printing is its work"
)]

#[path = "../src/telegram/golden.rs"]
mod golden;

use msg_channels::telegram::{Telegram, TelegramConfig};
use msg_core::channel::ChannelWire as _;
use msg_core::message::media::MediaBytes;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bot = Telegram::new(TelegramConfig::new(golden::TOKEN))?;
    for (name, part) in golden::parts()? {
        let request = bot
            .encode(&part)
            .map_err(|failure| format!("{name}: {}", failure.detail))?;
        let content_type = request.headers().get(http::header::CONTENT_TYPE);
        let line = serde_json::json!({
            "name": name,
            "method": request.method().as_str(),
            "path": request.uri().path(),
            "content_type": content_type.and_then(|it| it.to_str().ok()),
            "body": MediaBytes(request.body().clone()),
        });
        println!("{line}");
    }
    Ok(())
}
