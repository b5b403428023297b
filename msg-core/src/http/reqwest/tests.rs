use super::*;
use futures_core::stream::BoxStream;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What a scripted server does after it read a request's head.
enum Move {
    Say(&'static str),
    Wait(Duration),
    Close,
}

/// A server on the loopback that reads one request and plays its moves. Answers its port.
async fn serve(moves: Vec<Move>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        for step in moves {
            match step {
                Move::Say(text) => stream.write_all(text.as_bytes()).await.unwrap(),
                Move::Wait(time) => tokio::time::sleep(time).await,
                Move::Close => return,
            }
        }
        // Held open until the client goes.
        let _ = stream.read(&mut [0; 16]).await;
    });
    port
}

async fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut more = [0; 512];
        let read = stream.read(&mut more).await.unwrap();
        head.extend_from_slice(&more[..read]);
    }
}

fn get(port: u16) -> http::Request<Bytes> {
    http::Request::get(format!("http://127.0.0.1:{port}/secret-token?key=hunter2"))
        .body(Bytes::new())
        .unwrap()
}

fn short() -> HttpLimits {
    HttpLimits {
        header: Duration::from_millis(80),
        idle: Duration::from_millis(80),
        total: Some(Duration::from_millis(400)),
        body: 64,
    }
}

async fn fail(moves: Vec<Move>) -> HttpError {
    let transport = ReqwestTransport::new().unwrap();
    let error = transport
        .send(get(serve(moves).await), &short())
        .await
        .unwrap_err();
    let shown = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
    assert!(
        !shown.contains("hunter2") && !shown.contains("secret-token"),
        "{shown}"
    );
    error
}

#[test]
fn an_address_is_written_as_it_displays() {
    for uri in [
        "http://h",
        "https://h:8443/a/b?c=d&e",
        "http://[::1]:80/?q",
        "/only/path",
        "*",
        "h:443",
    ] {
        let uri: http::Uri = uri.parse().unwrap();
        let shown = uri.to_string();
        let read = |text: &str| reqwest::Url::parse(text).ok();
        assert_eq!(read(&written(&uri)), read(&shown), "{shown}");
    }
}

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n";

#[tokio::test]
async fn an_answer_comes_back_as_it_was_said() {
    let port = serve(vec![
        Move::Say("HTTP/1.1 418 Teapot\r\nx-a: b\r\ncontent-length: 5\r\n\r\nte"),
        Move::Say("apo"),
    ])
    .await;
    let answer = ReqwestTransport::new()
        .unwrap()
        .send(get(port), &HttpLimits::default())
        .await
        .unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            &answer.headers()["x-a"],
            &answer.body()[..]
        ),
        (418, &"b".parse().unwrap(), &b"teapo"[..])
    );
}

#[tokio::test]
async fn limits_that_are_too_far_away_are_none() {
    const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nteapo";
    let transport = ReqwestTransport::new().unwrap();
    for total in [None, Some(Duration::MAX)] {
        let limits = HttpLimits {
            header: Duration::MAX,
            idle: Duration::MAX,
            total,
            body: 64,
        };
        let port = serve(vec![Move::Say(ANSWER)]).await;
        let answer = transport.send(get(port), &limits).await.unwrap();
        assert_eq!(answer.body(), "teapo");
        let port = serve(vec![Move::Say(ANSWER)]).await;
        let answer = transport.stream(get(port), &limits).await.unwrap();
        let mut body = answer.into_body();
        assert_eq!(next(&mut body).await.unwrap().unwrap(), "teapo");
    }
}

#[tokio::test]
async fn redirects_are_answers_too() {
    let moved = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let port = serve(vec![Move::Say(moved)]).await;
    let answer = ReqwestTransport::new()
        .unwrap()
        .send(get(port), &HttpLimits::default())
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 302);
}

#[tokio::test]
async fn each_phase_has_its_own_time() {
    assert_eq!(
        fail(vec![Move::Wait(Duration::from_secs(1))]).await.kind(),
        HttpErrorKind::HeaderTimeout
    );
    let stall = vec![
        Move::Say(HEAD),
        Move::Say("abc"),
        Move::Wait(Duration::from_secs(1)),
    ];
    assert_eq!(fail(stall).await.kind(), HttpErrorKind::IdleTimeout);
    let mut drip = vec![Move::Say("HTTP/1.1 200 OK\r\ncontent-length: 60\r\n\r\n")];
    for _ in 0..20 {
        drip.extend([Move::Wait(Duration::from_millis(40)), Move::Say("a")]);
    }
    assert_eq!(fail(drip).await.kind(), HttpErrorKind::TotalTimeout);
}

#[tokio::test]
async fn an_error_says_truly_whether_the_request_may_have_arrived() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let refused = ReqwestTransport::new()
        .unwrap()
        .send(get(closed), &short())
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind(), refused.may_have_arrived()),
        (HttpErrorKind::Connect, false)
    );
    let dropped = fail(vec![Move::Close]).await;
    assert_eq!(
        (dropped.kind(), dropped.may_have_arrived()),
        (HttpErrorKind::Interrupted, true)
    );
    let cut = fail(vec![Move::Say(HEAD), Move::Say("abc"), Move::Close]).await;
    assert_eq!(
        (cut.kind(), cut.may_have_arrived()),
        (HttpErrorKind::Interrupted, true)
    );
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let large = "HTTP/1.1 200 OK\r\ncontent-length: 65\r\n\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    assert_eq!(
        fail(vec![Move::Say(large)]).await.kind(),
        HttpErrorKind::TooLarge
    );
}

async fn next(
    stream: &mut BoxStream<'static, Result<Bytes, HttpError>>,
) -> Option<Result<Bytes, HttpError>> {
    std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)).await
}

#[tokio::test]
async fn a_stream_comes_piece_by_piece_and_stalls_with_an_error() {
    let moves = vec![
        Move::Say(HEAD),
        Move::Say("abc"),
        Move::Wait(Duration::from_millis(40)),
        Move::Say("def"),
    ];
    let port = serve(moves).await;
    let limits = HttpLimits {
        total: None,
        ..short()
    };
    let answer = ReqwestTransport::new()
        .unwrap()
        .stream(get(port), &limits)
        .await
        .unwrap();
    let mut body = answer.into_body();
    let mut read = Vec::new();
    let error = loop {
        match next(&mut body).await {
            Some(Ok(piece)) => read.extend_from_slice(&piece),
            Some(Err(error)) => break error,
            None => panic!("the stream ended before its length"),
        }
    };
    assert_eq!(
        (&read[..], error.kind()),
        (&b"abcdef"[..], HttpErrorKind::IdleTimeout)
    );
    assert!(next(&mut body).await.is_none());
}

#[tokio::test]
async fn what_comes_from_outside_is_fetched_from_public_https_only() {
    let transport = ReqwestTransport::new().unwrap();
    for url in [
        "http://example.org/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "https://localhost/a",
        "https://169.254.169.254/latest",
    ] {
        let error = transport.fetch(url, &short()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.may_have_arrived()),
            (HttpErrorKind::Forbidden, false),
            "{url}"
        );
    }
    assert_eq!(
        transport
            .fetch("not a url", &short())
            .await
            .unwrap_err()
            .kind(),
        HttpErrorKind::Request
    );
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_when_it_is_resolved() {
    let error = PublicOnly
        .resolve("localhost".parse().unwrap())
        .await
        .err()
        .unwrap();
    assert!(error.is::<PrivateAddress>());
}

#[tokio::test]
async fn an_address_in_disguise_is_not_fetched() {
    let transport = ReqwestTransport::new().unwrap();
    for host in [
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
        "2130706433",
        "0x7f000001",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "169.254.43518",
        "public.example@127.1",
        "0",
        "LOCALHOST.",
    ] {
        let url = format!("https://{host}:1/latest/meta-data");
        let error = transport.fetch(&url, &short()).await.unwrap_err();
        let kind = error.kind();
        assert!(
            matches!(kind, HttpErrorKind::Forbidden | HttpErrorKind::Request),
            "{host}: {kind:?}"
        );
    }
}
