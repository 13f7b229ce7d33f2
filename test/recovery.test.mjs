// Connection state recovery: a client that was away for a moment gets what it missed, once, and nothing twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway, startGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, transports } from './lib/socketio.mjs'

const mappings = `
[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"

[[mapping]]
name = "by room"
topic = "house/{room}/{sensor}"
namespace = "/house"
event = "{sensor}"
room = "{room}"
direction = "mqtt_to_socketio"
`
const gateway = sharedGateway(mappings)

/** Cuts the client's connection below socket.io, as a network does. */
async function cut(client) {
  const gone = client.disconnected()
  client.manager.engine.close()
  await gone
}

/** Connects again, as the client does by itself after a while. */
async function comeBack(client) {
  client.socket.connect()
  await client.connected()
}

for (const transport of Object.keys(transports)) {
  test(`what came while a client was away follows, in order, without a replay (${transport})`, async (t) => {
    const device = await connectMQTT(t, gateway)
    const client = await connect(t, gateway, `/home/${transport}`, { transport })
    const publish = (sensor, n) => device.publish(`home/${transport}/${sensor}`, String(n))
    await publish('before', 0)
    await client.next()
    const { id } = client.socket

    await cut(client)
    await publish('a', 1)
    for (const n of [2, 3, 4]) await publish('b', n)
    await publish('c', 5)
    await comeBack(client)
    assert.deepEqual([client.socket.recovered, client.socket.id], [true, id])
    await publish('after', 6)
    assert.deepEqual(await client.take(6), [
      ['a', 1],
      ['b', 2],
      ['b', 3],
      ['b', 4],
      ['c', 5],
      ['after', 6],
    ])
  })

  test(`rooms and raw subscriptions are as they were (${transport})`, async (t) => {
    const device = await connectMQTT(t, gateway)
    const house = await connect(t, gateway, '/house', { transport })
    const room = `cellar-${transport}`
    assert.deepEqual(await house.ask('join', room), { ok: true })
    const raw = await connect(t, gateway, '/mqtt', { transport })
    assert.equal((await raw.ask('subscribe', `raw-${transport}/#`)).ok, true)
    // Whoever has received nothing yet has nothing to go on from.
    for (const topic of [`house/${room}/a`, `raw-${transport}/a`]) await device.publish(topic, '1')
    await Promise.all([house.next(), raw.next()])
    await Promise.all([cut(house), cut(raw)])
    for (const topic of [`house/${room}/b`, `raw-${transport}/b`]) await device.publish(topic, '2')
    await Promise.all([comeBack(house), comeBack(raw)])
    assert.deepEqual([house.socket.recovered, raw.socket.recovered], [true, true])
    for (const topic of [`house/${room}/c`, `raw-${transport}/c`]) await device.publish(topic, '3')
    assert.deepEqual(await house.take(2), [
      ['b', 2],
      ['c', 3],
    ])
    const topics = (await raw.take(2)).map(([, topic]) => topic)
    assert.deepEqual(topics, [`raw-${transport}/b`, `raw-${transport}/c`])
  })
}

test('after a power cut nothing is recovered, and the last values are replayed', async (t) => {
  const own = await startGateway(t, `[state]\nflush_interval = "200ms"\n${mappings}`)
  const device = await connectMQTT(t, own)
  const client = await connect(t, own, '/home/kitchen')
  await device.publish('home/kitchen/temp', '1')
  assert.deepEqual(await client.next(), ['temp', 1])
  await own.flushed()
  const gone = client.disconnected()
  await own.kill9()
  await gone
  await own.start()
  await comeBack(client)
  assert.equal(client.socket.recovered, false)
  const [name, value, meta] = await client.next('the replay')
  assert.deepEqual([name, value, meta.replayed], ['temp', 1, true])
})

test('a clean stop and start is survived like any other break', async (t) => {
  const own = await startGateway(t, mappings)
  const client = await connect(t, own, '/home/kitchen')
  const before = await connectMQTT(t, own)
  await before.publish('home/kitchen/a', '1')
  assert.deepEqual(await client.next(), ['a', 1])
  await cut(client)
  await before.publish('home/kitchen/b', '2')
  await own.restart()
  await comeBack(client)
  assert.equal(client.socket.recovered, true)
  const after = await connectMQTT(t, own)
  await after.publish('home/kitchen/c', '3')
  assert.deepEqual(await client.take(2), [
    ['b', 2],
    ['c', 3],
  ])
})

test('without recovery, events carry no offset', async (t) => {
  const plain = await startGateway(t, `[socketio]\nrecovery = "0s"\n${mappings}`)
  const device = await connectMQTT(t, plain)
  const client = await connect(t, plain, '/home/kitchen')
  const args = new Promise((resolve) => client.socket.on('temp', (...list) => resolve(list)))
  await device.publish('home/kitchen/temp', 'text')
  assert.deepEqual(await args, ['text'])
})
