//! A loopback server in threads of its own, which answers as fast as it can.

use crate::Failure;
use bytes::Bytes;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// Starts the server: a prebuilt answer for every request on a connection, a stream for one that asks for it.
pub(crate) fn serve(whole: Bytes, stream: Bytes) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let (whole, stream) = (whole.clone(), stream.clone());
            // A client that leaves ends its thread.
            std::thread::spawn(move || drop(converse(connection, &whole, &stream)));
        }
    });
    Ok(address)
}

fn converse(mut connection: TcpStream, whole: &[u8], stream: &[u8]) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut request = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = connection.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(buffer.get(..read).unwrap_or_default());
        // The body is JSON and ends with its object.
        if request.ends_with(b"}") {
            let streamed = memchr::memmem::find(&request, b"\"stream\":true").is_some();
            connection.write_all(if streamed { stream } else { whole })?;
            request.clear();
        }
    }
}
