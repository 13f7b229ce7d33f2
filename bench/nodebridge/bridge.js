'use strict';
// What one would otherwise write in Node: MQTT to socket.io and back.
//
//   node [--expose-gc] bridge.js [--http 3000] [--mqtt 1883] [--rooms] [--external] [--count]
//
// --rooms     a message goes to the sockets that subscribed to its topic, not to everyone
// --external  use the broker at the MQTT port instead of an embedded one
// --count     no broker at all: publish events are counted, and GET /count returns how many
//
// GET /metrics tells the memory in use, after a garbage collection with --expose-gc.
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
    count: { type: 'boolean', default: false },
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

let counted = 0;

const counting = () => (topic, payload) => {
  if (typeof topic === 'string' && typeof payload === 'string') counted += 1;
};

function memory() {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return `nodejs_heap_size_used_bytes ${heapUsed}\nnodejs_external_memory_bytes ${external}\n`;
}

function plain(request, response) {
  const pages = { '/count': () => String(counted), '/metrics': memory };
  const page = pages[request.url];
  response.writeHead(page ? 200 : 404).end(page?.());
}

function broker(onMessage) {
  if (options.count) return counting();
  return options.external ? external(onMessage) : embedded(onMessage);
}

async function main() {
  const server = http.createServer(plain);
  const io = new Server(server);
  const deliver = (topic, payload) => {
    const to = options.rooms ? io.to(topic) : io;
    to.emit('message', topic, payload.toString());
  };
  const publish = await broker(deliver);
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
