//! What is measured: anything that asks the question of [`question`](crate::question).

use crate::Failure;
use crate::bare::{Hyper, Reqwest};
use crate::ours::Ours;
#[cfg(feature = "peers")]
use crate::peers;
use crate::wire::Wire;
use std::net::SocketAddr;

/// One way to ask. Lengths are bytes of text, by which the clients prove that they read the same.
#[expect(
    async_fn_in_trait,
    reason = "all of it runs on the one thread that is measured"
)]
pub trait Client {
    /// A stream that was begun.
    type Stream;

    /// Asks for a whole answer; the length of its text.
    async fn whole(&self) -> Result<usize, Failure>;

    /// Asks for a stream.
    async fn open(&self) -> Result<Self::Stream, Failure>;

    /// The length of the next event's text, 0 for one of another kind; nothing at the end.
    async fn next(&self, stream: &mut Self::Stream) -> Result<Option<usize>, Failure>;

    /// Asks for a stream and reads it; the length of its text.
    async fn stream(&self) -> Result<usize, Failure> {
        let mut stream = self.open().await?;
        let mut length = 0;
        while let Some(more) = self.next(&mut stream).await? {
            length += more;
        }
        Ok(length)
    }
}

/// What is done with the client of a name, whose type only [`dispatch`] knows.
#[expect(
    async_fn_in_trait,
    reason = "all of it runs on the one thread that is measured"
)]
pub trait Task {
    /// What comes out of it.
    type Output;

    /// Does it.
    async fn run<C: Client + 'static>(self, client: C) -> Result<Self::Output, Failure>;
}

/// The clients, ours first.
pub const NAMES: &[&str] = &[
    "msg-llm",
    "reqwest",
    "hyper",
    #[cfg(feature = "peers")]
    "llm",
    #[cfg(feature = "peers")]
    "async-openai",
    #[cfg(feature = "peers")]
    "genai",
    #[cfg(feature = "peers")]
    "rig-core",
];

/// Does something with the client of this name. The other crates are asked on the wire of `OpenAI` only.
pub async fn dispatch<T: Task>(
    name: &str,
    wire: Wire,
    server: SocketAddr,
    task: T,
) -> Result<T::Output, Failure> {
    match name {
        "msg-llm" => task.run(Ours::new(wire, server)?).await,
        "reqwest" => task.run(Reqwest::new(wire, server)?).await,
        "hyper" => task.run(Hyper::new(wire, server)?).await,
        #[cfg(feature = "peers")]
        "llm" => task.run(peers::Llm::new(server)?).await,
        #[cfg(feature = "peers")]
        "async-openai" => task.run(peers::AsyncOpenAi::new(server)?).await,
        #[cfg(feature = "peers")]
        "genai" => task.run(peers::GenAi::new(server)?).await,
        #[cfg(feature = "peers")]
        "rig-core" => task.run(peers::Rig::new(server)?).await,
        _ => Err(format!("no client `{name}`").into()),
    }
}
