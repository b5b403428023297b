//! Servers that speak this protocol, as data: a profile is an [`OpenAiConfig`] without a key.
//!
//! The built-in ones stand in `profiles.json`; a host adds its own in a file of the same form, in any format that serde
//! reads. What a profile says was collected from the providers' documentation, from recorded traffic and from the dialect
//! tables of public clients. What it does not say is read from the answer whatever the server: where usage stands, which
//! field thoughts come in, whether a call comes in pieces, and every shape of errors.

use super::config::OpenAiConfig;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// The built-in profiles.
const BUILT_IN: &str = include_str!("profiles.json");

/// Profiles by name.
///
/// ```
/// use msg_llm::openai::{OpenAi, Profiles};
///
/// let ours = r#"{"profile": [{"name": "office", "base_url": "http://10.0.0.7:8000/v1", "lacks": ["json_schema"]}]}"#;
/// let profiles = Profiles::built_in()?.with(Profiles::from_json(ours)?);
/// let config = profiles.get("office")?.with_model("qwen3");
/// let wire = OpenAi::new(config)?;
/// assert_eq!(msg_core::llm::LlmWire::scheme(&wire), "office");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "File")]
pub struct Profiles(BTreeMap<String, OpenAiConfig>);

/// A list of profiles as a file has it: `profile` may stand once for each in TOML.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    profile: Vec<OpenAiConfig>,
}

impl TryFrom<File> for Profiles {
    type Error = ProfileError;

    fn try_from(file: File) -> Result<Self, ProfileError> {
        let mut profiles = BTreeMap::new();
        for profile in file.profile {
            if profile.name.is_empty() {
                return Err(ProfileError::Unnamed);
            }
            let name = profile.name.clone();
            profile.check().map_err(|error| ProfileError::Invalid {
                name: name.clone(),
                detail: error.detail,
            })?;
            if profiles.insert(name.clone(), profile).is_some() {
                return Err(ProfileError::Twice { name });
            }
        }
        Ok(Self(profiles))
    }
}

impl Profiles {
    /// The profiles that this crate knows.
    ///
    /// # Errors
    /// Never: a test reads them.
    pub fn built_in() -> Result<Self, ProfileError> {
        Self::from_json(BUILT_IN)
    }

    /// Reads `{"profile": [{"name": …, "base_url": …, …}, …]}`.
    ///
    /// # Errors
    /// When it is not JSON of this form, a field is not known, a name or URL is not one, or a name stands twice.
    pub fn from_json(text: &str) -> Result<Self, ProfileError> {
        let file: File = serde_json::from_str(text).map_err(|error| ProfileError::Unreadable {
            line: error.line(),
            column: error.column(),
        })?;
        file.try_into()
    }

    /// Adds profiles; of two with one name, the added one counts.
    #[must_use]
    pub fn with(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// Every name, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The configuration of this name, to which a key and a model are added.
    ///
    /// # Errors
    /// [`ProfileError::Unknown`] when there is none.
    pub fn get(&self, name: &str) -> Result<OpenAiConfig, ProfileError> {
        self.0
            .get(name)
            .cloned()
            .ok_or_else(|| ProfileError::Unknown { name: name.into() })
    }
}

/// Why a profile cannot be used. It shows no value of the file but the name: there may be keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileError {
    /// The text is not JSON of the form that is wanted.
    Unreadable {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A profile has no name.
    Unnamed,
    /// A name stands twice.
    Twice {
        /// The name.
        name: String,
    },
    /// A setting is not right.
    Invalid {
        /// The profile.
        name: String,
        /// What is wrong.
        detail: &'static str,
    },
    /// There is no profile of this name.
    Unknown {
        /// The name.
        name: String,
    },
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { line, column } => {
                write!(f, "not a list of profiles at line {line}, column {column}")
            }
            Self::Unnamed => f.write_str("a profile has no name"),
            Self::Twice { name } => write!(f, "the profile `{name}` stands twice"),
            Self::Invalid { name, detail } => write!(f, "the profile `{name}`: {detail}"),
            Self::Unknown { name } => write!(f, "there is no profile `{name}`"),
        }
    }
}

impl std::error::Error for ProfileError {}

#[cfg(test)]
mod rows;
#[cfg(test)]
mod tests {
    use super::super::quirk::{Lack, ReasoningField};
    use super::super::wire::OpenAi;
    use super::*;
    use msg_core::llm::LlmWire as _;
    use std::collections::BTreeSet;

    #[test]
    fn every_built_in_profile_is_a_server_of_its_own() {
        let profiles = Profiles::built_in().unwrap();
        let names: Vec<_> = profiles.names().collect();
        for name in [
            "groq",
            "together",
            "deepseek",
            "openrouter",
            "perplexity",
            "xai",
            "fireworks",
            "cerebras",
            "venice",
            "vllm",
            "llama-cpp",
            "lm-studio",
            "huggingface",
            "nvidia",
            "moonshot",
            "zhipu",
        ] {
            assert!(names.contains(&name), "{name}");
        }
        let mut addresses = BTreeSet::new();
        for name in names {
            let config = profiles.get(name).unwrap().with_api_key("k".repeat(8));
            assert!(addresses.insert(config.base_url.clone()), "{name}");
            let wire = OpenAi::new(config).unwrap();
            assert_eq!(wire.scheme(), name);
        }
    }

    #[test]
    fn a_file_adds_and_replaces() {
        let ours = Profiles::from_json(
            r#"{"profile": [{"name": "groq", "base_url": "https://proxy.example/groq"},
                {"name": "mine", "base_url": "http://h/v1", "lacks": ["tools", "seed"], "reasoning_field": "thinking", "api_key": "canary"}]}"#,
        )
        .unwrap();
        assert!(!format!("{ours:?}").contains("canary"));
        let all = Profiles::built_in().unwrap().with(ours);
        assert_eq!(
            all.get("groq").unwrap().base_url,
            "https://proxy.example/groq"
        );
        let mine = all.get("mine").unwrap();
        assert_eq!(mine.lacks, BTreeSet::from([Lack::Tools, Lack::Seed]));
        assert_eq!(mine.reasoning_field, ReasoningField::Thinking);
    }

    #[test]
    fn what_is_wrong_is_told_without_its_values() {
        let error = |text: &str| {
            let error = Profiles::from_json(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
            error
        };
        let at = |line, column| ProfileError::Unreadable { line, column };
        assert_eq!(error("{"), at(1, 1));
        assert!(matches!(
            error(r#"{"profile": [{"name": "a", "base_ulr": "canary"}]}"#),
            ProfileError::Unreadable { line: 1, .. }
        ));
        assert!(matches!(
            error(r#"{"profile": [{"name": "a", "stream_usage": "canary"}]}"#),
            ProfileError::Unreadable { .. }
        ));
        assert!(matches!(
            error(r#"{"profile": [{"name": "a", "lacks": ["canary"]}]}"#),
            ProfileError::Unreadable { .. }
        ));
        assert_eq!(error(r#"{"profile": [{}]}"#), ProfileError::Unnamed);
        let twice = r#"{"profile": [{"name": "a"}, {"name": "a"}]}"#;
        assert_eq!(error(twice), ProfileError::Twice { name: "a".into() });
        for wrong in [
            r#"{"name": "a", "base_url": "canary"}"#,
            r#"{"name": "A B", "base_url": "http://h/v1"}"#,
            r#"{"name": "a", "api_key_header": "b c"}"#,
            r#"{"name": "a", "request_id_header": "b c"}"#,
            r#"{"name": "a", "cached_tokens_header": "b c"}"#,
        ] {
            let found = error(&format!("{{\"profile\": [{wrong}]}}"));
            assert!(
                matches!(found, ProfileError::Invalid { .. }),
                "{wrong}: {found}"
            );
        }
        let unknown = Profiles::built_in().unwrap().get("nobody").unwrap_err();
        assert_eq!(unknown.to_string(), "there is no profile `nobody`");
    }
}
