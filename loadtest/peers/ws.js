// ws: one room, a loop over its members. Stores nothing, knows nobody.
'use strict';
const { WebSocketServer } = require('ws');

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.send('hi');
  socket.on('error', () => {});
  socket.on('message', (data) => {
    const text = data.toString();
    for (const member of server.clients) {
      member.send(text);
    }
  });
});
server.on('listening', () => {
  console.error(`listening on http://127.0.0.1:${server.address().port}`);
});
