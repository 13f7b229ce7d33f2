// Bad input on the other doors: MQTT, long-polling, plain HTTP. It costs the connection that sends it, and nobody else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { dial } from './lib/raw.mjs'
import { connect } from './lib/socketio.mjs'

const limit = 64 << 10
const gateway = sharedGateway(`
[mqtt]
max_packet = "64KiB"

[socketio]
max_payload = "64KiB"

[[mapping]]
name = "stream"
topic = "stream/{name}"
namespace = "/stream/{name}"
event = "n"
`)

let streams = 0

/** Runs an attack between two messages of a good pair of clients, on connections that stand all the while. */
function betweenGood(name, attack) {
  test(name, async (t) => {
    const device = await connectMQTT(t, gateway)
    const stream = `stream/${streams++}`
    const good = await connect(t, gateway, `/${stream}`)
    await device.publish(stream, '"before"')
    await attack(t)
    await device.publish(stream, '"after"')
    assert.deepEqual(await good.take(2), [
      ['n', 'before'],
      ['n', 'after'],
    ])
    assert(gateway.alive, 'the gateway has ended')
  })
}

const bytes = (...list) => Buffer.from(list.flatMap((x) => (typeof x === 'string' ? [...Buffer.from(x)] : x)))
const connectV5 = bytes(0x10, 14, 0, 4, 'MQTT', 5, 2, 0, 60, 0, 0, 1, 'm')
const connectV4 = bytes(0x10, 13, 0, 4, 'MQTT', 4, 2, 0, 60, 0, 1, 'm')
const connack = (text) => text.startsWith('\x20')

const afterConnack = {
  'a SUBSCRIBE without its options byte': bytes(0x82, 6, 0, 1, 0, 0, 1, 'a'),
  'a SUBSCRIBE without a filter': bytes(0x82, 3, 0, 1, 0),
  'a SUBSCRIBE with wrong flags': bytes(0x80, 7, 0, 1, 0, 0, 1, 'a', 0),
  'an UNSUBSCRIBE that ends too early': bytes(0xa2, 5, 0, 1, 0, 0, 9),
  'a PUBLISH of QoS 3': bytes(0x36, 7, 0, 1, 'a', 0, 1, 0, 'x'),
  'a PUBLISH to a wildcard': bytes(0x30, 5, 0, 1, '#', 0, 'x'),
  'a PUBLISH whose topic is no UTF-8': bytes(0x30, 5, 0, 1, 0xff, 0, 'x'),
  'a PUBLISH whose topic is longer than the packet': bytes(0x30, 4, 0xff, 0xff, 'a', 0),
  'a PUBLISH with an alias that was never set': bytes(0x30, 6, 0, 0, 3, 0x23, 0, 5),
  'properties that are longer than the packet': bytes(0x30, 5, 0, 1, 'a', 0x7f, 'x'),
  'a second CONNECT': connectV5,
  'a packet type that is reserved': bytes(0x00, 0),
  'a length that never ends': bytes(0x30, 0xff, 0xff, 0xff, 0xff, 0xff),
  'a packet over max_packet': bytes(0x30, 0x80, 0x80, 0x80, 0x01),
}

for (const [what, packet] of Object.entries(afterConnack)) {
  betweenGood(`MQTT: ${what}`, async (t) => {
    const connection = await dial(t, gateway.mqttPort)
    await connection.send(connectV5).until(connack, 'CONNACK')
    await connection.send(packet).closed(what)
  })
}

const instead = {
  'random bytes': bytes(0xde, 0xad, 0xbe, 0xef, 0, 1, 2, 3),
  HTTP: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'a PUBLISH before CONNECT': bytes(0x30, 4, 0, 1, 'a', 'x'),
  'another protocol name': bytes(0x10, 13, 0, 4, 'MQXX', 4, 2, 0, 60, 0, 1, 'm'),
  'a version that is none': bytes(0x10, 13, 0, 4, 'MQTT', 9, 2, 0, 60, 0, 1, 'm'),
  'a CONNECT with the reserved flag': bytes(0x10, 13, 0, 4, 'MQTT', 4, 3, 0, 60, 0, 1, 'm'),
  'a CONNECT with a length of 256 MB': bytes(0x10, 0xff, 0xff, 0xff, 0x7f),
}

for (const [what, packet] of Object.entries(instead)) {
  betweenGood(`instead of CONNECT: ${what}`, async (t) => {
    const connection = await dial(t, gateway.mqttPort)
    await connection.send(packet).closed(what)
  })
}

betweenGood('MQTT: fifty connections that vanish in the middle of a packet', async (t) => {
  for (let i = 0; i < 50; i++) {
    const connection = await dial(t, gateway.mqttPort)
    connection.send(connectV4.subarray(0, i % connectV4.length)).socket.resetAndDestroy()
  }
})

/** Opens a long-polling session; returns what posts to it. */
async function polling() {
  const url = gateway.at('socket.io/?EIO=4&transport=polling')
  const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1))
  return (body, options) => fetch(`${url}&sid=${sid}`, { method: 'POST', body, ...options })
}

const separator = '\x1e'
const posts = {
  'no packet at all': ['', 400],
  'a type that is none': ['x', 400],
  'only separators': [separator.repeat(10), 400],
  'base64 that is none': ['b!!!!', 400],
  'a body over max_payload': ['4'.repeat(limit + 1), 413],
}

for (const [what, [body, status]] of Object.entries(posts)) {
  betweenGood(`polling: ${what}`, async () => {
    const post = await polling()
    assert.equal((await post(body)).status, status)
    assert.equal((await post('40/stream/x,')).status, 400, 'the session is gone')
  })
}

betweenGood('polling: a body over max_payload that does not say how long it is', async () => {
  const post = await polling()
  const chunks = new ReadableStream({
    pull(controller) {
      if ((this.sent = (this.sent ?? 0) + 1) > 20) controller.close()
      else controller.enqueue(Buffer.alloc(8 << 10, '4'))
    },
  })
  const status = await post(chunks, { duplex: 'half' }).then(
    (response) => response.status,
    (error) => error.cause?.code, // the gateway may hang up before it has read it all
  )
  assert([413, 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(status), `status ${status}`)
})

betweenGood('polling: sessions and requests that do not exist', async () => {
  const ask = async (query, options) => {
    const response = await fetch(gateway.at(`socket.io/?${query}`), options)
    return [response.status, (await response.json()).code]
  }
  assert.deepEqual(await ask('EIO=4&transport=polling&sid=nobody'), [400, 1])
  assert.deepEqual(await ask('EIO=4&transport=pigeon'), [400, 0])
  assert.deepEqual(await ask('EIO=4&transport=polling', { method: 'POST', body: 'x' }), [400, 2])
  assert.deepEqual(await ask('EIO=4&transport=websocket'), [400, 3])
  assert.deepEqual(await ask('EIO=9&transport=polling'), [400, 5])
})

betweenGood('HTTP: what is none, and headers without end', async (t) => {
  for (const text of [
    '\x16\x03\x01\x02',
    'GET / HTTP/9.9\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(1 << 20)}\r\n`,
  ]) {
    const connection = await dial(t, gateway.httpPort)
    await connection.send(`${text}\r\n\r\n`).closed(JSON.stringify(text.slice(0, 20)))
  }
})
