//! Peers that send every text they get to everybody: ws, uWebSockets.js and the floor. They greet with `hi`.

use super::{Delivery, Incoming, MARK, Wire, digits, literal, text};
use color_eyre::eyre::{Result, eyre};

pub struct Plain;

impl Wire for Plain {
    fn join(&self, _room: usize, _after: u64) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }

    fn send(&mut self, _room: usize, index: u64, bytes: usize, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(text(index, bytes).as_bytes());
        Ok(())
    }

    fn read(&self, frame: &[u8], sink: &mut Vec<Delivery>) -> Result<Incoming> {
        if frame == b"hi" {
            return Ok(Incoming::Joined { through: 0 });
        }
        let mut at = 0;
        literal(frame, &mut at, MARK)
            .and_then(|()| digits(frame, &mut at))
            .map(|index| sink.push(Delivery { number: index + 1, index }))
            .ok_or_else(|| eyre!("unexpected text: {}", String::from_utf8_lossy(frame)))?;
        Ok(Incoming::Deliveries { room: 0, range: None })
    }
}
