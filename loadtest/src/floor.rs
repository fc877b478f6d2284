//! The floor: what the kernel alone takes to hand the same bytes to the same number of sockets.
//!
//! A child process of this program accepts the generator's connections. Whatever text the first socket then sends, it
//! `send`s to all of them, one system call each, from one thread: no library, no storage, no coalescing. A server that
//! takes less per delivery has written several messages at once.

use crate::net::ws::{self, Data, OpCode};
use color_eyre::eyre::Result;
use std::{
    io::Write,
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, mpsc},
    thread,
};
use tungstenite::{Message, WebSocket, accept};

/// The child process. It runs until it is killed.
pub fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    let everybody = Arc::new(Mutex::new(Vec::new()));
    let (senders, first) = mpsc::channel();
    let joining = Arc::clone(&everybody);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let Ok((socket, stream)) = welcome(stream) else { continue };
            // Only the first socket sends, so only the first is read.
            let _later_ones = senders.send(socket);
            if let Ok(mut everybody) = joining.lock() {
                everybody.push(stream);
            }
        }
    });
    relay(first.recv()?, &everybody)
}

fn welcome(stream: TcpStream) -> Result<(WebSocket<TcpStream>, TcpStream)> {
    stream.set_nodelay(true)?;
    let bare = stream.try_clone()?;
    let mut socket = accept(stream)?;
    socket.send(Message::text("hi"))?;
    Ok((socket, bare))
}

fn relay(mut sender: WebSocket<TcpStream>, everybody: &Mutex<Vec<TcpStream>>) -> Result<()> {
    let mut out = Vec::new();
    loop {
        let Message::Text(text) = sender.read()? else { continue };
        out.clear();
        ws::write(&mut out, OpCode::Data(Data::Text), text.as_bytes(), None)?;
        if let Ok(mut everybody) = everybody.lock() {
            // Whoever is gone is not sent to again.
            everybody.retain_mut(|stream| stream.write_all(&out).is_ok());
        }
    }
}
