//! The mock server, and just enough HTTP to ask it.

use bytes::Bytes;
use http::Request;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long the mock may take to read its specification, in tries of [`PAUSE`].
const TRIES: u32 = 300;
const PAUSE: Duration = Duration::from_millis(100);

/// A running mock, which ends with this value.
pub(crate) struct Mock {
    process: Child,
    address: SocketAddr,
}

impl Drop for Mock {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Mock {
    /// Starts `mock/mock.py` of this folder, strict, on a free port, with these specifications and further options.
    pub(crate) fn start(folder: &Path, specs: &[&str], options: &[&str]) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("the mock: {error}");
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let address = free.local_addr().map_err(failed)?;
        drop(free);
        let process = Command::new("python3")
            .arg(folder.join("mock/mock.py"))
            .args(specs.iter().map(|spec| folder.join(spec)))
            .args(options)
            .args(["--strict", "--port", &address.port().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let mut mock = Self { process, address };
        let spec = specs.join(" ");
        for _ in 0..TRIES {
            if TcpStream::connect(address).is_ok() {
                return Ok(mock);
            }
            if let Some(status) = mock.process.try_wait().map_err(failed)? {
                return Err(format!("the mock of `{spec}` ended at once: {status}"));
            }
            std::thread::sleep(PAUSE);
        }
        Err(format!("the mock of `{spec}` does not answer"))
    }

    /// Its address.
    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the mock has against this request; nothing if it is valid but for fields of these names that it does not know.
    pub(crate) fn complaint(
        &self,
        request: &Request<Bytes>,
        gaps: &[&str],
    ) -> Result<Option<Value>, String> {
        let answer = self.exchange(request);
        let answer = answer.map_err(|error| format!("the mock: {error}"))?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).unwrap_or_default();
        Ok(against(status, body, gaps))
    }

    /// Sends a request on a connection of its own and reads to the end.
    fn exchange(&self, request: &Request<Bytes>) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let mut head = format!(
            "{} {path} HTTP/1.1\r\nhost: {}\r\n",
            request.method(),
            self.address
        )
        .into_bytes();
        for (name, value) in request.headers() {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        let length = request.body().len();
        head.extend_from_slice(
            format!("content-length: {length}\r\nconnection: close\r\n\r\n").as_bytes(),
        );
        stream.write_all(&head)?;
        stream.write_all(request.body())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

/// What an answer of the mock has against its request but for fields of these names that it does not know.
pub(crate) fn against(status: &str, body: &str, gaps: &[&str]) -> Option<Value> {
    if status.starts_with('2') {
        return None;
    }
    let told: Option<Value> = serde_json::from_str(body).ok();
    let errors = told
        .as_ref()
        .and_then(|told| told.get("errors")?.as_array());
    let Some(errors) = errors else {
        return Some(Value::from(format!("{status}: {body}")));
    };
    let known =
        |error: &Value, key: &str| error.get(key).and_then(Value::as_str).map(str::to_owned);
    let counts = |error: &&Value| {
        let path = known(error, "path").unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        !(gaps.contains(&name) && known(error, "message").as_deref() == Some("not in the spec"))
    };
    let errors: Vec<Value> = errors.iter().filter(counts).cloned().collect();
    (!errors.is_empty()).then(|| errors.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_that_is_no_success_is_a_complaint() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = server.local_addr().unwrap();
        let errors =
            |name: &str| json!([{"path": format!("/a/{name}"), "message": "not in the spec"}]);
        let told = |name: &str| format!("400 Bad\r\n\r\n{}", json!({"errors": errors(name)}));
        let answers = [
            "200 OK\r\n\r\n{}".to_owned(),
            told("b"),
            told("gap"),
            "404 No\r\n\r\nno".to_owned(),
        ];
        let script = answers.clone();
        let serving = std::thread::spawn(move || {
            let mut seen = Vec::new();
            for answer in script {
                let (mut stream, _) = server.accept().unwrap();
                let mut bytes = [0; 4096];
                let read = stream.read(&mut bytes).unwrap();
                seen.push(String::from_utf8_lossy(&bytes[..read]).into_owned());
                write!(stream, "HTTP/1.1 {answer}").unwrap();
            }
            seen
        });
        let process = Command::new("true").spawn().unwrap();
        let mock = Mock { process, address };
        let request = Request::post("http://h/v1/a?b=c")
            .header("x-key", "k")
            .body(Bytes::new());
        let request = request.unwrap();
        let complaints = answers.map(|_| mock.complaint(&request, &["gap"]).unwrap());
        assert_eq!(complaints[0], None);
        assert_eq!(complaints[1], Some(errors("b")));
        assert_eq!(complaints[2], None);
        assert_eq!(complaints[3], Some("404: no".into()));
        let seen = serving.join().unwrap();
        assert!(
            seen[0].starts_with("POST /v1/a?b=c HTTP/1.1\r\n") && seen[0].contains("x-key: k\r\n")
        );
    }
}
