//! What a careful host would write by hand for each wire: the request as typed JSON, the answer read into owned values.

pub mod answer;
pub mod frame;
pub mod request;

use crate::Failure;
use crate::wire::Wire;
use answer::Read;
use serde::de::DeserializeOwned;
use std::hint::black_box;

/// The length of the text of a whole answer.
pub fn whole(wire: Wire, body: &[u8]) -> Result<usize, Failure> {
    Ok(match wire {
        Wire::OpenAi | Wire::Mistral | Wire::Azure => owned::<answer::Completion>(body)?,
        Wire::Responses => owned::<answer::Response>(body)?,
        Wire::Anthropic => owned::<answer::Message>(body)?,
        Wire::Gemini => owned::<answer::Generated>(body)?,
        Wire::Cohere => owned::<answer::Said>(body)?,
        Wire::Ollama => owned::<answer::Chat>(body)?,
        Wire::Bedrock => owned::<answer::Converse>(body)?,
    })
}

/// The length of the text of a line of a stream, or of the payload of a message.
pub fn line(wire: Wire, line: &[u8]) -> Result<Option<usize>, Failure> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let data = match wire {
        Wire::Ollama => Some(line).filter(|line| !line.is_empty()),
        Wire::Bedrock => Some(line),
        _ => line
            .strip_prefix(b"data: ")
            .filter(|data| *data != b"[DONE]"),
    };
    let Some(data) = data else {
        return Ok(None);
    };
    let length = match wire {
        Wire::OpenAi | Wire::Mistral | Wire::Azure => owned::<answer::Completion>(data)?,
        Wire::Responses => owned::<answer::ResponseEvent>(data)?,
        Wire::Anthropic => owned::<answer::MessageEvent>(data)?,
        Wire::Gemini => owned::<answer::Generated>(data)?,
        Wire::Cohere => owned::<answer::SaidEvent>(data)?,
        Wire::Ollama => owned::<answer::Chat>(data)?,
        Wire::Bedrock => owned::<answer::ConverseEvent>(data)?,
    };
    Ok(Some(length))
}

/// Reads all of it, as a host would, and tells the length of its text.
fn owned<T: DeserializeOwned + Read>(json: &[u8]) -> Result<usize, Failure> {
    let read: T = serde_json::from_slice(json)?;
    let length = read.length();
    drop(black_box(read));
    Ok(length)
}

/// The lines of a body that comes in pieces.
#[derive(Debug, Default)]
pub struct Lines {
    buffer: Vec<u8>,
    read: usize,
}

impl Lines {
    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.read);
        self.read = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The payload of the next whole message of a binary stream.
    pub fn next_payload(&mut self) -> Result<Option<&[u8]>, Failure> {
        let rest = self.buffer.get(self.read..).unwrap_or_default();
        let Some((length, payload)) = frame::first(rest)? else {
            return Ok(None);
        };
        self.read += length;
        Ok(Some(payload))
    }

    /// The next whole line, without its end.
    pub fn next_line(&mut self) -> Option<&[u8]> {
        let rest = self.buffer.get(self.read..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest)?;
        self.read += end + 1;
        rest.get(..end)
    }
}
