//! What wires share on the way out: addresses, headers that are secret, and the ids and arguments of calls.

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use msg_core::llm::{
    Audio, DocumentSource, GenerateRequest, Image, LlmError, LlmErrorKind, OutputFormat, Phase,
    Piece, ToolChoice,
};
use secrecy::{ExposeSecret, SecretString};
#[cfg(any(feature = "anthropic", feature = "bedrock", feature = "cohere"))]
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A setting or request that never leaves.
pub(crate) fn invalid(detail: &'static str) -> LlmError {
    LlmError::new(LlmErrorKind::InvalidRequest, detail).in_phase(Phase::Connect)
}

/// `base` with `path` behind it; http or https, with a host and without a user.
#[cfg(any(feature = "anthropic", feature = "bedrock"))]
pub(crate) fn address(base: &str, path: &str) -> Result<http::Uri, LlmError> {
    let uri: http::Uri = format!("{}{path}", base.trim_end_matches('/'))
        .parse()
        .map_err(|_| invalid("the base url is not a url"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(invalid("the base url begins with neither http nor https"));
    }
    if uri
        .authority()
        .is_none_or(|authority| authority.as_str().contains('@'))
    {
        return Err(invalid(
            "the base url needs a host and no user name or password",
        ));
    }
    Ok(uri)
}

/// Where a model is asked for whole answers and for streams, in protocols that have its name in the address.
#[cfg(any(feature = "bedrock", feature = "gemini"))]
#[derive(Debug)]
pub(crate) struct Endpoints {
    whole: http::Uri,
    stream: http::Uri,
}

#[cfg(any(feature = "bedrock", feature = "gemini"))]
impl Endpoints {
    /// Both, as `address` makes them; none where that fails, which the request will say that needs them.
    pub(crate) fn of(address: impl Fn(bool) -> Result<http::Uri, LlmError>) -> Option<Self> {
        Some(Self {
            whole: address(false).ok()?,
            stream: address(true).ok()?,
        })
    }

    /// One of them.
    pub(crate) const fn get(&self, stream: bool) -> &http::Uri {
        if stream { &self.stream } else { &self.whole }
    }
}

/// A header value that prints as secret.
pub(crate) fn secret(value: &str) -> Result<HeaderValue, LlmError> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| invalid("a key or header value has characters that a header cannot have"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Adds the headers of a configuration.
pub(crate) fn add_headers(
    head: &mut HeaderMap,
    headers: &BTreeMap<String, SecretString>,
) -> Result<(), LlmError> {
    for (name, value) in headers {
        let name: HeaderName = name
            .parse()
            .map_err(|_| invalid("a header name is not valid"))?;
        head.insert(name, secret(value.expose_secret())?);
    }
    Ok(())
}

/// What no protocol can say: no model, numbers that are not finite, a forced call of a tool that is not there, and arguments
/// or schemas that are no object.
pub(crate) fn check(request: &GenerateRequest, model: &str) -> Result<(), LlmError> {
    if request.model.is_empty() && model.is_empty() {
        return Err(invalid(
            "neither the request nor the configuration names a model",
        ));
    }
    for number in [request.temperature, request.top_p].into_iter().flatten() {
        if !number.is_finite() {
            return Err(invalid("a sampling parameter is not a finite number"));
        }
    }
    match &request.tool_choice {
        ToolChoice::Required if request.tools.is_empty() => {
            return Err(invalid("a call is required and there is no tool"));
        }
        ToolChoice::Named(name) if !request.tools.iter().any(|tool| tool.name == *name) => {
            return Err(invalid(
                "the tool that must be called is not among the tools",
            ));
        }
        _ => {}
    }
    let schema = match &request.output {
        OutputFormat::Schema { schema, .. } => Some(schema),
        _ => None,
    };
    let parameters = request.tools.iter().map(|tool| &tool.parameters);
    if parameters.chain(schema).any(|schema| !schema.is_object()) {
        return Err(invalid("a schema is not an object"));
    }
    for piece in request.turns.iter().flat_map(|turn| &turn.pieces) {
        if let Piece::ToolCall(call) = piece
            && object(&call.arguments).is_none()
        {
            return Err(invalid("the arguments of a call are not a json object"));
        }
    }
    Ok(())
}

/// Roughly the length of a body, so that its buffer is rarely moved.
pub(crate) fn size_hint(request: &GenerateRequest) -> usize {
    let encoded = |data: &[u8]| data.len() / 3 * 4 + 40;
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.len(),
        Piece::Image(Image::Bytes { data, .. }) | Piece::Audio(Audio::Bytes { data, .. }) => {
            encoded(&data.0)
        }
        Piece::Document(document) => match &document.source {
            DocumentSource::Bytes { data, .. } => encoded(&data.0),
            DocumentSource::Text(text) => text.len() + 40,
            _ => 160,
        },
        Piece::ToolCall(call) => call.arguments.len() + 120,
        Piece::ToolResult(result) => result.content.len() + 80,
        Piece::Reasoning(thought) => {
            thought.text.len() + thought.signature.as_ref().map_or(0, String::len) + 60
        }
        _ => 120,
    };
    let pieces = request.turns.iter().flat_map(|turn| &turn.pieces);
    let texts = request.system.len() + pieces.map(|p| piece(p) + 48).sum::<usize>();
    texts + texts / 16 + request.tools.len() * 512 + 320
}

/// The arguments of a call as they are written into a request: the text itself, which must be an object. An empty text is an
/// empty object.
pub(crate) fn object(arguments: &str) -> Option<&RawValue> {
    let text = if arguments.trim_ascii().is_empty() {
        "{}"
    } else {
        arguments
    };
    let value: &RawValue = serde_json::from_str(text).ok()?;
    value.get().starts_with('{').then_some(value)
}

/// The id of a call: `[a-zA-Z0-9_-]+` (`ToolUseId` of the Bedrock model; Anthropic's own ids keep to it). Ids of other
/// providers are made to fit, the same for a call and its result; calls without an id are numbered.
#[cfg(any(feature = "anthropic", feature = "bedrock", feature = "cohere"))]
pub(crate) enum CallId<'a> {
    Given(&'a str),
    Made(usize),
}

#[cfg(any(feature = "anthropic", feature = "bedrock", feature = "cohere"))]
impl<'a> CallId<'a> {
    pub(crate) const fn of(id: &'a str, number: usize) -> Self {
        if id.is_empty() {
            Self::Made(number)
        } else {
            Self::Given(id)
        }
    }
}

#[cfg(any(feature = "anthropic", feature = "bedrock", feature = "cohere"))]
impl Serialize for CallId<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        match self {
            Self::Given(id) if id.chars().all(fits) => serializer.serialize_str(id),
            Self::Given(id) => serializer.serialize_str(&id.replace(|c: char| !fits(c), "_")),
            Self::Made(number) => serializer.collect_str(&format_args!("call_{number}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(any(feature = "anthropic", feature = "bedrock"))]
    #[test]
    fn addresses() {
        let address = |base: &str| {
            address(base, "/v1/messages")
                .map(|uri| uri.to_string())
                .map_err(|error| error.detail)
        };
        assert_eq!(
            address("http://[::1]:8080/").as_deref(),
            Ok("http://[::1]:8080/v1/messages")
        );
        for wrong in [
            "",
            "h/v1",
            "ftp://h",
            "https://u:p@h",
            "https://",
            "http://h h",
        ] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[cfg(any(feature = "anthropic", feature = "bedrock", feature = "cohere"))]
    #[test]
    fn ids_fit_and_stay_what_they_are_if_they_do() {
        let id = |id: &str, number| serde_json::to_value(CallId::of(id, number)).unwrap();
        assert_eq!(id("toolu_01-a", 0), "toolu_01-a");
        assert_eq!(id("call.1|fc_2\u{e9}", 0), "call_1_fc_2_");
        assert_eq!(id("", 3), "call_3");
    }

    #[test]
    fn arguments_are_an_object_or_nothing() {
        let text = |arguments| object(arguments).map(RawValue::get);
        assert_eq!(text(" {\"a\": 1}\n"), Some("{\"a\": 1}"));
        assert_eq!((text(""), text(" ")), (Some("{}"), Some("{}")));
        for wrong in ["[1]", "{", "{} {}", "1", "null"] {
            assert_eq!(text(wrong), None, "{wrong}");
        }
    }
}
