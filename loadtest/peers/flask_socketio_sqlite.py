"""Flask-SocketIO: one room, each message inserted into SQLite before it is sent on.

As it comes it serves each socket with a thread (Werkzeug). PEER_ASYNC_MODE=gevent serves them with gevent instead,
which its documentation recommends for production.
"""

import os

MODE = os.environ.get("PEER_ASYNC_MODE", "threading")
if MODE == "gevent":
    from gevent import monkey

    monkey.patch_all()

import logging
import sqlite3
import sys
import threading

from flask import Flask
from flask_socketio import SocketIO, join_room

store = sqlite3.connect(
    os.path.join(os.environ["PEER_DATA_DIR"], "chat.db"), check_same_thread=False
)
store.execute("PRAGMA journal_mode = WAL")
store.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
one_at_a_time = threading.Lock()

logging.getLogger("werkzeug").setLevel(logging.ERROR)
app = Flask(__name__)
socketio = SocketIO(app, async_mode=MODE)


@socketio.on("connect")
def connect():
    join_room("room")


@socketio.on("message")
def message(text):
    # Storing and sending under one lock, or two threads could send in another order than they stored.
    with one_at_a_time:
        with store:
            store.execute("INSERT INTO message (text) VALUES (?)", (text,))
        socketio.emit("message", text, to="room")


def say_where(port):
    print(f"listening on http://127.0.0.1:{port}", file=sys.stderr, flush=True)


if MODE == "gevent":
    from gevent import pywsgi
    from geventwebsocket.handler import WebSocketHandler

    server = pywsgi.WSGIServer(
        ("127.0.0.1", 0), app, handler_class=WebSocketHandler, log=None, error_log=None
    )
    server.start()
    say_where(server.server_port)
else:
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app, threaded=True)
    say_where(server.port)
server.serve_forever()
