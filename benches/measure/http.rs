//! As much of HTTP as a phone needs, on a connection that is kept.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::TcpStream;

/// A connection to the kiosk.
pub struct Connection(BufStream<TcpStream>);

/// An answer.
pub struct Answer {
    pub status: u16,
    pub cookies: Vec<String>,
    pub body: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufStream::new(stream)))
    }

    /// A check-in by the JSON interface; answers with the status.
    pub async fn check_in(&mut self, code: &str, number: &str) -> std::io::Result<u16> {
        let body = format!(
            r#"{{"code":"{code}","admission_number":"{number}","student_name":"Somebody New"}}"#
        );
        let kind = "Content-Type: application/json\r\n";
        let answer = self.send("POST", "/api/check-ins", kind, &body).await?;
        Ok(answer.status)
    }

    /// One request; `headers` are whole lines.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> std::io::Result<Answer> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Length: {}\r\n\r\n",
            body.len()
        );
        self.0.write_all(head.as_bytes()).await?;
        self.0.write_all(body.as_bytes()).await?;
        self.0.flush().await?;
        let mut line = String::new();
        self.0.read_line(&mut line).await?;
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        let mut length = 0;
        let mut cookies = Vec::new();
        loop {
            line.clear();
            self.0.read_line(&mut line).await?;
            let Some((name, value)) = line.trim().split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "set-cookie" => {
                    let cookie = value.split(';').next().unwrap_or_default();
                    cookies.push(cookie.trim().to_owned());
                }
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await?;
        Ok(Answer {
            status,
            cookies,
            body,
        })
    }
}
