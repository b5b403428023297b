//! The table of targets. A new one is a file in `targets/` with a `fn(&[u8])` that panics when a law is broken, and
//! one row here; seeds can be given in the row or as files in `fuzz/corpus/<name>`.

mod address;
mod amazon_webhook;
mod canonical;
mod draft;
mod eventstream;
mod mail_webhook;
mod messenger_webhook;
mod model;
mod phone_webhooks;
mod pii;
mod plan;
mod segment;
mod sse;
mod telegram_webhook;
mod whatsapp_webhook;

use crate::trial::Target;

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    /// The name on the command line and of the corpus folder.
    pub(crate) name: &'static str,
    pub(crate) run: Target,
    /// Words of the format, which chance alone would not spell.
    pub(crate) dictionary: &'static [&'static [u8]],
    /// Valid inputs to begin with.
    pub(crate) seeds: &'static [&'static [u8]],
    /// The longest input in bytes.
    pub(crate) most: usize,
}

/// Every target, in the order in which they run.
pub(crate) const TARGETS: &[Row] = &[
    Row {
        name: "address",
        run: address::run,
        dictionary: address::DICTIONARY,
        seeds: &[],
        most: 128,
    },
    Row {
        name: "amazon_webhook",
        run: amazon_webhook::run,
        dictionary: amazon_webhook::DICTIONARY,
        seeds: amazon_webhook::SEEDS,
        most: 1024,
    },
    Row {
        name: "anthropic",
        run: model::messages,
        dictionary: model::MESSAGES_DICTIONARY,
        seeds: model::MESSAGES_SEEDS,
        most: 1024,
    },
    Row {
        name: "bedrock",
        run: model::converse,
        dictionary: model::CONVERSE_DICTIONARY,
        seeds: model::CONVERSE_SEEDS,
        most: 1024,
    },
    Row {
        name: "canonical",
        run: canonical::run,
        dictionary: canonical::DICTIONARY,
        seeds: canonical::SEEDS,
        most: 1024,
    },
    Row {
        name: "draft",
        run: draft::run,
        dictionary: draft::DICTIONARY,
        seeds: draft::SEEDS,
        most: 2048,
    },
    Row {
        name: "cohere",
        run: model::cohere,
        dictionary: model::COHERE_DICTIONARY,
        seeds: model::COHERE_SEEDS,
        most: 1024,
    },
    Row {
        name: "eventstream",
        run: eventstream::run,
        dictionary: eventstream::DICTIONARY,
        seeds: eventstream::SEEDS,
        most: 256,
    },
    Row {
        name: "gemini",
        run: model::gemini,
        dictionary: model::GEMINI_DICTIONARY,
        seeds: model::GEMINI_SEEDS,
        most: 1024,
    },
    Row {
        name: "mail_webhook",
        run: mail_webhook::run,
        dictionary: mail_webhook::DICTIONARY,
        seeds: mail_webhook::SEEDS,
        most: 2048,
    },
    Row {
        name: "messenger_webhook",
        run: messenger_webhook::run,
        dictionary: messenger_webhook::DICTIONARY,
        seeds: messenger_webhook::SEEDS,
        most: 2048,
    },
    Row {
        name: "ollama",
        run: model::ollama,
        dictionary: model::OLLAMA_DICTIONARY,
        seeds: model::OLLAMA_SEEDS,
        most: 1024,
    },
    Row {
        name: "openai",
        run: model::chat,
        dictionary: model::CHAT_DICTIONARY,
        seeds: model::CHAT_SEEDS,
        most: 1024,
    },
    Row {
        name: "openai_responses",
        run: model::responses,
        dictionary: model::RESPONSES_DICTIONARY,
        seeds: model::RESPONSES_SEEDS,
        most: 1024,
    },
    Row {
        name: "messagebird_webhook",
        run: phone_webhooks::messagebird,
        dictionary: phone_webhooks::DICTIONARY,
        seeds: phone_webhooks::SEEDS,
        most: 1024,
    },
    Row {
        name: "pii",
        run: pii::run,
        dictionary: pii::DICTIONARY,
        seeds: &[],
        most: 512,
    },
    Row {
        name: "plan",
        run: plan::run,
        dictionary: plan::DICTIONARY,
        seeds: plan::SEEDS,
        most: 2048,
    },
    Row {
        name: "plivo_webhook",
        run: phone_webhooks::plivo,
        dictionary: phone_webhooks::DICTIONARY,
        seeds: phone_webhooks::SEEDS,
        most: 1024,
    },
    Row {
        name: "segment",
        run: segment::run,
        dictionary: segment::DICTIONARY,
        seeds: &[],
        most: 1024,
    },
    Row {
        name: "sse",
        run: sse::run,
        dictionary: sse::DICTIONARY,
        seeds: sse::SEEDS,
        most: 2048,
    },
    Row {
        name: "telegram_webhook",
        run: telegram_webhook::run,
        dictionary: telegram_webhook::DICTIONARY,
        seeds: telegram_webhook::SEEDS,
        most: 2048,
    },
    Row {
        name: "twilio_webhook",
        run: phone_webhooks::twilio,
        dictionary: phone_webhooks::DICTIONARY,
        seeds: phone_webhooks::SEEDS,
        most: 1024,
    },
    Row {
        name: "vonage_webhook",
        run: phone_webhooks::vonage,
        dictionary: phone_webhooks::DICTIONARY,
        seeds: phone_webhooks::SEEDS,
        most: 1024,
    },
    Row {
        name: "whatsapp_webhook",
        run: whatsapp_webhook::run,
        dictionary: whatsapp_webhook::DICTIONARY,
        seeds: whatsapp_webhook::SEEDS,
        most: 2048,
    },
];
