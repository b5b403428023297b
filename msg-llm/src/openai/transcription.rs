//! Speech as text.

use super::address::{self, invalid};
use super::config::OpenAiConfig;
use super::quirk::Lack;
use super::response::{Reading, error_inside};
use crate::failure;
use crate::value::{Count, Presence, Text};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, Request, Response, Uri};
use memchr::memmem;
use msg_core::llm::{
    LlmError, LlmErrorKind, Segment, TranscribeRequest, TranscribeWire, Transcription, Usage,
};
use serde::Deserialize;
use std::time::Duration;

/// The wire of transcriptions at OpenAI and at every server that speaks it. Its model is the one of speech, not of chat.
///
/// Whisper models also tell times, models that tell voices apart tell both; the others only the text. The size is not
/// checked: OpenAI takes 25 MiB for `whisper-1` (<https://help.openai.com/en/articles/7031512-whisper-api-faq>), others more.
///
/// ```
/// use msg_core::llm::{Audio, TranscribeRequest, TranscribeWire as _};
/// use msg_llm::openai::{OpenAiConfig, OpenAiTranscription};
///
/// let config = OpenAiConfig::default().with_api_key("k".repeat(9)).with_model("gpt-4o-mini-transcribe");
/// let wire = OpenAiTranscription::new(config)?;
/// let request = wire.encode(&TranscribeRequest::new(Audio::new("audio/ogg; codecs=opus", "OggS")))?;
/// assert_eq!(request.uri(), "https://api.openai.com/v1/audio/transcriptions");
/// # Ok::<(), msg_core::llm::LlmError>(())
/// ```
#[derive(Debug)]
pub struct OpenAiTranscription {
    endpoint: Uri,
    head: HeaderMap,
    scheme: Box<str>,
    model: String,
    /// Whether the body names the model.
    says_model: bool,
    reading: Reading,
}

impl OpenAiTranscription {
    /// A wire to the server of `config`.
    ///
    /// # Errors
    /// When the base URL is not an http or https URL with a host, a name is not one, or a key or header cannot be sent in a header.
    pub fn new(config: OpenAiConfig) -> Result<Self, LlmError> {
        let endpoint = address::endpoint(&config.base_url, "/audio/transcriptions")?;
        Ok(Self {
            head: config.head(false)?,
            scheme: config.scheme(&endpoint)?,
            reading: Reading {
                request_id: config.request_id_header()?,
                cached_tokens: None,
            },
            says_model: !config.lacks.contains(&Lack::Model),
            model: config.model,
            endpoint,
        })
    }
}

/// The types that are read (`CreateTranscriptionRequest.file`), each with the end of a file's name, which is what servers
/// go by.
const TYPES: [(&str, &str); 16] = [
    ("audio/flac", "flac"),
    ("audio/x-flac", "flac"),
    ("audio/mpeg", "mp3"),
    ("audio/mp3", "mp3"),
    ("audio/mpga", "mpga"),
    ("audio/mp4", "m4a"),
    ("audio/m4a", "m4a"),
    ("audio/x-m4a", "m4a"),
    ("video/mp4", "mp4"),
    ("audio/ogg", "ogg"),
    ("audio/opus", "ogg"),
    ("application/ogg", "ogg"),
    ("audio/wav", "wav"),
    ("audio/x-wav", "wav"),
    ("audio/webm", "webm"),
    ("video/webm", "webm"),
];

/// The type without its parameters, and the end of the file's name.
pub(super) fn of_type(mime: &str) -> Option<(&'static str, &'static str)> {
    let bare = mime.split_once(';').map_or(mime, |(bare, _)| bare).trim();
    let known = |(name, _): &&(&str, &str)| name.eq_ignore_ascii_case(bare);
    TYPES.iter().find(known).copied()
}

impl TranscribeWire for OpenAiTranscription {
    fn scheme(&self) -> &str {
        &self.scheme
    }

    fn encode(&self, request: &TranscribeRequest) -> Result<Request<Bytes>, LlmError> {
        let model = if request.model.is_empty() {
            &self.model
        } else {
            &request.model
        };
        if model.is_empty() {
            return Err(invalid(
                "neither the request nor the configuration names a model",
            ));
        }
        let (mime, audio) = request
            .audio
            .data()
            .ok_or_else(|| invalid("a recording is sent as data"))?;
        if audio.is_empty() {
            return Err(invalid("the recording is empty"));
        }
        let (mime, end) =
            of_type(mime).ok_or_else(|| invalid("this type of recording is not read"))?;
        if request.temperature.is_some_and(|t| !t.is_finite()) {
            return Err(invalid("a sampling parameter is not a finite number"));
        }
        let (format, chunking) = if model.contains("diarize") {
            // Wanted for more than 30 seconds, and right for less.
            ("diarized_json", Some("auto"))
        } else if model.contains("whisper") {
            ("verbose_json", None)
        } else {
            ("json", None)
        };
        let temperature = request.temperature.map(|t| t.to_string());
        let fields = [
            ("model", self.says_model.then_some(model.as_str())),
            ("response_format", Some(format)),
            ("chunking_strategy", chunking),
            ("language", request.language.as_deref()),
            (
                "prompt",
                Some(&*request.hint).filter(|hint| !hint.is_empty()),
            ),
            ("temperature", temperature.as_deref()),
        ];
        let fields = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let fields: Vec<(&str, &str)> = fields.collect();
        let boundary = boundary(&fields, audio);
        let mut body = Vec::with_capacity(audio.len() + 1024 + request.hint.len());
        let mut text = |text: &str| body.extend_from_slice(text.as_bytes());
        for (name, value) in fields {
            text(&format!(
                "--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ));
        }
        text(&format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"audio.{end}\"\r\ncontent-type: {mime}\r\n\r\n"
        ));
        body.extend_from_slice(audio);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let mut out = Request::new(Bytes::from(body));
        *out.method_mut() = Method::POST;
        out.uri_mut().clone_from(&self.endpoint);
        *out.headers_mut() = self.head.clone();
        let kind = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"))
            .map_err(|_| invalid("the boundary cannot be sent"))?;
        out.headers_mut().insert(CONTENT_TYPE, kind);
        Ok(out)
    }

    fn decode(&self, response: &Response<Bytes>) -> Result<Transcription, LlmError> {
        let headers = self.reading.headers(response.headers());
        let (status, body) = (response.status(), response.body());
        if !status.is_success() {
            return Err(failure::classify(status, &headers, body));
        }
        let Ok(told) = serde_json::from_slice::<Told<'_>>(body) else {
            return Err(error_inside(&headers, body)
                .unwrap_or_else(|| failure::unreadable(status, &headers, body)));
        };
        let Some(text) = told.text.0.filter(|_| !told.error.0) else {
            let detail = "the answer has no text";
            return Err(error_inside(&headers, body)
                .unwrap_or_else(|| failure::of_kind(LlmErrorKind::Malformed, detail, &headers)));
        };
        let mut said = Transcription::new(text);
        let first = told.languages.into_iter().flatten().next();
        let language = told.language.some().or_else(|| first?.code.some());
        said.language = language.map(String::from);
        let counts = told.usage.unwrap_or_default();
        said.duration = told.duration.or(counts.seconds).and_then(duration);
        said.segments = told.segments.into_iter().flatten().map(segment).collect();
        let mut usage = Usage::default();
        (usage.input, usage.output) = (counts.input_tokens.0, counts.output_tokens.0);
        said.usage = usage;
        said.request_id = failure::request_id(&headers);
        Ok(said)
    }
}

/// A line that stands nowhere in what it parts: the same parts always get the same.
fn boundary(fields: &[(&str, &str)], audio: &[u8]) -> String {
    let taken = |line: &str| {
        let finder = memmem::Finder::new(line);
        let mut values = fields.iter().map(|(_, value)| value.as_bytes());
        finder.find(audio).is_some() || values.any(|value| finder.find(value).is_some())
    };
    let mut number: u64 = 0;
    loop {
        let line = format!("part-of-a-recording-{number}");
        if !taken(&line) {
            return line;
        }
        number = number.wrapping_add(1);
    }
}

/// Seconds as servers write them. What no duration can be is none.
fn duration(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

fn segment(told: Stretch<'_>) -> Segment {
    let time = |seconds: f64| duration(seconds).unwrap_or_default();
    let text = told.text.some().map(String::from).unwrap_or_default();
    let mut segment = Segment::new(time(told.start), time(told.end), text.trim());
    segment.speaker = told.speaker.some().map(String::from);
    segment
}

/// `CreateTranscriptionResponse…` in all its forms.
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    language: Text<'a>,
    languages: Option<Vec<Language<'a>>>,
    duration: Option<f64>,
    segments: Option<Vec<Stretch<'a>>>,
    usage: Option<Used>,
    #[serde(default)]
    error: Presence,
}

#[derive(Deserialize)]
struct Language<'a> {
    #[serde(borrow, default)]
    code: Text<'a>,
}

#[derive(Deserialize)]
struct Stretch<'a> {
    #[serde(default)]
    start: f64,
    #[serde(default)]
    end: f64,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    speaker: Text<'a>,
}

#[derive(Default, Deserialize)]
struct Used {
    #[serde(default)]
    input_tokens: Count,
    #[serde(default)]
    output_tokens: Count,
    seconds: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::llm::Audio;
    use msg_core::llm::Instructions;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn wire(model: &str) -> OpenAiTranscription {
        let config = OpenAiConfig::default().with_api_key("canary-key");
        OpenAiTranscription::new(config.with_model(model)).unwrap()
    }

    fn ask() -> TranscribeRequest {
        TranscribeRequest::new(Audio::new("audio/ogg; codecs=opus", "OggS"))
    }

    #[test]
    fn a_request_in_its_own_words() {
        let mut ask = ask().with_language("de").with_hint("Quill");
        ask.temperature = Some(0.2);
        let request = wire("whisper-1").encode(&ask).unwrap();
        assert_eq!(
            request.headers()[CONTENT_TYPE],
            "multipart/form-data; boundary=part-of-a-recording-0"
        );
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        insta::assert_snapshot!("transcription", body.replace('\r', ""));
        for wrong in [
            Audio::new("audio/ogg", ""),
            Audio::new("audio/amr", "x"),
            Audio::new("a\r\nb", "x"),
        ] {
            assert!(wire("m").encode(&TranscribeRequest::new(wrong)).is_err());
        }
    }

    #[test]
    fn every_form_of_answer() {
        let decode = |body: Value| {
            let answer = Response::builder().header("x-request-id", "req-1");
            wire("m").decode(&answer.body(Bytes::from(body.to_string())).unwrap())
        };
        let plain = decode(json!({"text": "Hi", "languages": [{"code": "en"}], "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 3, "total_tokens": 17}})).unwrap();
        assert_eq!(
            (
                plain.text.as_str(),
                plain.language.as_deref(),
                plain.request_id.as_deref()
            ),
            ("Hi", Some("en"), Some("req-1"))
        );
        assert_eq!((plain.usage.input, plain.usage.output), (Some(14), Some(3)));
        let timed = decode(json!({"task": "transcribe", "language": "english", "duration": 1.5, "text": "Hi", "segments": [{"id": 0, "start": 0.0, "end": 1.5, "text": " Hi"}]})).unwrap();
        assert_eq!(timed.duration, Some(Duration::from_millis(1500)));
        assert_eq!(
            timed.segments,
            [Segment::new(
                Duration::ZERO,
                Duration::from_millis(1500),
                "Hi"
            )]
        );
        let voices = decode(json!({"text": "Hi", "segments": [{"id": "seg_1", "start": 0, "end": 1, "text": "Hi", "speaker": "A"}], "usage": {"type": "duration", "seconds": 9}})).unwrap();
        assert_eq!(
            (voices.segments[0].speaker.as_deref(), voices.duration),
            (Some("A"), Some(Duration::from_secs(9)))
        );
        assert_eq!(
            decode(json!({"text": "", "duration": -1}))
                .unwrap()
                .duration,
            None
        );
        assert_eq!(
            decode(json!({"no": "text"})).unwrap_err().kind,
            LlmErrorKind::Malformed
        );
        let error =
            decode(json!({"error": {"message": "canary", "type": "server_error"}})).unwrap_err();
        assert_eq!(error.kind, LlmErrorKind::Unavailable);
    }

    proptest! {
        /// Whatever is recorded or hinted, the parts can be told apart.
        #[test]
        fn the_boundary_stands_nowhere_in_the_parts(number in 0_u64..3, noise in ".{0,9}", hint in "\\PC{0,20}") {
            let known: String = (0..=number).flat_map(|n| [noise.clone(), format!("\r\n--part-of-a-recording-{n}\r\n")]).collect();
            let ask = TranscribeRequest::new(Audio::new("audio/wav", known.clone())).with_hint(Instructions::by_host(hint));
            let request = wire("m").encode(&ask).unwrap();
            let kind = request.headers()[CONTENT_TYPE].to_str().unwrap();
            let line = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
            prop_assert!(!known.contains(line));
            let body = String::from_utf8(request.body().to_vec()).unwrap();
            prop_assert!(body.contains(&known));
        }
    }
}
