//! Bare WebSocket framing (RFC 6455) without extensions, over borrowed bytes: a generator that has to read for ten thousand
//! sockets on one core cannot afford a buffer, a task and a copy for each of them. Headers are read and written by
//! tungstenite; whole connections of it are next door, in [`super::client`].

use color_eyre::eyre::{Result, bail};
use std::io::Cursor;
pub use tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tungstenite::protocol::frame::{FrameHeader, coding::CloseCode};

/// A frame above this size is an error of the server under test, not a reason to grow a buffer for ever.
const PAYLOAD_MAX: u64 = 16 * 1024 * 1024;

/// `Sec-WebSocket-Key` of every handshake. It only proves to a browser that the other side speaks WebSocket; a
/// generator learns that from the status line.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// One whole frame at the start of a buffer.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    pub opcode: OpCode,
    pub payload: &'a [u8],
    /// Bytes of the buffer that the frame takes, header included.
    pub size: usize,
}

impl Frame<'_> {
    /// The code of a close frame.
    pub fn close_code(&self) -> u16 {
        match self.payload {
            [high, low, ..] => u16::from_be_bytes([*high, *low]),
            _ => CloseCode::Status.into(),
        }
    }
}

/// The first frame of what a server sent, or `None` while it is not complete.
pub fn parse(bytes: &[u8]) -> Result<Option<Frame<'_>>> {
    let mut cursor = Cursor::new(bytes);
    let Some((header, length)) = FrameHeader::parse(&mut cursor)? else { return Ok(None) };
    if !header.is_final || header.rsv1 || header.rsv2 || header.rsv3 || header.mask.is_some() {
        bail!("a fragment, a masked frame or an unknown extension: {header:?}");
    }
    if length > PAYLOAD_MAX {
        bail!("frame of {length} bytes");
    }
    let start = usize::try_from(cursor.position())?;
    let size = start + usize::try_from(length)?;
    let payload = bytes.get(start..size);
    Ok(payload.map(|payload| Frame { opcode: header.opcode, payload, size }))
}

/// Appends a frame; clients must mask, servers must not. The value of a mask is free.
pub fn write(
    out: &mut Vec<u8>,
    opcode: OpCode,
    payload: &[u8],
    mask: Option<[u8; 4]>,
) -> Result<()> {
    let header = FrameHeader { opcode, mask, ..FrameHeader::default() };
    header.format(payload.len() as u64, out)?;
    match mask {
        None => out.extend_from_slice(payload),
        Some(mask) => {
            out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        }
    }
    Ok(())
}

/// The request that turns a connection into a WebSocket.
pub fn upgrade_request(host: &str, path: &str, cookie: Option<&str>) -> String {
    let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{cookie}\r\n"
    )
}

/// What is known of the answer to an upgrade request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handshake {
    Incomplete,
    Accepted {
        /// Bytes of the response's head, after which frames begin.
        head: usize,
    },
    Refused {
        status: u16,
    },
}

/// Reads the answer to an upgrade request.
pub fn handshake(bytes: &[u8]) -> Handshake {
    let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else { return Handshake::Incomplete };
    let head = String::from_utf8_lossy(&bytes[..end]);
    match head.split(' ').nth(1).and_then(|status| status.parse().ok()) {
        Some(101) => Handshake::Accepted { head: end + 4 },
        status => Handshake::Refused { status: status.unwrap_or_default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incomplete_frame_waits_for_more() -> Result<()> {
        let mut bytes = Vec::new();
        write(&mut bytes, OpCode::Data(Data::Text), &[b'x'; 300], None)?;
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end])?.is_none(), "{end} bytes");
        }
        assert_eq!(parse(&bytes)?.expect("complete").payload, [b'x'; 300]);
        Ok(())
    }

    #[test]
    fn fragments_and_unknown_opcodes_are_errors() {
        assert!(parse(&[0x01, 0x00]).is_err());
        assert!(parse(&[0x83, 0x00]).is_err());
        assert!(parse(&[0xc1, 0x00]).is_err());
    }

    #[test]
    fn only_status_101_is_a_websocket() {
        assert_eq!(handshake(b"HTTP/1.1 101 Switching\r\n"), Handshake::Incomplete);
        let accepted = handshake(b"HTTP/1.1 101 Switching\r\n\r\nrest");
        assert_eq!(accepted, Handshake::Accepted { head: 26 });
        let refused = handshake(b"HTTP/1.1 403 Forbidden\r\n\r\n");
        assert_eq!(refused, Handshake::Refused { status: 403 });
    }
}
