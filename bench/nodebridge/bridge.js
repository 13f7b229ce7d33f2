'use strict';
// What one would otherwise write in Node: MQTT to socket.io and back.
//
//   node bridge.js [--http 3000] [--mqtt 1883] [--rooms] [--external]
//
// --rooms     a message goes to the sockets that subscribed to its topic, not to everyone
// --external  use the broker at the MQTT port instead of an embedded one
const http = require('node:http');
const net = require('node:net');
const { parseArgs } = require('node:util');
const { Aedes } = require('aedes');
const mqtt = require('mqtt');
const { Server } = require('socket.io');

const { values: options } = parseArgs({
  options: {
    http: { type: 'string', default: '3000' },
    mqtt: { type: 'string', default: '1883' },
    rooms: { type: 'boolean', default: false },
    external: { type: 'boolean', default: false },
  },
});

// Both brokers call onMessage(topic, payload) for what devices publish, and return publish(topic, payload).
// The embedded one is the faster: no TCP and no second parse between broker and bridge.
async function embedded(onMessage) {
  const broker = await Aedes.createBroker();
  broker.on('publish', (packet, client) => {
    if (client) onMessage(packet.topic, packet.payload);
  });
  net.createServer(broker.handle).listen(Number(options.mqtt), '127.0.0.1');
  return (topic, payload) => broker.publish({ cmd: 'publish', topic, payload, qos: 0, retain: false }, () => {});
}

async function external(onMessage) {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${options.mqtt}`);
  client.on('message', onMessage);
  await client.subscribeAsync('bench/#');
  return (topic, payload) => client.publish(topic, payload);
}

async function main() {
  const server = http.createServer();
  const io = new Server(server);
  const deliver = (topic, payload) => {
    const to = options.rooms ? io.to(topic) : io;
    to.emit('message', topic, payload.toString());
  };
  const publish = await (options.external ? external : embedded)(deliver);
  io.on('connection', (socket) => {
    socket.on('subscribe', (topic, ack) => {
      socket.join(topic);
      ack?.({ ok: true });
    });
    socket.on('publish', (topic, payload) => publish(topic, payload));
  });
  server.listen(Number(options.http), '127.0.0.1');
}

main();
