//! Message templates and prompts: handlebars, strict, compiled once.
//!
//! A library is data: one JSON document of messages and prompts. A message is text, or any
//! [`Content`] whose strings are templates; variables can neither break its JSON nor bring
//! in markup, because every string is rendered by itself. Only the `html` of an email is escaped for HTML: a text
//! message shows `Tom & Ann`, never `Tom &amp; Ann`. A variable that a template names and the call does not bring is an
//! error that names it, never an empty place; so is one that is null, and one that is a list or an object where words
//! should stand (`{{#each lines}}` and `{{#with order}}` open it). Only a condition (`{{#if name}}`, `{{else}}`) may ask
//! for what is not there. A template is at most 64 KiB long, nests at most 32 levels deep, includes no other template and
//! writes no log.
//!
//! ```
//! use msg_core::engine::{Library as _, Surface};
//! use msg_core::message::{ChannelKind, Content, TemplateCall};
//! use msg_llm::prompts::Prompts;
//!
//! let prompts = Prompts::from_json(
//!     r#"{"messages": {"greeting": {"en": "Hello {{name}}", "de": "Hallo {{name}}", "en@sms": "Hi {{name}}"}}}"#,
//! )?;
//! let call = TemplateCall::new("greeting".parse()?).with("name", "Tom & Ann");
//! let content = prompts.message(&call, &Surface::new(ChannelKind::Sms, "en-GB"))?;
//! assert_eq!(content, Content::text("Hi Tom & Ann"));
//! assert!(prompts.message(&TemplateCall::new("greeting".parse()?), &Surface::new(ChannelKind::Sms, "de")).is_err());
//! # Ok::<(), msg_core::Error>(())
//! ```

mod bounds;
mod say;
mod source;
mod template;

use msg_core::digest::Digest;
use msg_core::engine::{Library, Prompt, Surface};
use msg_core::message::{Content, Generate, TemplateCall};
use msg_core::trace::canonical;
use msg_core::{Error, ErrorKind};
use source::Source;
use std::collections::BTreeMap;
use template::{Template, Templates};

/// Compiled messages and prompts.
///
/// The language of a message is looked for as asked (`zh-Hant-TW`), then with one part less each time (`zh-Hant`, `zh`),
/// then `en`; in each language the one for the channel (`de@sms`) comes before the one for all. Upper and lower case are
/// the same, and so are `-` and `_` ([RFC 4647, 3.4](https://www.rfc-editor.org/rfc/rfc4647#section-3.4)).
#[derive(Debug)]
pub struct Prompts {
    templates: Templates,
    /// By id, and by [`tag`].
    messages: BTreeMap<String, BTreeMap<String, Template>>,
    instructions: BTreeMap<String, CompiledPrompt>,
    revision: Digest,
}

#[derive(Debug)]
struct CompiledPrompt {
    system: Template,
    model: String,
    max_tokens: Option<u32>,
    temperature: Option<f32>,
}

/// The language that is taken when the one asked for is not there.
const DEFAULT_LANGUAGE: &str = "en";

impl Prompts {
    /// Reads and compiles a library.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] says which message or prompt is not right and where.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let source: Source = serde_json::from_str(json).map_err(|error| {
            Error::new(ErrorKind::Invalid, "not a library of messages and prompts")
                .with_source(error)
        })?;
        let bytes = canonical::to_vec(&source).map_err(|error| {
            Error::new(ErrorKind::Invalid, "a library cannot be written as JSON").with_source(error)
        })?;
        let mut templates = Templates::new();
        let mut messages = BTreeMap::new();
        for (id, variants) in source.messages {
            let mut compiled = BTreeMap::new();
            for (variant, value) in variants {
                let name = format!("{id}/{variant}");
                let template = templates.compile(&name, value)?;
                if compiled.insert(tag(&variant), template).is_some() {
                    return Err(Error::invalid("this language stands there twice")
                        .with_context("template", name));
                }
            }
            messages.insert(id, compiled);
        }
        let mut instructions = BTreeMap::new();
        for (id, prompt) in source.prompts {
            let system = templates.compile(&format!("prompt {id}"), prompt.system.into())?;
            let (model, max_tokens, temperature) =
                (prompt.model, prompt.max_tokens, prompt.temperature);
            instructions.insert(
                id,
                CompiledPrompt {
                    system,
                    model,
                    max_tokens,
                    temperature,
                },
            );
        }
        Ok(Self {
            templates,
            messages,
            instructions,
            revision: Digest::of(&bytes),
        })
    }

    /// Names what the library says: another text has another revision.
    #[must_use]
    pub const fn revision(&self) -> &Digest {
        &self.revision
    }

    fn find(&self, id: &str, surface: &Surface) -> Option<&Template> {
        let variants = self.messages.get(id)?;
        let language = tag(&surface.language);
        std::iter::successors(Some(&*language), |longer| {
            Some((*longer).rsplit_once('-')?.0)
        })
        .chain([DEFAULT_LANGUAGE])
        .find_map(|language| {
            variants
                .get(&format!("{language}@{}", surface.channel))
                .or_else(|| variants.get(language))
        })
    }
}

/// A language tag as it is compared.
fn tag(written: &str) -> String {
    written.to_ascii_lowercase().replace('_', "-")
}

impl Library for Prompts {
    fn message(&self, call: &TemplateCall, surface: &Surface) -> Result<Content, Error> {
        let template = self.find(call.id.as_str(), surface).ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("no message template `{}`", call.id),
            )
            .with_context("language", surface.language.clone())
            .with_context("channel", surface.channel.as_str())
        })?;
        self.templates.content(template, &call.vars)
    }

    fn prompt(&self, call: &Generate, surface: &Surface) -> Result<Prompt, Error> {
        let compiled = self.instructions.get(call.prompt.as_str()).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("no prompt `{}`", call.prompt))
        })?;
        let mut vars = call.vars.clone();
        vars.insert("language".into(), surface.language.clone().into());
        vars.insert("channel".into(), surface.channel.as_str().into());
        let mut prompt = Prompt::new(msg_core::llm::Instructions::by_host(
            self.templates.text(&compiled.system, &vars)?,
        ));
        prompt.model.clone_from(&compiled.model);
        (prompt.max_tokens, prompt.temperature) = (compiled.max_tokens, compiled.temperature);
        Ok(prompt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::message::ChannelKind;

    const LIBRARY: &str = r#"{
        "messages": {
            "order": {
                "en": "Order {{order.number}}: {{#each order.lines}}{{this}}; {{/each}}",
                "en@email": {"email": {"subject": "Order {{order.number}}", "text": "{{note}}", "html": "<p>{{note}}</p>"}},
                "de": "Bestellung {{order.number}}"
            }
        },
        "prompts": {"reply": {"system": "Answer in {{language}} for {{shop}}.", "max_tokens": 300, "temperature": 0.2}}
    }"#;

    fn call(vars: &serde_json::Value) -> TemplateCall {
        let mut call = TemplateCall::new("order".parse().unwrap());
        call.vars = vars.as_object().unwrap().clone();
        call
    }

    #[test]
    fn language_and_channel_choose_the_variant() {
        let prompts = Prompts::from_json(LIBRARY).unwrap();
        let vars = serde_json::json!({"order": {"number": 7, "lines": ["tea", "cup"]}});
        let say = |channel, language: &str| {
            prompts
                .message(&call(&vars), &Surface::new(channel, language))
                .unwrap()
        };
        assert_eq!(
            say(ChannelKind::Sms, "en"),
            Content::text("Order 7: tea; cup; ")
        );
        assert_eq!(
            say(ChannelKind::Sms, "de-CH"),
            Content::text("Bestellung 7")
        );
        assert_eq!(say(ChannelKind::Sms, "fr"), say(ChannelKind::Sms, "en"));
    }

    #[test]
    fn languages_are_found_however_their_tags_are_written() {
        let library = r#"{"messages": {"order": {"en": "en", "de": "de", "de-CH": "de-CH", "zh-Hant": "zh-Hant", "pt_BR@sms": "sms"}}}"#;
        let prompts = Prompts::from_json(library).unwrap();
        for (asked, found) in [
            ("DE-ch", "de-CH"),
            ("de_CH", "de-CH"),
            ("DE-at", "de"),
            ("zh-hant-tw", "zh-Hant"),
            ("zh", "en"),
            ("PT-br", "sms"),
            ("", "en"),
        ] {
            let content = prompts
                .message(
                    &call(&serde_json::json!({})),
                    &Surface::new(ChannelKind::Sms, asked),
                )
                .unwrap();
            assert_eq!(content, Content::text(found), "{asked}");
        }
        let twice = r#"{"messages": {"order": {"de-CH": "a", "de-ch": "b"}}}"#;
        let error = Prompts::from_json(twice).unwrap_err();
        assert!(
            error.to_string().contains("twice (template: order/de-ch)"),
            "{error}"
        );
    }

    #[test]
    fn what_is_no_text_is_refused_and_named() {
        let vars = serde_json::json!({
            "order": {"number": 7, "paid": true, "lines": [{"name": "tea"}, {"name": "cup"}]}, "tags": ["a", null], "len": 3
        });
        let say = |source: &str| {
            let library = serde_json::json!({"messages": {"order": {"en": source}}}).to_string();
            let prompts = Prompts::from_json(&library).unwrap();
            let said = prompts.message(&call(&vars), &Surface::new(ChannelKind::Sms, "en"));
            said.map_err(|error| error.to_string())
        };
        for (source, variable, kind) in [
            ("for {{order}}", "order", "an object"),
            ("for {{{order}}}", "order", "an object"),
            ("{{tags}}", "tags", "a list"),
            ("{{this}}", "this", "an object"),
            ("{{#with order}}{{lines}}{{/with}}", "lines", "a list"),
            (
                "{{#each order.lines}}{{this}}{{/each}}",
                "this",
                "an object",
            ),
            (
                "{{#if order}}{{#if tags}}{{order.lines}}{{/if}}{{/if}}",
                "order.lines",
                "a list",
            ),
            ("{{#if none}}{{else}}{{order}}{{/if}}", "order", "an object"),
            (r#"{{lookup order "lines"}}"#, "lookup", "a list"),
        ] {
            let want = format!(
                "invalid: the variable `{variable}` is {kind}, not a text (template: order/en)"
            );
            assert_eq!(say(source), Err(want), "{source}");
        }
        for (source, said) in [
            ("{{order.number}} {{order.paid}} {{len}}", "7 true 3"),
            (
                "{{#each order.lines}}{{@index}} {{name}}, {{../order.number}}; {{/each}}",
                "0 tea, 7; 1 cup, 7; ",
            ),
            ("{{#with order}}{{number}}{{/with}}", "7"),
            (
                "{{#each order.lines as |line|}}{{line.name}}{{/each}}",
                "teacup",
            ),
            (
                r#"{{lookup order "number"}} {{lookup tags 0}} {{len tags}}"#,
                "7 a 2",
            ),
            ("{{#if (eq order.number 7)}}!{{/if}}", "!"),
        ] {
            assert_eq!(say(source), Ok(Content::text(said)), "{source}");
        }
        let error = say("{{#each tags}}{{this}}{{/each}}").unwrap_err();
        assert!(error.contains("`this` is missing"), "{error}");
    }

    #[test]
    fn only_html_is_escaped() {
        let prompts = Prompts::from_json(LIBRARY).unwrap();
        let vars = serde_json::json!({"order": {"number": "<7>"}, "note": "a \" <b> & {{x}}"});
        let content = prompts
            .message(&call(&vars), &Surface::new(ChannelKind::Email, "en"))
            .unwrap();
        let Content::Email(email) = content else {
            panic!("not an email")
        };
        assert_eq!(email.subject, "Order <7>");
        assert_eq!(email.text.as_plain(), Some("a \" <b> & {{x}}"));
        assert_eq!(
            email.html.as_deref(),
            Some("<p>a &quot; &lt;b&gt; &amp; {{x}}</p>")
        );
    }

    #[test]
    fn a_missing_variable_is_named() {
        let prompts = Prompts::from_json(LIBRARY).unwrap();
        let error = prompts
            .message(
                &call(&serde_json::json!({})),
                &Surface::new(ChannelKind::Sms, "de"),
            )
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(
            error.to_string(),
            "invalid: the variable `order.number` is missing (template: order/de)"
        );
    }

    #[test]
    fn a_null_is_as_good_as_missing_and_only_conditions_may_ask() {
        let library = r#"{"messages": {"order": {"en": "{{#if gift.note}}{{gift.note}}{{else}}plain{{/if}} {{a.b}}"}}}"#;
        let prompts = Prompts::from_json(library).unwrap();
        let say = |vars: serde_json::Value| {
            prompts.message(&call(&vars), &Surface::new(ChannelKind::Sms, "en"))
        };
        let vars = serde_json::json!({"gift": {"note": null}, "a": {"b": 1}});
        assert_eq!(say(vars).unwrap(), Content::text("plain 1"));
        let error = say(serde_json::json!({"a": {"b": null}})).unwrap_err();
        assert!(error.to_string().contains("`a.b` is missing"), "{error}");
    }

    #[test]
    fn a_template_cannot_take_the_process_down_or_write_a_log() {
        for source in [
            "{{#if a}}".repeat(1000) + &"{{/if}}".repeat(1000),
            "{{> (lookup this \"which\")}}".into(),
            "{{a}}".repeat(20_000),
        ] {
            let library = serde_json::json!({"messages": {"order": {"en": source}}}).to_string();
            let error = Prompts::from_json(&library).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(error.to_string().contains("order/en"), "{error}");
        }
        let prompts =
            Prompts::from_json(r#"{"messages": {"order": {"en": "{{log a}}"}}}"#).unwrap();
        let vars = serde_json::json!({"a": "secret"});
        let error = prompts
            .message(&call(&vars), &Surface::new(ChannelKind::Sms, "en"))
            .unwrap_err();
        assert!(error.to_string().contains("no helper `log`"), "{error}");
    }

    #[test]
    fn what_is_not_there_or_not_right_is_an_error_that_says_where() {
        let prompts = Prompts::from_json(LIBRARY).unwrap();
        let missing = TemplateCall::new("nothing".parse().unwrap());
        let error = prompts
            .message(&missing, &Surface::new(ChannelKind::Sms, "en"))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        let error = Prompts::from_json(r#"{"messages": {"a": {"en": "{{#if}"}}}"#).unwrap_err();
        assert!(error.to_string().contains("a/en"), "{error}");
        let error =
            Prompts::from_json(r#"{"messages": {"a": {"en": {"location": 1}}}}"#).unwrap_err();
        assert!(error.to_string().contains("a/en"), "{error}");
        assert!(Prompts::from_json("3").is_err());
    }

    #[test]
    fn a_prompt_knows_language_and_channel() {
        let prompts = Prompts::from_json(LIBRARY).unwrap();
        let generate = Generate::new("reply".parse().unwrap()).with("shop", "Tea & Co");
        let prompt = prompts
            .prompt(&generate, &Surface::new(ChannelKind::InApp, "de"))
            .unwrap();
        assert_eq!(&*prompt.system, "Answer in de for Tea & Co.");
        assert_eq!(
            (prompt.max_tokens, prompt.temperature),
            (Some(300), Some(0.2))
        );
    }
}
