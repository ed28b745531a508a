//! A keep-alive HTTP/1.1 client that costs as little as possible, so that the server is what is
//! measured: one buffer per connection, no allocation per request, bodies read and dropped.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use serde_json::Value;
use tokio::net::TcpStream;

/// Larger than what a socket usually holds, so that a body takes few calls.
const BUFFER_BYTES: usize = 256 * 1024;

/// A request ready to be sent, and the status that its answer must have.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    status: u16,
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    head: String,
    /// The content.
    pub(crate) body: Vec<u8>,
}

/// The first bytes of an answer in the buffer.
struct Beginning {
    status: u16,
    head_bytes: usize,
    body_bytes: usize,
    received_bytes: usize,
}

impl Request {
    /// A request for what stands at this path.
    pub(crate) fn get(address: SocketAddr, path: &str) -> Self {
        Self::new("GET", address, path, "", 200)
    }

    /// As [`Request::get`], from somebody who is logged in.
    pub(crate) fn get_as(address: SocketAddr, path: &str, token: &str) -> Self {
        Self::new("GET", address, path, &format!("Authorization: Bearer {token}\r\n"), 200)
    }

    /// A request with JSON that answers with this status.
    pub(crate) fn json(
        method: &str,
        address: SocketAddr,
        (path, status): (&str, u16),
        token: Option<&str>,
        body: &Value,
    ) -> Self {
        let caller = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        Self::with_content(method, address, (path, status), &caller, body)
    }

    /// As [`Request::get`], from a client that already holds what `entity_tag` stands for.
    pub(crate) fn get_if_changed(address: SocketAddr, path: &str, entity_tag: &str) -> Self {
        Self::new("GET", address, path, &format!("If-None-Match: {entity_tag}\r\n"), 304)
    }

    /// As [`Request::get`], from a client that takes brotli.
    pub(crate) fn get_compressed(address: SocketAddr, path: &str) -> Self {
        Self::new("GET", address, path, "Accept-Encoding: br\r\n", 200)
    }

    /// As [`Request::get`], for a part of it (RFC 9110, section 14).
    pub(crate) fn get_part(address: SocketAddr, path: &str, range: &str) -> Self {
        Self::new("GET", address, path, &format!("Range: {range}\r\n"), 206)
    }

    /// A request to do what stands at this path, which answers without content.
    pub(crate) fn post(address: SocketAddr, path: &str) -> Self {
        Self::new("POST", address, path, "Content-Length: 0\r\n", 204)
    }

    /// A request with content, after more header lines that each end with CR LF.
    pub(crate) fn post_json(address: SocketAddr, path: &str, headers: &str, content: &Value) -> Self {
        Self::with_content("POST", address, (path, 200), headers, content)
    }

    fn with_content(
        method: &str,
        address: SocketAddr,
        (path, status): (&str, u16),
        headers: &str,
        content: &Value,
    ) -> Self {
        let content = content.to_string();
        let length = content.len();
        let headers = format!("{headers}Content-Type: application/json\r\nContent-Length: {length}\r\n");
        let mut request = Self::new(method, address, path, &headers, status);
        request.bytes.extend(content.into_bytes());
        request
    }

    fn new(method: &str, address: SocketAddr, path: &str, headers: &str, status: u16) -> Self {
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: kangtu-bench\r\n\
             Accept: application/geo+json, application/json\r\n{headers}\r\n"
        );
        Self { bytes: text.into_bytes(), status }
    }
}

impl Request {
    fn must_have(&self, status: u16) -> anyhow::Result<()> {
        let sent = String::from_utf8_lossy(&self.bytes);
        ensure!(status == self.status, "the server answered {status} to {sent}");
        Ok(())
    }
}

impl Answer {
    /// The value of a header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        header(&self.head, name).unwrap_or_default()
    }
}

impl Connection {
    /// Connects to a server.
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("the server does not accept connections")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; BUFFER_BYTES] })
    }

    /// Sends a request and drops its answer, once that has arrived whole.
    pub(crate) async fn send(&mut self, request: &Request) -> anyhow::Result<()> {
        let beginning = self.begin(request).await?;
        request.must_have(beginning.status)?;
        let mut missing_bytes =
            (beginning.head_bytes + beginning.body_bytes).saturating_sub(beginning.received_bytes);
        while missing_bytes > 0 {
            missing_bytes = missing_bytes.saturating_sub(self.receive(0).await?);
        }
        Ok(())
    }

    /// Sends a request and keeps its answer.
    pub(crate) async fn fetch(&mut self, request: &Request) -> anyhow::Result<Answer> {
        let answer = self.fetch_any(request).await?;
        request.must_have(answer.status)?;
        Ok(answer)
    }

    /// As [`Connection::fetch`], whatever the status.
    pub(crate) async fn fetch_any(&mut self, request: &Request) -> anyhow::Result<Answer> {
        let Beginning { status, head_bytes, body_bytes, received_bytes } = self.begin(request).await?;
        let received = self.buffer.get(..received_bytes).unwrap_or_default();
        let (head, body) = received.split_at_checked(head_bytes).unwrap_or_default();
        let (head, mut body) = (String::from_utf8_lossy(head).into_owned(), body.to_vec());
        while body.len() < body_bytes {
            let more = self.receive(0).await?;
            body.extend_from_slice(self.buffer.get(..more).unwrap_or_default());
        }
        Ok(Answer { status, head, body })
    }

    async fn begin(&mut self, request: &Request) -> anyhow::Result<Beginning> {
        self.transmit(&request.bytes).await?;
        let mut received_bytes = 0;
        loop {
            received_bytes += self.receive(received_bytes).await?;
            let received = self.buffer.get(..received_bytes).unwrap_or_default();
            let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(received.get(..end).unwrap_or_default())?;
            let status: u16 = head.get(9..12).unwrap_or_default().parse()?;
            let has_body = !matches!(status, 204 | 304);
            let body_bytes = match header(head, "content-length").filter(|_| has_body) {
                Some(length) => length.parse()?,
                None if has_body => anyhow::bail!("an answer does not tell its length"),
                None => 0,
            };
            return Ok(Beginning { status, head_bytes: end + 4, body_bytes, received_bytes });
        }
    }

    async fn transmit(&self, mut bytes: &[u8]) -> anyhow::Result<()> {
        while !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    self.stream.writable().await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn receive(&mut self, from: usize) -> anyhow::Result<usize> {
        loop {
            match self.stream.try_read(self.buffer.get_mut(from..).unwrap_or_default()) {
                Ok(0) => anyhow::bail!("the server closed the connection"),
                Ok(received) => return Ok(received),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    self.stream.readable().await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
