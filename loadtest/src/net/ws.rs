//! WebSocket framing (RFC 6455) without extensions, over borrowed bytes: a generator that has to read for ten thousand
//! sockets on one core cannot afford a buffer, a task and a copy for each of them.

use color_eyre::eyre::{Result, bail};

/// A frame above this size is an error of the server under test, not a reason to grow a buffer for ever.
const PAYLOAD_MAX: u64 = 16 * 1024 * 1024;

/// `Sec-WebSocket-Key` of every handshake. It only proves to a browser that the other side speaks WebSocket; a
/// generator learns that from the status line.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    fn number(self) -> u8 {
        match self {
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }
}

/// One whole frame at the start of a buffer.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    pub opcode: Opcode,
    pub payload: &'a [u8],
    /// Present on frames from a client.
    pub mask: Option<[u8; 4]>,
    /// Bytes of the buffer that the frame takes, header included.
    pub size: usize,
}

impl Frame<'_> {
    /// The payload of a client's frame as it was meant.
    pub fn unmasked(&self) -> Vec<u8> {
        let mask = self.mask.unwrap_or_default();
        self.payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect()
    }

    /// The code of a close frame; 1005 stands for "none was given".
    pub fn close_code(&self) -> u16 {
        match self.payload {
            [high, low, ..] => u16::from_be_bytes([*high, *low]),
            _ => 1005,
        }
    }
}

/// The first frame of `bytes`, or `None` while it is not complete.
pub fn parse(bytes: &[u8]) -> Result<Option<Frame<'_>>> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    if first & 0b1111_0000 != 0b1000_0000 {
        bail!("fragmented frame or unknown extension: first byte {first:#04x}");
    }
    let opcode = match first & 0b1111 {
        1 => Opcode::Text,
        2 => Opcode::Binary,
        8 => Opcode::Close,
        9 => Opcode::Ping,
        10 => Opcode::Pong,
        other => bail!("unexpected opcode {other}"),
    };
    let (length, rest) = match (second & 0b0111_1111, rest) {
        (126, [a, b, rest @ ..]) => (u64::from(u16::from_be_bytes([*a, *b])), rest),
        (127, [a, b, c, d, e, f, g, h, rest @ ..]) => {
            (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), rest)
        }
        (126 | 127, _) => return Ok(None),
        (short, rest) => (u64::from(short), rest),
    };
    if length > PAYLOAD_MAX {
        bail!("frame of {length} bytes");
    }
    let length = usize::try_from(length)?;
    let (mask, rest) = match (second & 0b1000_0000 != 0, rest) {
        (false, rest) => (None, rest),
        (true, [a, b, c, d, rest @ ..]) => (Some([*a, *b, *c, *d]), rest),
        (true, _) => return Ok(None),
    };
    let header = bytes.len() - rest.len();
    Ok(rest.get(..length).map(|payload| Frame { opcode, payload, mask, size: header + length }))
}

/// Appends a client's frame. Clients must mask; the value of the mask is free.
pub fn write_client(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8], mask: [u8; 4]) {
    write_header(out, opcode, payload.len(), 0b1000_0000);
    out.extend_from_slice(&mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// Appends a server's frame.
pub fn write_server(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    write_header(out, opcode, payload.len(), 0);
    out.extend_from_slice(payload);
}

fn write_header(out: &mut Vec<u8>, opcode: Opcode, length: usize, mask_bit: u8) {
    out.push(0b1000_0000 | opcode.number());
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..=125), _) => out.push(mask_bit | short),
        (_, Ok(medium)) => {
            out.push(mask_bit | 126);
            out.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            out.push(mask_bit | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
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
    fn a_frame_of_every_length_class_survives_the_round_trip() -> Result<()> {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let payload: Vec<u8> =
                (0..length).map(|i| u8::try_from(i % 251).unwrap_or(0)).collect();
            let mut bytes = Vec::new();
            write_client(&mut bytes, Opcode::Text, &payload, [1, 2, 3, 4]);
            let size = bytes.len();
            bytes.extend_from_slice(b"next");
            let frame = parse(&bytes)?.expect("complete");
            assert_eq!((frame.size, frame.unmasked()), (size, payload.clone()));

            let mut bytes = Vec::new();
            write_server(&mut bytes, Opcode::Text, &payload);
            assert_eq!(parse(&bytes)?.expect("complete").payload, payload);
        }
        Ok(())
    }

    #[test]
    fn an_incomplete_frame_waits_for_more() -> Result<()> {
        let mut bytes = Vec::new();
        write_server(&mut bytes, Opcode::Text, &[b'x'; 300]);
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end])?.is_none(), "{end} bytes");
        }
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
        assert_eq!(
            handshake(b"HTTP/1.1 101 Switching\r\n\r\nrest"),
            Handshake::Accepted { head: 26 }
        );
        assert_eq!(
            handshake(b"HTTP/1.1 403 Forbidden\r\n\r\n"),
            Handshake::Refused { status: 403 }
        );
    }
}
