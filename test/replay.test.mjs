// Late joiners: last values first, then what is live, with no gap and no duplicate between the two.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, transports } from './lib/socketio.mjs'

const gateway = sharedGateway(`
[[mapping]]
name = "counters"
topic = "count/{id}"
namespace = "/count"
event = "{id}"

[[mapping]]
name = "by room"
topic = "room/{room}/count"
namespace = "/rooms"
event = "count"
room = "{room}"
direction = "mqtt_to_socketio"

[[mapping]]
name = "state, but not replayed"
topic = "bell/{id}"
namespace = "/bells"
event = "{id}"
replay = "none"

[[mapping]]
name = "bells that are"
topic = "gong/{id}"
namespace = "/bells"
event = "{id}"
`)

/** Publishes 0, 1, 2, ... to a topic until it is told to stop. */
async function counter(t, topic) {
  const device = await connectMQTT(t, gateway)
  let stopped = false
  let sent = 0
  const done = (async () => {
    while (!stopped) {
      const batch = Array.from({ length: 20 }, () => device.publish(topic, String(sent++)))
      await Promise.all(batch)
    }
  })()
  done.catch(() => {}) // for when the test fails first
  const started = device.publish(`${topic}/started`, 'x') // the same connection: some numbers are through
  await started
  return {
    stop: () => {
      stopped = true
      return done.then(() => sent - 1)
    },
  }
}

/**
 * Reads [number, replayed] until the last number, asserting that none is missing or doubled, and none but the first replayed.
 * The first is live when a newer one took the place of the replay in that moment.
 */
async function readTo(client, last, parse) {
  let expected = null
  for (;;) {
    const [n, replayed] = parse(await client.next(`number ${expected ?? '(the first)'} of ${last}`))
    if (expected !== null) assert.deepEqual([n, replayed], [expected, false], 'the next [number, replayed]')
    if (n === last) return
    expected = n + 1
  }
}

const joins = 5

for (const transport of Object.keys(transports)) {
  test(`joining /mqtt while a publisher runs (${transport})`, async (t) => {
    const topic = `raw/${transport}`
    const numbers = await counter(t, topic)
    const clients = []
    for (let i = 0; i < joins; i++) {
      const client = await connect(t, gateway, '/mqtt', { transport })
      await client.ask('subscribe', topic)
      clients.push(client)
    }
    const last = await numbers.stop()
    const parse = ([, , n, meta]) => [n, meta.replayed]
    for (const client of clients) await readTo(client, last, parse)
  })

  test(`joining a mapped namespace while a publisher runs (${transport})`, async (t) => {
    const numbers = await counter(t, `count/${transport}`)
    const clients = []
    for (let i = 0; i < joins; i++) clients.push(await connect(t, gateway, '/count', { transport }))
    const last = await numbers.stop()
    for (const client of clients) {
      const mine = { next: (what) => nextOf(client, transport, what) } // other topics of the namespace are replayed too
      await readTo(mine, last, ([, n, meta]) => [n, meta?.replayed ?? false])
    }
  })

  test(`joining a room while a publisher runs (${transport})`, async (t) => {
    const numbers = await counter(t, `room/${transport}/count`)
    const client = await connect(t, gateway, '/rooms', { transport })
    assert.deepEqual(await client.ask('join', transport), { ok: true })
    await readTo(client, await numbers.stop(), ([, n, meta]) => [n, meta?.replayed ?? false])
  })
}

async function nextOf(client, name, what) {
  for (;;) {
    const event = await client.next(what)
    if (event[0] === name) return event
  }
}

test('a subscription of several filters replays each topic once', async (t) => {
  const client = await connect(t, gateway, '/mqtt')
  for (const topic of ['once/a', 'once/b']) await client.ask('publish', topic, topic)
  await client.ask('subscribe', ['once/#', 'once/+', 'once/a'])
  await client.ask('publish', 'once/c', 'live')
  const events = await client.take(3)
  assert.deepEqual(events.map(([, topic, , meta]) => [topic, meta.replayed]).sort(), [
    ['once/a', true],
    ['once/b', true],
    ['once/c', false],
  ])
  assert.equal(events[2][1], 'once/c', 'the live one comes last')
})

test('commands are not replayed: excluded topics, and rules with replay = "none"', async (t) => {
  const device = await connectMQTT(t, gateway)
  await device.publish('bell/door', '1')
  await device.publish('gong/hall', '2')
  await device.publish('zigbee/lamp/set', 'ON')
  await device.publish('zigbee/lamp/state', 'ON')
  const bells = await connect(t, gateway, '/bells')
  assert.deepEqual((await bells.next()).slice(0, 2), ['hall', 2])
  await device.publish('bell/door', '3')
  assert.deepEqual(await bells.next('the live bell'), ['door', 3])
  const raw = await connect(t, gateway, '/mqtt')
  await raw.ask('subscribe', 'zigbee/#')
  assert.deepEqual((await raw.next()).slice(1, 3), ['zigbee/lamp/state', 'ON'])
  await device.publish('zigbee/lamp/set', 'OFF')
  assert.deepEqual((await raw.next('the live command')).slice(1, 3), ['zigbee/lamp/set', 'OFF'])
})

test('an empty retained message deletes a value: browsers get null, late joiners nothing', async (t) => {
  const device = await connectMQTT(t, gateway)
  const early = await connect(t, gateway, '/count')
  await device.publish('count/deleted', '7', { qos: 1, retain: true })
  assert.deepEqual(await nextOf(early, 'deleted', 'the value'), ['deleted', 7])
  await device.publish('count/deleted', '', { qos: 1, retain: true })
  assert.deepEqual(await early.next('the deletion'), ['deleted', null])

  const late = await connect(t, gateway, '/count')
  await device.publish('count/end', '1')
  const seen = []
  do seen.push((await late.next())[0])
  while (seen.at(-1) !== 'end')
  assert(!seen.includes('deleted'), `the late joiner got ${seen}`)
  await device.subscribe('count/deleted')
  await device.publish('count/deleted', 'new')
  const { payload, retain } = await device.next('nothing retained any more')
  assert.deepEqual([payload.toString(), retain], ['new', false])
})
