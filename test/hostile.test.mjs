// Bad input costs the connection that sends it, and nobody else: the process lives, and a good client that counts a steady
// stream meanwhile misses nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { engineSocket, frame } from './lib/raw.mjs'
import { connect } from './lib/socketio.mjs'

const gateway = sharedGateway(`
[[mapping]]
name = "stream"
topic = "stream/{name}"
namespace = "/stream/{name}"
event = "n"

[[mapping]]
name = "transformed"
topic = "deep/{name}"
namespace = "/deep"
event = "{name}"
transform = "payload"
transform_in = "payload"
`)
let streams = 0

/** A test whose attack runs while a stream of numbers goes from an MQTT client to a socket.io client. */
function whileCounting(name, attack) {
  test(name, async (t) => {
    const stream = `stream/${streams++}`
    const device = await connectMQTT(t, gateway)
    const good = await connect(t, gateway, `/${stream}`)
    let stopped = false
    const publishing = (async () => {
      let n = 0
      for (; !stopped || n < 50; n++) {
        await device.publish(stream, String(n))
        await new Promise(setImmediate)
      }
      return n
    })()
    publishing.catch(() => {}) // for when the attack fails first
    try {
      await attack(t)
    } finally {
      stopped = true
    }
    const total = await publishing
    const numbers = (await good.take(total, 'number')).map(([, n]) => n)
    assert.deepEqual(numbers, [...Array(total).keys()])
    assert(gateway.alive, 'the gateway has ended')
  })
}

const namespace = '/stream/bad'
const to = `${namespace},` // in front of a packet's data

const afterConnect = {
  'a bare event': '42',
  'an event that is no list': '421',
  'a binary event with a torn header': '450-',
  'the same in its namespace': `450-${to}`,
  'a binary event without its number': `45${to}["n"]`,
  'an event that is an object': `42${to}{}`,
  'an event without a name': `42${to}[]`,
  'an event whose name is null': `42${to}[null]`,
  'JSON that ends too early': `42${to}["n",{"a":`,
  'JSON with more behind it': `42${to}["n"]]`,
  'a reserved event': `42${to}["disconnecting"]`,
  'an ack without a number': `43${to}[1]`,
  'an ack that is no list': `43${to}1{}`,
  'a packet type that is none': `49${to}["n"]`,
  'an engine packet type that is none': '9',
  'a letter': 'x',
  'an id that is too large for any integer': `42${to}99999999999999999999["n"]`,
  'more attachments than allowed': `451000-${to}["n"]`,
  'a placeholder that points nowhere': [`451-${to}["n",{"_placeholder":true,"num":7}]`, frame('abc', { opcode: 2 })],
  'a placeholder with a number that is none': [
    `451-${to}["n",{"_placeholder":true,"num":-1}]`,
    frame('abc', { opcode: 2 }),
  ],
  'text where an attachment is due': [`451-${to}["n",{"_placeholder":true,"num":0}]`, `42${to}["n",1]`],
  'an attachment that nobody announced': [frame('abc', { opcode: 2 })],
  'a CONNECT to a namespace of 100 kB': `40/${'n'.repeat(100_000)},`,
  'an event in a namespace of 100 kB': `42/${'n'.repeat(100_000)},["n"]`,
  'lists in lists, 100,000 deep': `42${to}["n",${'['.repeat(100_000)}${']'.repeat(100_000)}]`,
  'objects in objects, 100,000 deep': `42${to}["n",${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}]`,
}

for (const [what, packet] of Object.entries(afterConnect)) {
  whileCounting(`socket.io: ${what}`, async (t) => {
    const connection = await engineSocket(t, gateway, namespace)
    for (const part of [packet].flat()) connection.send(typeof part === 'string' ? frame(part) : part)
    await connection.closed(what)
  })
}

const event = `42${to}["n",1]`
const frames = {
  'invalid UTF-8': frame(Buffer.from([0x34, 0x32, 0x5b, 0x22, 0xff, 0xfe, 0x22, 0x5d])),
  'a frame without mask': frame(event, { masked: false }),
  'reserved bits': frame(event, { reserved: 7 }),
  'an opcode that is none': frame(event, { opcode: 3 }),
  'a continuation of nothing': frame(event, { opcode: 0 }),
  'a fragmented ping': frame('x', { opcode: 9, fin: false }),
  'a ping of 200 bytes': frame('x'.repeat(200), { opcode: 9 }),
  'a close frame of one byte': frame('x', { opcode: 8 }),
  'a frame that says it has 4 GB': frame(event, { length: 2 ** 32 }),
  'a frame with the highest bit of the length set': Buffer.from([0x81, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]),
  'a megabyte in fragments, and more': Buffer.concat([
    frame(`42${to}["n","`, { fin: false }),
    ...Array.from({ length: 20 }, () => frame('x'.repeat(64 << 10), { opcode: 0, fin: false })),
  ]),
}

for (const [what, bytes] of Object.entries(frames)) {
  whileCounting(`websocket: ${what}`, async (t) => {
    const connection = await engineSocket(t, gateway, namespace)
    await connection.send(bytes).closed(what)
  })
}

whileCounting('rubbish from fifty connections that vanish without a word', async (t) => {
  for (let i = 0; i < 50; i++) {
    const connection = await engineSocket(t, gateway, i % 2 ? namespace : undefined)
    connection.send(frame(event).subarray(0, i % 12))
    connection.socket.resetAndDestroy()
  }
})

whileCounting('JSON that is too deep for an expression is refused, and the client stays', async (t) => {
  const client = await connect(t, gateway, '/deep')
  let deep = 1
  for (let i = 0; i < 2000; i++) deep = [deep]
  const { ok, error } = await client.ask('x', deep)
  assert.deepEqual([ok, error?.code], [false, 'invalid'])
  const device = await connectMQTT(t, gateway)
  await device.publish('deep/y', '['.repeat(2000) + ']'.repeat(2000))
  await device.publish('deep/z', '[1]')
  assert.deepEqual(await client.next('what is not too deep'), ['z', [1]])
})
