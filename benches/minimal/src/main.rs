//! Asks one question on one wire, over rustls with ring, and says how long the answer and how large the program is by then:
//! `minimal BASE_URL`. Its crates and its size are a figure of `cargo xtask bench llm`.

use msg_core::http::ReqwestTransport;
use msg_core::llm::{GenerateRequest, HttpProvider, LlmProvider as _, Turn};
use msg_llm::openai::{OpenAi, OpenAiConfig};
use std::error::Error;
use std::io::{self, Write as _};
use std::sync::Arc;

fn main() -> Result<(), Box<dyn Error>> {
    let base = std::env::args().nth(1).ok_or("usage: minimal BASE_URL")?;
    let config = OpenAiConfig::new(base)
        .with_api_key("key")
        .with_model("model-1");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let answer = runtime.block_on(async {
        let provider = HttpProvider::new(OpenAi::new(config)?, Arc::new(ReqwestTransport::new()?));
        let request = GenerateRequest::new("Be brief.", vec![Turn::user("Where is my order?")]);
        Ok::<_, Box<dyn Error>>(provider.generate(&request).await?)
    })?;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap_or("unknown");
    writeln!(
        io::stdout(),
        "{} characters; {} of memory",
        answer.text().len(),
        resident.trim()
    )?;
    Ok(())
}
