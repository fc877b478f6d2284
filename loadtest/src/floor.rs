//! The floor: what the kernel alone takes to hand the same bytes to the same number of sockets.
//!
//! A child process of this program accepts the generator's connections and answers their handshake by rote. Whatever
//! text a socket then sends, it `send`s to all of them, one system call each, from one thread: no library, no
//! storage, no coalescing. A server that takes less per delivery has written several messages at once.

use crate::net::ws::{self, Opcode};
use color_eyre::eyre::{ContextCompat, Result};
use std::{
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, mpsc},
    thread,
};

/// The child process. It runs until it is killed.
pub fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    let everybody = Arc::new(Mutex::new(Vec::new()));
    let (senders, first) = mpsc::channel();
    let joining = Arc::clone(&everybody);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let Ok(stream) = welcome(stream) else { continue };
            // Only the first socket sends, so only the first is read.
            if let Ok(reader) = stream.try_clone() {
                let _later_ones = senders.send(reader);
            }
            if let Ok(mut everybody) = joining.lock() {
                everybody.push(stream);
            }
        }
    });
    let sender = first.recv()?;
    relay(sender, &everybody)
}

fn welcome(mut stream: TcpStream) -> Result<TcpStream> {
    stream.set_nodelay(true)?;
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    while memchr::memmem::find(&head, b"\r\n\r\n").is_none() {
        match stream.read(&mut chunk)? {
            0 => return None.wrap_err("gone"),
            count => head.extend_from_slice(&chunk[..count]),
        }
    }
    let mut answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                       Connection: Upgrade\r\n\r\n"
        .to_vec();
    ws::write_server(&mut answer, Opcode::Text, b"hi");
    stream.write_all(&answer)?;
    Ok(stream)
}

fn relay(mut sender: TcpStream, everybody: &Mutex<Vec<TcpStream>>) -> Result<()> {
    let mut buffer = Vec::new();
    let mut chunk = [0; 64 * 1024];
    let mut out = Vec::new();
    loop {
        while let Some(frame) = ws::parse(&buffer)? {
            let size = frame.size;
            out.clear();
            ws::write_server(&mut out, Opcode::Text, &frame.unmasked());
            buffer.drain(..size);
            if let Ok(mut everybody) = everybody.lock() {
                // Whoever is gone is not sent to again.
                everybody.retain_mut(|stream| stream.write_all(&out).is_ok());
            }
        }
        match sender.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(count) => buffer.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}
