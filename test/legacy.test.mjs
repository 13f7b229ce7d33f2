// The clients of years past: socket.io-client 2.5 (Engine.IO 3) and 3.1, with their own transports.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import io2 from 'socket.io-client-2'
import { io as io3 } from 'socket.io-client-3'
import { sharedGateway } from './lib/gateway.mjs'
import { subscribe } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { transports } from './lib/socketio.mjs'
import { Inbox, within } from './lib/wait.mjs'

const gateway = sharedGateway(`
[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"
`)
const clients = { 2.5: io2, 3.1: io3 }

/** An old client that is not yet connected. */
function openOld(t, io, namespace, transport) {
  const url = new URL(namespace, gateway.url).href
  const socket = io(url, { transports: transports[transport], forceNew: true, reconnection: false, autoConnect: false })
  t.after(() => socket.io.engine?.close())
  return socket
}

/** Connects an old client; the names are events that go to its inbox. */
async function connectOld(t, io, namespace, transport, names) {
  const socket = openOld(t, io, namespace, transport)
  const inbox = new Inbox(`the old ${transport} client`)
  for (const name of names) socket.on(name, (...args) => inbox.push([name, ...args]))
  const connected = new Promise((resolve) => socket.on('connect', resolve))
  const upgraded = new Promise((resolve) => socket.io.on('open', () => socket.io.engine.once('upgrade', resolve)))
  socket.connect()
  await within(
    Promise.all([connected, transport === 'upgrade' && upgraded]),
    `a ${transport} client to connect to ${namespace}`,
  )
  const ask = (...event) => within(new Promise((resolve) => socket.emit(...event, resolve)), `the ack of ${event[0]}`)
  if (namespace !== '/mqtt') await ask('leave', 'a room it is not in') // its answer follows the last values
  return { next: (what) => inbox.next(what), ask }
}

const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))

for (const [version, io] of Object.entries(clients)) {
  for (const transport of Object.keys(transports)) {
    test(`socket.io-client ${version} over ${transport}: events, acks and binary, both ways`, async (t) => {
      const room = `v${version}-${transport}`.replace('.', '-')
      const device = await connectMQTT(t, gateway)
      await device.publish(`home/${room}/temp`, '20')
      const client = await connectOld(t, io, `/home/${room}`, transport, ['temp', 'raw', 'text'])
      const [, value, meta] = await client.next('the last value')
      assert.deepEqual([value, meta.replayed], [20, true])
      for (const [sensor, payload, argument] of [
        ['temp', '21.5', 21.5],
        ['text', 'Küche 火 🔥', 'Küche 火 🔥'],
        ['raw', bytes, bytes],
        ['temp', '', null],
      ]) {
        await device.publish(`home/${room}/${sensor}`, payload)
        const [name, got] = await client.next(sensor)
        assert.deepEqual([name, Buffer.isBuffer(got) ? Buffer.from(got) : got], [sensor, argument])
      }
      const subscriber = await subscribe(t, gateway, `home/${room}/back`)
      for (const [argument, payload] of [
        ['Küche 🔥', Buffer.from('Küche 🔥')],
        [{ a: 1 }, Buffer.from('{"a":1}')],
        [bytes, bytes],
      ]) {
        assert.deepEqual(await client.ask('back', argument), { ok: true })
        assert.deepEqual((await subscriber.next()).payload, payload)
      }
      const refused = await client.ask('back', 1, 2)
      assert.deepEqual([refused.ok, refused.error?.code], [false, 'invalid'])
    })

    test(`socket.io-client ${version} over ${transport}: the raw bus`, async (t) => {
      const client = await connectOld(t, io, '/mqtt', transport, ['message'])
      const topic = `raw/${version}/${transport}`
      assert.equal((await client.ask('subscribe', topic)).ok, true)
      assert.deepEqual(await client.ask('publish', topic, 'hello', { qos: 1 }), { ok: true })
      const [, at, payload, meta] = await client.next()
      assert.deepEqual([at, payload, meta.qos, meta.replayed], [topic, 'hello', 1, false])
    })
  }

  test(`socket.io-client ${version}: a namespace that no rule makes is refused`, async (t) => {
    const socket = openOld(t, io, '/nowhere', 'websocket')
    const refusal = new Promise((resolve) => {
      for (const name of ['connect_error', 'error']) socket.on(name, resolve) // 3, and 2
    })
    socket.connect()
    const error = await within(refusal, 'the refusal')
    assert.match(String(error.message ?? error), /Invalid namespace/)
  })
}

test('a client that sends EIO=3 and names no transport gets long-polling', async () => {
  const response = await fetch(gateway.at('socket.io/?EIO=3'))
  assert.equal(response.status, 200)
  const body = Buffer.from(await response.arrayBuffer()).toString('latin1')
  assert.match(body, /0\{"sid":"/)
})
