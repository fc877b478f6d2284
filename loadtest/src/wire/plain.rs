//! Servers that send every text they get to everybody, as the floor does. They greet with `hi`.

use super::{Incoming, Wire, text};
use color_eyre::eyre::Result;

pub struct Plain;

impl Wire for Plain {
    fn send(&mut self, _room: usize, index: u64, bytes: usize, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(text(index, bytes).as_bytes());
        Ok(())
    }

    fn read(&mut self, frame: &[u8]) -> Result<Incoming> {
        if frame == b"hi" {
            Ok(Incoming::Joined { through: 0 })
        } else {
            Incoming::unnumbered(frame)
        }
    }
}
