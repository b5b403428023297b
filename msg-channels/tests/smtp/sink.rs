//! A small but real mail server for tests: it keeps what it receives and fails where it is told to.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// One mail as it came in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) login: Option<String>,
    pub(crate) encrypted: bool,
    /// Dots unstuffed, without the end-of-data mark.
    pub(crate) data: Vec<u8>,
}

/// What the server does at one command instead of obeying it.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Says this line.
    Say(&'static str),
    /// Closes the connection without a word.
    Drop,
    /// Says nothing and keeps the connection open.
    Hang,
}

/// How the server behaves.
#[derive(Clone, Default)]
pub(crate) struct Plan {
    pub(crate) extensions: Vec<&'static str>,
    /// STARTTLS is offered with this certificate.
    pub(crate) tls: Option<TlsAcceptor>,
    /// TLS begins with the first byte.
    pub(crate) implicit: bool,
    /// The login that is right.
    pub(crate) login: Option<&'static str>,
    /// Per connection: what to do at the first command that begins so. `.` is the end of the mail, `hello` the greeting.
    pub(crate) acts: Vec<Vec<(&'static str, Act)>>,
    /// Said right behind the reply to STARTTLS, before TLS.
    pub(crate) injected: &'static str,
}

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) mails: Vec<Received>,
    pub(crate) commands: Vec<String>,
    /// How many reads each mail took, from the reply 354 to the end-of-data mark.
    pub(crate) data_reads: Vec<usize>,
    pub(crate) connections: usize,
}

/// A server on a port of its own. It ends with the runtime.
pub(crate) struct Sink {
    pub(crate) at: SocketAddr,
    pub(crate) seen: Arc<Mutex<Seen>>,
}

impl Sink {
    pub(crate) async fn start(plan: Plan) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Seen>>::default();
        let shared = Arc::clone(&seen);
        tokio::spawn(async move {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                let number = {
                    let mut seen = shared.lock().unwrap();
                    seen.connections += 1;
                    seen.connections - 1
                };
                tcp.set_nodelay(true).unwrap();
                let session = Session {
                    talk: Talk {
                        wire: Wire::Plain(tcp),
                        buffer: Vec::new(),
                        reads: 0,
                    },
                    acts: plan.acts.get(number).cloned().unwrap_or_default(),
                    plan: plan.clone(),
                    seen: Arc::clone(&shared),
                    login: None,
                    encrypted: false,
                    mail: Received::default(),
                };
                tokio::spawn(session.run());
            }
        });
        Self { at, seen }
    }

    pub(crate) fn mails(&self) -> Vec<Received> {
        self.seen.lock().unwrap().mails.clone()
    }

    pub(crate) fn commands(&self) -> Vec<String> {
        self.seen.lock().unwrap().commands.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Gone,
}

struct Talk {
    wire: Wire,
    buffer: Vec<u8>,
    reads: usize,
}

impl Talk {
    async fn line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(end + 1);
                return Ok(std::mem::replace(&mut self.buffer, rest));
            }
            self.buffer.reserve(1 << 17);
            let read = match &mut self.wire {
                Wire::Plain(tcp) => tcp.read_buf(&mut self.buffer).await?,
                Wire::Tls(tls) => tls.read_buf(&mut self.buffer).await?,
                Wire::Gone => 0,
            };
            self.reads += 1;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        let line = format!("{line}\r\n");
        match &mut self.wire {
            Wire::Plain(tcp) => tcp.write_all(line.as_bytes()).await,
            Wire::Tls(tls) => {
                tls.write_all(line.as_bytes()).await?;
                tls.flush().await
            }
            Wire::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    async fn encrypt(&mut self, tls: &TlsAcceptor) -> io::Result<()> {
        if let Wire::Plain(tcp) = std::mem::replace(&mut self.wire, Wire::Gone) {
            self.wire = Wire::Tls(Box::new(tls.accept(tcp).await?));
        }
        Ok(())
    }
}

struct Session {
    talk: Talk,
    plan: Plan,
    acts: Vec<(&'static str, Act)>,
    seen: Arc<Mutex<Seen>>,
    login: Option<String>,
    encrypted: bool,
    mail: Received,
}

/// What the script does instead of obeying.
enum Instead {
    Obey,
    Said,
    Leave,
}

impl Session {
    fn act(&mut self, line: &str) -> Option<Act> {
        let at = self
            .acts
            .iter()
            .position(|(begin, _)| line.starts_with(begin))?;
        Some(self.acts.remove(at).1)
    }

    async fn instead(&mut self, line: &str) -> io::Result<Instead> {
        Ok(match self.act(line) {
            None => Instead::Obey,
            Some(Act::Say(reply)) => {
                self.talk.say(reply).await?;
                Instead::Said
            }
            Some(Act::Drop) => Instead::Leave,
            Some(Act::Hang) => std::future::pending().await,
        })
    }

    async fn run(mut self) -> io::Result<()> {
        if let (Some(tls), true) = (self.plan.tls.clone(), self.plan.implicit) {
            self.talk.encrypt(&tls).await?;
            self.encrypted = true;
        }
        match self.instead("hello").await? {
            Instead::Obey => self.talk.say("220 sink ESMTP").await?,
            Instead::Said => {}
            Instead::Leave => return Ok(()),
        }
        loop {
            let line = self.talk.line().await?;
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            self.seen.lock().unwrap().commands.push(line.clone());
            match self.instead(&line).await? {
                Instead::Obey => {}
                Instead::Said => continue,
                Instead::Leave => return Ok(()),
            }
            match line.split(' ').next().unwrap_or_default() {
                "EHLO" => self.hello().await?,
                "STARTTLS" => {
                    let tls = self.plan.tls.clone().unwrap();
                    self.talk
                        .say(&format!("220 go{}", self.plan.injected))
                        .await?;
                    self.talk.encrypt(&tls).await?;
                    self.encrypted = true;
                }
                "AUTH" => self.log_in(&line).await?,
                "MAIL" if !self.mail.from.is_empty() => {
                    self.talk.say("503 5.5.1 nested MAIL").await?;
                }
                "MAIL" => {
                    self.mail.from = line;
                    self.talk.say("250 2.1.0 ok").await?;
                }
                "RCPT" => {
                    self.mail.to.push(line);
                    self.talk.say("250 2.1.5 ok").await?;
                }
                "DATA" if self.mail.to.is_empty() => {
                    self.talk.say("503 5.5.1 no recipient").await?;
                }
                "DATA" => {
                    if !self.receive().await? {
                        return Ok(());
                    }
                }
                "RSET" => {
                    self.mail = Received::default();
                    self.talk.say("250 2.0.0 ok").await?;
                }
                "NOOP" => self.talk.say("250 2.0.0 ok").await?,
                "QUIT" => return self.talk.say("221 2.0.0 bye").await,
                _ => self.talk.say("502 5.5.2 what").await?,
            }
        }
    }

    async fn hello(&mut self) -> io::Result<()> {
        let mut lines = vec!["sink"];
        lines.extend(&self.plan.extensions);
        if self.plan.tls.is_some() && !self.encrypted {
            lines.push("STARTTLS");
        }
        let last = lines.len() - 1;
        let lines: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(at, line)| format!("250{}{line}", if at == last { ' ' } else { '-' }))
            .collect();
        self.talk.say(&lines.join("\r\n")).await
    }

    async fn log_in(&mut self, line: &str) -> io::Result<()> {
        let said = if let Some(coded) = line.strip_prefix("AUTH PLAIN ") {
            coded.to_owned()
        } else {
            let mut said = Vec::new();
            for challenge in ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"] {
                self.talk.say(challenge).await?;
                said.extend(self.talk.line().await?);
            }
            String::from_utf8_lossy(&said).trim().replace("\r\n", " ")
        };
        if self.plan.login == Some(&*said) {
            self.login = Some(said);
            return self.talk.say("235 2.7.0 welcome").await;
        }
        self.talk.say("535 5.7.8 who are you").await
    }

    /// Takes in a mail. False when the connection is to end.
    async fn receive(&mut self) -> io::Result<bool> {
        self.talk.say("354 go").await?;
        let before = self.talk.reads;
        let mut mail = std::mem::take(&mut self.mail);
        loop {
            let line = self.talk.line().await?;
            if line == b".\r\n" {
                break;
            }
            mail.data
                .extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        mail.login.clone_from(&self.login);
        mail.encrypted = self.encrypted;
        let act = self.act(".");
        {
            let mut seen = self.seen.lock().unwrap();
            seen.data_reads.push(self.talk.reads - before);
            if !matches!(act, Some(Act::Say(line)) if !line.starts_with('2')) {
                seen.mails.push(mail);
            }
        }
        match act {
            None => self.talk.say("250 2.0.0 queued").await?,
            Some(Act::Say(line)) => self.talk.say(line).await?,
            Some(Act::Drop) => return Ok(false),
            Some(Act::Hang) => std::future::pending().await,
        }
        Ok(true)
    }
}
