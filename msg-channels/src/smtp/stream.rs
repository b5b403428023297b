//! The stream that lettre writes to: it holds what is written until somebody waits for an answer.
//!
//! lettre writes a mail's body and its end-of-data mark as two writes with a flush after each. On a plain socket that
//! is two packets, and the second one waits for the acknowledgement of the first: 44 ms a mail with Nagle's algorithm,
//! and one system call too many without it. SMTP is a dialogue: nothing has to leave before the client waits for a
//! reply, so the first read sends everything that was written.

use lettre::transport::smtp::client::AsyncTokioStream;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// What is held before it is sent anyway, in bytes: a usual mail is smaller, a large one leaves in pieces.
const HOLD: usize = 64 << 10;

/// What a server may say between two requests, in bytes: 100 replies of the longest line (RFC 5321, 4.5.3.1.5: 512).
const MAX_REPLY: usize = 100 * 512;

/// Whether everything that was written has been handed to the network.
#[derive(Clone, Debug, Default)]
pub(super) struct Handed(Arc<AtomicBool>);

impl Handed {
    /// True from the moment when the last written byte left until something is written again.
    pub(super) fn everything(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self, everything: bool) {
        self.0.store(everything, Ordering::Release);
    }
}

/// Holds writes back until a read, or until [`HOLD`] bytes are together; flushing alone sends nothing.
///
/// Bytes that are not ASCII are read as `?`: a reply's text is for people, and lettre refuses a line that is not UTF-8.
#[derive(Debug)]
pub(super) struct Held<S> {
    inner: S,
    out: Vec<u8>,
    sent: usize,
    reply: usize,
    replay: Vec<u8>,
    handed: Handed,
}

impl<S> Held<S> {
    /// Holds the writes of `inner`.
    pub(super) fn new(inner: S) -> Self {
        Self {
            inner,
            out: Vec::new(),
            sent: 0,
            reply: 0,
            replay: Vec::new(),
            handed: Handed::default(),
        }
    }

    /// As [`Held::new`], but `replay` is read before anything else: it was heard before.
    pub(super) fn replaying(inner: S, replay: Vec<u8>) -> Self {
        Self {
            replay,
            ..Self::new(inner)
        }
    }

    /// Shares whether everything has been handed to the network.
    pub(super) fn handed(&self) -> Handed {
        self.handed.clone()
    }
}

impl<S: AsyncWrite + Unpin> Held<S> {
    /// Hands everything that is held to `inner`.
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.out.get(self.sent..).filter(|rest| !rest.is_empty()) {
            let taken = ready!(Pin::new(&mut self.inner).poll_write(cx, rest))?;
            if taken == 0 {
                return Poll::Ready(Err(ErrorKind::WriteZero.into()));
            }
            self.sent += taken;
        }
        self.out.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Held<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.handed.set(false);
        if this.out.len() >= HOLD {
            ready!(this.poll_drain(cx))?;
        }
        let room = HOLD.saturating_sub(this.out.len());
        let taken = buf.get(..room.min(buf.len())).unwrap_or_default();
        this.out.extend_from_slice(taken);
        this.reply = 0;
        Poll::Ready(Ok(taken.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_drain(cx))?;
        Pin::new(&mut this.inner).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Held<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.replay.is_empty() {
            let rest = this
                .replay
                .split_off(buf.remaining().min(this.replay.len()));
            buf.put_slice(&std::mem::replace(&mut this.replay, rest));
            return Poll::Ready(Ok(()));
        }
        if !this.out.is_empty() {
            ready!(this.poll_drain(cx))?;
            this.handed.set(true);
        }
        // TLS keeps records of its own: they leave before the wait begins.
        ready!(Pin::new(&mut this.inner).poll_flush(cx))?;
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
        let read = buf.filled_mut().get_mut(before..).unwrap_or_default();
        this.reply += read.len();
        if this.reply > MAX_REPLY {
            buf.set_filled(before);
            return Poll::Ready(Err(io::Error::new(
                ErrorKind::InvalidData,
                "the reply is too long",
            )));
        }
        read.iter_mut()
            .filter(|byte| !byte.is_ascii())
            .for_each(|byte| *byte = b'?');
        Poll::Ready(Ok(()))
    }
}

/// A connection to a server, with or without TLS.
#[derive(Debug)]
pub(super) enum Socket {
    /// As it is.
    Plain(TcpStream),
    /// Encrypted.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Socket {
    fn peer(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Plain(tcp) => tcp.peer_addr(),
            Self::Tls(tls) => tls.get_ref().0.peer_addr(),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

impl Held<Socket> {
    /// Whether TLS is under it.
    pub(super) const fn is_encrypted(&self) -> bool {
        matches!(self.inner, Socket::Tls(_))
    }
}

impl AsyncTokioStream for Held<Socket> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.inner.peer()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lettre::transport::smtp::client::AsyncSmtpConnection;
    use lettre::transport::smtp::extension::ClientId;
    use std::collections::VecDeque;
    use std::sync::Mutex;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// Answers from a list, one a read, and remembers every write as one packet.
    #[derive(Debug)]
    struct Scripted {
        replies: VecDeque<&'static [u8]>,
        packets: Arc<Mutex<Vec<Vec<u8>>>>,
        broken: bool,
    }

    impl Scripted {
        fn new(replies: &[&'static [u8]]) -> Self {
            Self {
                replies: replies.iter().copied().collect(),
                packets: Arc::default(),
                broken: false,
            }
        }
    }

    impl AsyncRead for Scripted {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let this = self.get_mut();
            if let Some(reply) = this.replies.pop_front() {
                let (now, later) = reply.split_at(reply.len().min(buf.remaining()));
                buf.put_slice(now);
                if !later.is_empty() {
                    this.replies.push_front(later);
                }
            }
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Scripted {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &[u8],
        ) -> Poll<io::Result<usize>> {
            if self.broken {
                return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
            }
            self.packets.lock().unwrap().push(buf.to_vec());
            Poll::Ready(Ok(buf.len()))
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncTokioStream for Held<Scripted> {
        fn peer_addr(&self) -> io::Result<SocketAddr> {
            Err(ErrorKind::Unsupported.into())
        }
    }

    #[tokio::test]
    async fn body_and_end_of_data_leave_in_one_write() {
        let scripted = Scripted::new(&[b"220 hi\r\n", b"250 hi\r\n", b"354 go\r\n", b"250 ok\r\n"]);
        let packets = Arc::clone(&scripted.packets);
        let mut smtp = AsyncSmtpConnection::connect_with_transport(
            Box::new(Held::new(scripted)),
            &ClientId::Domain("me".into()),
        )
        .await
        .unwrap();
        smtp.command("DATA\r\n").await.unwrap();
        let body = b"Subject: hi\r\n\r\n.dot\r\nlast".as_slice();
        smtp.message(body).await.unwrap();
        let packets: Vec<Vec<u8>> = packets.lock().unwrap().clone();
        assert_eq!(
            packets,
            [
                b"EHLO me\r\n".to_vec(),
                b"DATA\r\n".to_vec(),
                b"Subject: hi\r\n\r\n..dot\r\nlast\r\n.\r\n".to_vec(),
            ]
        );
    }

    #[tokio::test]
    async fn a_large_body_leaves_in_pieces_and_nothing_is_lost() {
        let scripted = Scripted::new(&[b"250 ok\r\n"]);
        let packets = Arc::clone(&scripted.packets);
        let mut held = Held::new(scripted);
        let large: Vec<u8> = (0..=u8::MAX).cycle().take(3 * HOLD + 5).collect();
        held.write_all(&large).await.unwrap();
        assert!(packets.lock().unwrap().len() == 3 && !held.handed().everything());
        held.read_u8().await.unwrap();
        assert!(held.handed().everything());
        assert_eq!(packets.lock().unwrap().concat(), large);
        assert_eq!(packets.lock().unwrap().len(), 4);
    }

    #[tokio::test]
    async fn what_could_not_be_written_was_not_handed_over() {
        let mut scripted = Scripted::new(&[b"250 ok\r\n"]);
        scripted.broken = true;
        let mut held = Held::new(scripted);
        held.write_all(b"DATA\r\n").await.unwrap();
        assert!(held.read_u8().await.is_err());
        assert!(!held.handed().everything());
    }

    #[tokio::test]
    async fn an_endless_reply_ends_and_foreign_bytes_become_question_marks() {
        let mut held = Held::new(Scripted::new(&[b"250 \xe4\r\n"]));
        let mut line = [0; 7];
        held.read_exact(&mut line).await.unwrap();
        assert_eq!(&line, b"250 ?\r\n");

        let block: &[u8] = &[b'a'; 1024];
        let mut held = Held::new(Scripted::new(&[block; 60]));
        let mut all = Vec::new();
        let error = held.read_to_end(&mut all).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(all.len() <= MAX_REPLY);
    }
}
