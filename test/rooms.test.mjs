// Rooms and dynamic namespaces: who hears what.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway } from './lib/gateway.mjs'
import { subscribe } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, open, transports } from './lib/socketio.mjs'

const gateway = sharedGateway(`
[[mapping]]
name = "by room"
topic = "house/{room}/{sensor}"
namespace = "/house"
event = "{sensor}"
room = "{room}"
direction = "mqtt_to_socketio"
meta = "always"

[[mapping]]
name = "for all"
topic = "alarm/{kind}"
namespace = "/house"
event = "{kind}"
direction = "mqtt_to_socketio"

[[mapping]]
name = "dynamic"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"

[[mapping]]
name = "user's own"
topic = "users/{name}/inbox"
namespace = "/{name}"
event = "inbox"
`)

const topicOf = ([, , meta]) => meta.topic

for (const transport of Object.keys(transports)) {
  test(`a client hears the rooms it has joined, until it leaves them (${transport})`, async (t) => {
    const device = await connectMQTT(t, gateway)
    const [bath, hall] = [`bath-${transport}`, `hall-${transport}`]
    const client = await connect(t, gateway, '/house', { transport })

    await device.publish(`house/${bath}/temp`, '1')
    assert.deepEqual(await client.ask('join', bath), { ok: true })
    const [name, value, meta] = await client.next('the last value of the room')
    assert.deepEqual([name, value, meta.replayed, meta.topic], ['temp', 1, true, `house/${bath}/temp`])

    await device.publish(`house/${hall}/temp`, '2')
    await device.publish(`house/${bath}/temp`, '3')
    assert.equal(topicOf(await client.next('the room that was joined')), `house/${bath}/temp`)

    assert.deepEqual(await client.ask('join', hall), { ok: true })
    assert.equal(topicOf(await client.next('the last value of the second room')), `house/${hall}/temp`)
    assert.deepEqual(await client.ask('leave', bath), { ok: true })
    await device.publish(`house/${bath}/temp`, '4')
    await device.publish(`house/${hall}/temp`, '5')
    assert.equal(topicOf(await client.next('the room that was not left')), `house/${hall}/temp`)
  })
}

test('joining again is no second copy', async (t) => {
  const device = await connectMQTT(t, gateway)
  const client = await connect(t, gateway, '/house')
  assert.deepEqual(await client.ask('join', 'twice'), { ok: true })
  assert.deepEqual(await client.ask('join', 'twice'), { ok: true })
  await device.publish('house/twice/a', '1')
  await device.publish('house/twice/b', '2')
  assert.deepEqual((await client.take(2)).map(topicOf), ['house/twice/a', 'house/twice/b'])
})

test('a rule without a room goes to the whole namespace', async (t) => {
  const device = await connectMQTT(t, gateway)
  const outside = await connect(t, gateway, '/house')
  const inside = await connect(t, gateway, '/house')
  assert.deepEqual(await inside.ask('join', 'cellar'), { ok: true })
  await device.publish('house/cellar/water', '1')
  await device.publish('alarm/fire', 'now')
  assert.deepEqual(await outside.next(), ['fire', 'now'])
  assert.equal((await inside.next())[0], 'water')
  assert.deepEqual(await inside.next(), ['fire', 'now'])
})

test('join is refused where no rule has rooms, and for what is no room', async (t) => {
  const home = await connect(t, gateway, '/home/none')
  const { ok, error } = await home.ask('join', 'kitchen')
  assert.deepEqual([ok, error?.code], [false, 'denied'])
  assert.match(error.message, /no mapping of \/home\/none sends to rooms/)
  const house = await home.also('/house')
  for (const room of ['', 7, null, 'x'.repeat(257), 'a\0b']) {
    const refusal = await house.ask('join', room)
    assert.deepEqual([refusal.ok, refusal.error?.code], [false, 'invalid'], `join ${JSON.stringify(room)}`)
  }
})

test('a namespace is there when a rule can make it, and refused when none can', async (t) => {
  await connect(t, gateway, '/home/any-name-at-all')
  for (const namespace of ['/elsewhere/x', '/home/a/b', '/home/', '/home//x', '/']) {
    assert.equal((await open(t, gateway, namespace).refused()).message, 'Invalid namespace', namespace)
  }
})

// [MQTT level, namespace]
const encodings = [
  ['küche', '/home/küche'],
  ['living room', '/home/living room'],
  ['a,b', '/home/a%2Cb'],
  ['50%', '/home/50%25'],
  ['why?', '/home/why%3F'],
  ['🔥', '/home/🔥'],
]

for (const transport of Object.keys(transports)) {
  test(`values in a namespace are percent-encoded where they must be, both ways (${transport})`, async (t) => {
    const device = await connectMQTT(t, gateway)
    await device.subscribe('home/+/back')
    for (const [begin, encoded] of encodings) {
      const [level, namespace] = [`${begin}-${transport}`, `${encoded}-${transport}`]
      const client = await connect(t, gateway, namespace, { transport })
      await device.publish(`home/${level}/temp`, '1')
      assert.deepEqual((await client.next(namespace)).slice(0, 2), ['temp', 1])
      assert.deepEqual(await client.ask('back', transport), { ok: true })
      assert.deepEqual(await device.line(), [`home/${level}/back`, transport])
    }
  })
}

test('a namespace cannot smuggle levels or wildcards into a topic', async (t) => {
  const subscriber = await subscribe(t, gateway, 'home/#')
  for (const level of ['a%2Fb', '%2B', '%23', '%00']) {
    const client = open(t, gateway, `/home/${level}`)
    const refusal = await client.refused().then(
      (error) => ({ ok: false, error: { code: error.message } }),
      () => client.ask('x', 1),
    )
    assert.equal(refusal.ok, false, `${level}: ${JSON.stringify(refusal)}`)
  }
  const honest = await connect(t, gateway, '/home/honest')
  assert.deepEqual(await honest.ask('x', 1), { ok: true })
  assert.deepEqual(await subscriber.line(), ['home/honest/x', '1'])
})

test('a topic cannot reach a namespace that belongs to the gateway', async (t) => {
  const device = await connectMQTT(t, gateway)
  const raw = await connect(t, gateway, '/mqtt')
  for (const name of ['mqtt', 'devices', 'admin']) await device.publish(`users/${name}/inbox`, 'boo')
  assert.deepEqual((await raw.ask('subscribe', 'users/end')).ok, true)
  await device.publish('users/end', 'x')
  assert.deepEqual((await raw.next('nothing but what was subscribed')).slice(0, 3), ['message', 'users/end', 'x'])
  const dropped = (await gateway.metrics()).value('gateway_dropped_total', { reason: 'reserved_namespace' })
  assert.equal(dropped, 3)
})

test('one connection carries many namespaces, each with its own events', async (t) => {
  const device = await connectMQTT(t, gateway)
  const first = await connect(t, gateway, '/home/one')
  const second = await first.also('/home/two')
  await device.publish('home/two/x', '2')
  await device.publish('home/one/x', '1')
  assert.deepEqual(await first.next(), ['x', 1])
  assert.deepEqual(await second.next(), ['x', 2])
  second.socket.disconnect()
  await device.publish('home/one/x', '3')
  assert.deepEqual(await first.next(), ['x', 3])
})
