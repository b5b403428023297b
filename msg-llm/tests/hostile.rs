//! Servers that mean no good, over a real connection: every wire answers them with an error, reads no more than its limits
//! allow, and never panics.
#![cfg(test)]

use msg_core::http::{HttpLimits, ReqwestTransport};
use msg_core::llm::{
    Audio, EmbedRequest, EmbedWire, Embedder, GenerateRequest, HttpProvider, LlmError,
    LlmErrorKind, LlmProvider, LlmWire, RerankRequest, RerankWire, Reranker, StreamEvent,
    TranscribeRequest, TranscribeWire, Transcriber, Turn,
};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The most that is read of a whole answer here.
const WHOLE: usize = 1 << 20;
/// The most of a stream; its events have the wires' own limit of 4 MiB.
const STREAM: usize = 32 << 20;
/// What the buffers of a loopback connection may hold beside it.
const BUFFERS: usize = 24 << 20;
/// What the server sends at most. Who reads it all has no limit.
const ENDLESS: usize = 256 << 20;

/// What a server does once it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    /// A body that begins like JSON and never ends.
    EndlessBody,
    /// A line, and so an event, that never ends.
    EndlessLine,
    /// Comments, empty lines and empty objects without end.
    EndlessNothing,
    /// A head that never ends.
    EndlessHead,
    /// One event of 10 MB.
    LargeEvent,
    /// Bytes that are no UTF-8 in texts and names.
    InvalidUtf8,
    /// Every byte there is, again and again.
    Binary,
    /// A page of a proxy with a good status.
    Page,
    /// A type and an encoding that were not asked for: compressed zeros, which would be large.
    Compressed,
    /// Lists in lists, 10,000 deep.
    Deep,
    /// Objects in objects, 10,000 deep, in a name that is read.
    DeepObject,
    /// Nothing at all.
    Empty,
    /// The connection ends after so many bytes of the answer.
    Cut(usize),
    /// One byte of the head at a time.
    SlowHead,
    /// A head, and then nothing.
    SlowBody,
}

const DEEDS: [Deed; 14] = [
    Deed::EndlessBody,
    Deed::EndlessLine,
    Deed::EndlessNothing,
    Deed::EndlessHead,
    Deed::LargeEvent,
    Deed::InvalidUtf8,
    Deed::Binary,
    Deed::Page,
    Deed::Compressed,
    Deed::Deep,
    Deed::DeepObject,
    Deed::Empty,
    Deed::SlowHead,
    Deed::SlowBody,
];

/// An answer that is cut: in its status, in its head, behind it, in a chunk.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n10\r\ndata: {\"id\":\"a\"}\r\n2\r\n\n\n\r\n";

/// Writes `piece` until the other side is gone or enough was sent; returns how much that was.
fn flood(stream: &mut TcpStream, piece: &[u8], most: usize) -> usize {
    let mut sent = 0;
    while sent < most && stream.write_all(piece).is_ok() {
        sent += piece.len();
    }
    sent
}

fn nested(open: &str, close: &str) -> Vec<u8> {
    let text = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
    // As a line of its own, and as an event.
    format!("data: {text}\n\n{text}\n").into_bytes()
}

impl Deed {
    fn head(self) -> &'static [u8] {
        match self {
            Self::Page => b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n",
            Self::Compressed => {
                b"HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n"
            }
            Self::EndlessHead => b"HTTP/1.1 200 OK\r\n",
            Self::Cut(_) | Self::SlowHead => b"",
            _ => b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n",
        }
    }

    /// Does it, and returns how many bytes the other side let it send.
    fn done(self, mut stream: TcpStream) -> usize {
        let mut request = vec![0; 1 << 16];
        let _ = stream.read(&mut request);
        if stream.write_all(self.head()).is_err() {
            return 0;
        }
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let sent = match self {
            Self::EndlessBody => {
                let begun = stream.write_all(b"{\"model\":\"").is_ok();
                usize::from(begun) + flood(&mut stream, &[b'a'].repeat(1 << 16), ENDLESS)
            }
            Self::EndlessLine => {
                let begun = stream.write_all(b"data: ").is_ok();
                usize::from(begun) + flood(&mut stream, &[b'a'].repeat(1 << 16), ENDLESS)
            }
            Self::EndlessNothing => flood(&mut stream, &b": x\n\n".repeat(1 << 12), ENDLESS),
            Self::EndlessHead => flood(&mut stream, b"x-more: and more of it\r\n", ENDLESS),
            Self::LargeEvent => {
                let letters = [b'a'].repeat(10_000_000);
                let event = [&b"data: {\"a\":\""[..], &letters, b"\"}\n\n"].concat();
                flood(&mut stream, &event, event.len())
            }
            Self::InvalidUtf8 => {
                let bad = b"data: {\"id\":\"\xff\xfe\",\"\xc3\x28\":[\"\xed\xa0\x80\"]}\n\n{\"id\":\"\xff\"}\n";
                flood(&mut stream, bad, bad.len())
            }
            Self::Binary => flood(&mut stream, &all.repeat(64), 1 << 16),
            Self::Page => flood(&mut stream, b"<html>502</html>", 1),
            // The head of a gzip stream, and noughts.
            Self::Compressed => flood(
                &mut stream,
                &[&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..], &[0; 4096]].concat(),
                1,
            ),
            Self::Deep => flood(&mut stream, &nested("[", "]"), 1),
            Self::DeepObject => {
                let deep = nested("{\"choices\":[{\"message\":", "}]}");
                flood(&mut stream, &deep, 1)
            }
            Self::Empty => 0,
            Self::Cut(at) => {
                let (begun, _) = ANSWER.split_at(at.min(ANSWER.len()));
                flood(&mut stream, begun, usize::from(at > 0))
            }
            Self::SlowHead => {
                let bytes = b"HTTP/1.1 200 OK\r\nx-slow: "
                    .iter()
                    .chain([b'a'; 600].iter());
                let mut sent = 0;
                for byte in bytes {
                    if stream.write_all(&[*byte]).is_err() {
                        break;
                    }
                    sent += 1;
                    thread::sleep(Duration::from_millis(5));
                }
                sent
            }
            Self::SlowBody => {
                // Until the other side has enough of it.
                let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
                let _ = stream.read(&mut request);
                0
            }
        };
        let _ = stream.shutdown(Shutdown::Both);
        sent
    }
}

/// A server for one connection: its address, and how much it could send.
fn server(deed: Deed) -> (String, JoinHandle<usize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serving = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        deed.done(stream)
    });
    (address, serving)
}

/// What is asked.
enum Asker {
    Chat(Box<dyn LlmProvider>),
    Vectors(Box<dyn Embedder>),
    Ranks(Box<dyn Reranker>),
    Speech(Box<dyn Transcriber>),
}

fn provider<W>(wire: W, deed: Deed) -> HttpProvider<W> {
    let transport = ReqwestTransport::new().unwrap();
    let patience = match deed {
        Deed::SlowHead | Deed::SlowBody => Duration::from_millis(200),
        _ => Duration::from_secs(20),
    };
    let mut whole = HttpLimits::default();
    (whole.header, whole.idle, whole.body) = (patience, patience, WHOLE);
    let mut streamed = HttpLimits::streaming();
    (streamed.header, streamed.idle, streamed.body) = (patience, patience, STREAM);
    HttpProvider::new(wire, Arc::new(transport)).with_limits(whole, streamed)
}

fn chat<W: LlmWire>(wire: Result<W, LlmError>, deed: Deed) -> Asker {
    Asker::Chat(Box::new(provider(wire.unwrap(), deed)))
}

fn vectors<W: EmbedWire>(wire: Result<W, LlmError>, deed: Deed) -> Asker {
    Asker::Vectors(Box::new(provider(wire.unwrap(), deed)))
}

fn ranks<W: RerankWire>(wire: Result<W, LlmError>, deed: Deed) -> Asker {
    Asker::Ranks(Box::new(provider(wire.unwrap(), deed)))
}

fn speech<W: TranscribeWire>(wire: Result<W, LlmError>, deed: Deed) -> Asker {
    Asker::Speech(Box::new(provider(wire.unwrap(), deed)))
}

impl Asker {
    /// The error that the exchange ends in.
    async fn ask(&self, streamed: bool) -> LlmError {
        let request = GenerateRequest::new("", vec![Turn::user("Hello?")]).with_model("m");
        let answer = match self {
            Self::Chat(provider) if streamed => return listen(&**provider, &request).await,
            Self::Chat(provider) => provider.generate(&request).await.map(drop),
            Self::Vectors(embedder) => {
                let texts = EmbedRequest::new(["Hello"]);
                embedder.embed(&texts).await.map(drop)
            }
            Self::Ranks(reranker) => {
                let documents = RerankRequest::new("Hello", ["Good day"]).with_model("m");
                reranker.rerank(&documents).await.map(drop)
            }
            Self::Speech(transcriber) => {
                let recording = TranscribeRequest::new(Audio::new("audio/wav", "RIFF"));
                transcriber.transcribe(&recording).await.map(drop)
            }
        };
        answer.expect_err("nothing was answered")
    }
}

async fn listen(provider: &dyn LlmProvider, request: &GenerateRequest) -> LlmError {
    let mut stream = match provider.stream(request).await {
        Ok(stream) => stream,
        Err(error) => return error,
    };
    while let Some(item) = std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        match item {
            Ok(event) => assert!(!matches!(event, StreamEvent::Finish(_)), "it is no answer"),
            Err(error) => return error,
        }
    }
    unreachable!("a stream ends with its finish or an error")
}

/// Asks every server of this wire, and looks at what came of it.
fn withstands(streams: bool, asker: fn(&str, Deed) -> Asker) {
    let cuts = [0, 5, 17, 40, 80, 84, 90, 102, ANSWER.len()].map(Deed::Cut);
    for deed in DEEDS.into_iter().chain(cuts) {
        for streamed in [false, true] {
            if streamed && !streams {
                continue;
            }
            let (address, serving) = server(deed);
            // A runtime that ends closes its connections.
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let error = runtime.block_on(async { asker(&address, deed).ask(streamed).await });
            drop(runtime);
            assert_ne!(error.kind, LlmErrorKind::InvalidRequest, "{error:?}");
            let sent = serving.join().unwrap();
            let kinds: &[LlmErrorKind] = match deed {
                Deed::SlowHead | Deed::SlowBody => &[LlmErrorKind::Timeout],
                _ => &[
                    LlmErrorKind::Malformed,
                    LlmErrorKind::Unavailable,
                    LlmErrorKind::Interrupted,
                ],
            };
            assert!(
                kinds.contains(&error.kind),
                "{deed:?} {streamed}: {error:?}"
            );
            let most = BUFFERS + if streamed { STREAM } else { WHOLE };
            assert!(sent <= most, "{deed:?} {streamed}: {sent} bytes were read");
        }
    }
}

const KEY: &str = "a-key-of-no-worth";

#[test]
fn openai_withstands_hostile_servers() {
    use msg_llm::openai::{OpenAi, OpenAiConfig, OpenAiEmbeddings, OpenAiTranscription};
    fn at(base: &str) -> OpenAiConfig {
        OpenAiConfig::new(base).with_api_key(KEY).with_model("m")
    }
    withstands(true, |base, deed| chat(OpenAi::new(at(base)), deed));
    withstands(false, |base, deed| {
        vectors(OpenAiEmbeddings::new(at(base)), deed)
    });
    withstands(false, |base, deed| {
        speech(OpenAiTranscription::new(at(base)), deed)
    });
}

#[test]
fn openai_responses_withstands_hostile_servers() {
    use msg_llm::openai_responses::{OpenAiResponses, ResponsesConfig};
    withstands(true, |base, deed| {
        let config = ResponsesConfig::new(base).with_api_key(KEY);
        chat(OpenAiResponses::new(config), deed)
    });
}

#[test]
fn azure_openai_withstands_hostile_servers() {
    use msg_llm::azure_openai::{AzureOpenAi, AzureOpenAiConfig};
    withstands(true, |base, deed| {
        let config = AzureOpenAiConfig::new(base, "d").with_api_key(KEY);
        chat(AzureOpenAi::new(config), deed)
    });
}

#[test]
fn mistral_withstands_hostile_servers() {
    use msg_llm::mistral::{Mistral, MistralConfig};
    withstands(true, |base, deed| {
        let config = MistralConfig::default().with_server("mistral", base);
        chat(Mistral::new(config.with_api_key(KEY)), deed)
    });
}

#[test]
fn anthropic_withstands_hostile_servers() {
    use msg_llm::anthropic::{Anthropic, AnthropicConfig};
    withstands(true, |base, deed| {
        let config = AnthropicConfig::new(base).with_api_key(KEY);
        chat(Anthropic::new(config), deed)
    });
}

#[test]
fn gemini_withstands_hostile_servers() {
    use msg_llm::gemini::{Gemini, GeminiConfig, GeminiEmbeddings};
    fn at(base: &str) -> GeminiConfig {
        let config = GeminiConfig::default().with_base_url(base);
        config.with_api_key(KEY).with_model("m")
    }
    withstands(true, |base, deed| chat(Gemini::new(at(base)), deed));
    withstands(false, |base, deed| {
        vectors(GeminiEmbeddings::new(at(base)), deed)
    });
}

#[test]
fn cohere_withstands_hostile_servers() {
    use msg_llm::cohere::{Cohere, CohereConfig, CohereEmbeddings, CohereRerank};
    fn at(base: &str) -> CohereConfig {
        let config = CohereConfig::default().with_base_url(base);
        config.with_api_key(KEY).with_model("m")
    }
    withstands(true, |base, deed| chat(Cohere::new(at(base)), deed));
    withstands(false, |base, deed| {
        vectors(CohereEmbeddings::new(at(base)), deed)
    });
    withstands(false, |base, deed| ranks(CohereRerank::new(at(base)), deed));
}

#[test]
fn ollama_withstands_hostile_servers() {
    use msg_llm::ollama::{Ollama, OllamaConfig, OllamaEmbeddings};
    fn at(base: &str) -> OllamaConfig {
        OllamaConfig::default().with_base_url(base).with_model("m")
    }
    withstands(true, |base, deed| chat(Ollama::new(at(base)), deed));
    withstands(false, |base, deed| {
        vectors(OllamaEmbeddings::new(at(base)), deed)
    });
}

#[test]
fn bedrock_withstands_hostile_servers() {
    use msg_llm::bedrock::{Bedrock, BedrockConfig, BedrockEmbeddings};
    fn at(base: &str, model: &str) -> BedrockConfig {
        let config = BedrockConfig::new("us-east-1").with_base_url(base);
        config.with_bearer_key(KEY).with_model(model)
    }
    withstands(true, |base, deed| {
        chat(Bedrock::new(at(base, "amazon.nova-lite-v1:0")), deed)
    });
    withstands(false, |base, deed| {
        vectors(
            BedrockEmbeddings::new(at(base, "amazon.titan-embed-text-v2:0")),
            deed,
        )
    });
}
