// uWebSockets.js: one room, native publish. Stores nothing, knows nobody.
'use strict';
const uws = require('@trufflesuite/uws-js-unofficial');

const app = uws.App();
app.ws('/ws', {
  // The load generator is silent in an idle test; a server with sessions would ping instead.
  idleTimeout: 0,
  maxPayloadLength: 64 * 1024,
  open(socket) {
    socket.subscribe('room');
    socket.send('hi');
  },
  message(_socket, message) {
    app.publish('room', Buffer.from(message).toString(), false);
  },
});
app.listen('127.0.0.1', 0, (listener) => {
  console.error(`listening on http://127.0.0.1:${uws.us_socket_local_port(listener)}`);
});
