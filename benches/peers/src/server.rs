//! A loopback server in threads of its own, which answers as fast as it can.

use crate::Failure;
use bytes::Bytes;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// Enough for a connection's thread, of which there are a thousand.
const STACK: usize = 128 * 1024;

/// Starts the server: a prebuilt answer for every request on a connection, a stream for one that asks for it.
pub fn serve(whole: Bytes, stream: Bytes) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let (whole, stream) = (whole.clone(), stream.clone());
            let thread = std::thread::Builder::new().stack_size(STACK);
            // A client that leaves ends its thread; one whose thread cannot start sees its connection closed.
            drop(thread.spawn(move || drop(converse(connection, &whole, &stream))));
        }
    });
    Ok(address)
}

fn converse(mut connection: TcpStream, whole: &[u8], stream: &[u8]) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut request = Vec::new();
    let mut buffer = vec![0; 8 * 1024];
    loop {
        let read = connection.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(buffer.get(..read).unwrap_or_default());
        if is_whole(&request) {
            connection.write_all(if wants_stream(&request) {
                stream
            } else {
                whole
            })?;
            request.clear();
        }
    }
}

/// Whether the body is as long as the head says.
fn is_whole(request: &[u8]) -> bool {
    let Some(head) = memchr::memmem::find(request, b"\r\n\r\n") else {
        return false;
    };
    let lines = request
        .get(..head)
        .unwrap_or_default()
        .split(|byte| *byte == b'\n');
    let length = lines
        .filter_map(|line| std::str::from_utf8(line).ok()?.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .unwrap_or_default();
    request.len() >= head + 4 + length
}

fn wants_stream(request: &[u8]) -> bool {
    [
        &b"\"stream\":true"[..],
        b":streamGenerateContent",
        b"/converse-stream",
    ]
    .iter()
    .any(|mark| memchr::memmem::find(request, mark).is_some())
}
