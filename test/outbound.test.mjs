// Mappings, MQTT -> socket.io: which event comes out, where, and with what argument.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway } from './lib/gateway.mjs'
import { publish } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, transports } from './lib/socketio.mjs'

const gateway = sharedGateway(`
[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"

[[mapping]]
name = "rest of the topic"
topic = "tree/{path...}"
namespace = "/tree"
event = "{path...}"

[[mapping]]
name = "one bare level"
topic = "plus/+/state"
namespace = "/plus"
event = "state"
direction = "mqtt_to_socketio"
meta = "always"

[[mapping]]
name = "all below"
topic = "hash/#"
namespace = "/hash"
event = "any"
direction = "mqtt_to_socketio"
meta = "always"

[[mapping]]
name = "always with meta"
topic = "meta/always"
namespace = "/meta"
event = "always"
meta = "always"

[[mapping]]
name = "never with meta"
topic = "meta/never"
namespace = "/meta"
event = "never"
meta = "never"

[[mapping]]
name = "as json"
topic = "codec/json"
namespace = "/codec"
event = "json"
payload = "json"

[[mapping]]
name = "as text"
topic = "codec/text"
namespace = "/codec"
event = "text"
payload = "text"

[[mapping]]
name = "as binary"
topic = "codec/binary"
namespace = "/codec"
event = "binary"
payload = "binary"

[[mapping]]
name = "strong only"
topic = "tele/{plug}/SENSOR"
namespace = "/power"
event = "{plug}"
direction = "mqtt_to_socketio"
when = "payload.ENERGY.Power > 5"
transform = '{"plug": plug, "watts": payload.ENERGY.Power}'

[[mapping]]
name = "one copy"
topic = "copy/{x}"
to = "copied/{x}/here"

[[mapping]]
name = "what was copied"
topic = "copied/{x}/here"
namespace = "/copied"
event = "{x}"
`)

const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))

// [what it is, MQTT payload, the event's argument]
const payloads = [
  ['an integer', '21', 21],
  ['a fraction', '21.5', 21.5],
  ['an object', '{"a":{"b":[1,null,"x"]}}', { a: { b: [1, null, 'x'] } }],
  ['a JSON string', '"on"', 'on'],
  ['true', 'true', true],
  ['plain text', 'ON', 'ON'],
  ['digits that are no JSON number', '007', '007'],
  ['text beyond ASCII', 'Küche 21 °C 火 🔥 "quoted" \\ \n', 'Küche 21 °C 火 🔥 "quoted" \\ \n'],
  ['JSON beyond ASCII', '{"ort":"Küche","🔥":"\\u0000"}', { ort: 'Küche', '🔥': '\0' }],
  ['all byte values', bytes, bytes],
  ['one byte that is no UTF-8', Buffer.from([0xff]), Buffer.from([0xff])],
  ['nothing', '', null],
]

for (const transport of Object.keys(transports)) {
  test(`payloads arrive as what they are (${transport})`, async (t) => {
    const device = await connectMQTT(t, gateway)
    const listener = await connect(t, gateway, `/home/${transport}`, { transport })
    for (const [what, payload, argument] of payloads) {
      await device.publish(`home/${transport}/value`, payload)
      const [event, got, ...more] = await listener.next(what)
      assert.equal(event, 'value')
      assert.deepEqual(Buffer.isBuffer(got) ? Buffer.from(got) : got, argument, what)
      assert.deepEqual(more, [], `arguments behind ${what}`)
    }
  })
}

test('payloads of mosquitto_pub arrive byte for byte', async (t) => {
  const listener = await connect(t, gateway, '/home/shell')
  await publish(gateway, 'home/shell/raw', bytes)
  assert.deepEqual(await listener.next(), ['raw', bytes])
  await publish(gateway, 'home/shell/raw', '')
  assert.deepEqual(await listener.next(), ['raw', null])
})

test('captures take one level, or the rest', async (t) => {
  const device = await connectMQTT(t, gateway)
  const tree = await connect(t, gateway, '/tree')
  await device.publish('tree/a', '1')
  await device.publish('tree/a/b/c', '2')
  assert.deepEqual(await tree.take(2), [
    ['a', 1],
    ['a/b/c', 2],
  ])
  const kitchen = await connect(t, gateway, '/home/kitchen')
  await device.publish('home/attic/temp', '3')
  await device.publish('home/kitchen/temp/more', '4')
  await device.publish('home/kitchen', '5')
  await device.publish('home/kitchen/temp', '6')
  assert.deepEqual(await kitchen.next('the only topic of this room'), ['temp', 6])
})

test('bare + and # match without a capture', async (t) => {
  const device = await connectMQTT(t, gateway)
  const plus = await connect(t, gateway, '/plus')
  const hash = await connect(t, gateway, '/hash')
  for (const topic of ['plus/a/state', 'plus/a/b/state', 'plus//state', 'hash', 'hash/a', 'hash/a/b']) {
    await device.publish(topic, 'x')
  }
  const topics = async (client, n) => (await client.take(n)).map(([, , meta]) => meta.topic)
  assert.deepEqual(await topics(plus, 2), ['plus/a/state', 'plus//state'])
  assert.deepEqual(await topics(hash, 3), ['hash', 'hash/a', 'hash/a/b'])
})

test('meta: replayed values only, always, never', async (t) => {
  const device = await connectMQTT(t, gateway)
  await device.publish('meta/always', '1', { qos: 1, retain: true })
  await device.publish('meta/never', '2')
  const late = await connect(t, gateway, '/meta')
  const replay = Object.fromEntries((await late.take(2)).map(([name, ...args]) => [name, args]))
  assert.deepEqual(replay.never, [2])
  const [value, old] = replay.always
  assert.equal(value, 1)
  const { seq, at, age_ms: age, ...rest } = old
  assert.deepEqual(rest, { topic: 'meta/always', qos: 1, retained: true, replayed: true })
  assert(seq > 0 && age >= 0 && Math.abs(Date.now() - at) < 60_000, JSON.stringify(old))

  await device.publish('meta/always', '3')
  await device.publish('meta/never', '4')
  const [, three, live] = await late.next()
  assert.equal(three, 3)
  assert.equal(live.replayed, false)
  assert(live.seq > seq, `seq ${live.seq} after ${seq}`)
  assert.equal('age_ms' in live, false)
  assert.deepEqual(await late.next(), ['never', 4])
})

test('a rule may pin the type of its payload', async (t) => {
  const device = await connectMQTT(t, gateway)
  const listener = await connect(t, gateway, '/codec')
  for (const codec of ['text', 'binary', 'json']) await device.publish(`codec/${codec}`, '21.5')
  assert.deepEqual(await listener.take(3), [
    ['text', '21.5'],
    ['binary', Buffer.from('21.5')],
    ['json', 21.5],
  ])
  await device.publish('codec/json', 'no json') // dropped, and counted
  await device.publish('codec/json', '1')
  assert.deepEqual(await listener.next(), ['json', 1])
  const metrics = await gateway.metrics()
  assert.equal(metrics.value('gateway_mapping_dropped_total', { mapping: 'as json' }), 1)
})

test('when filters and transform reshapes', async (t) => {
  const device = await connectMQTT(t, gateway)
  const listener = await connect(t, gateway, '/power')
  for (const watts of [3, 5, 7]) await device.publish('tele/lamp/SENSOR', JSON.stringify({ ENERGY: { Power: watts } }))
  await device.publish('tele/lamp/SENSOR', '{"no":"energy"}') // costs this message, not the rule
  await device.publish('tele/oven/SENSOR', '{"ENERGY":{"Power":2000}}')
  assert.deepEqual(await listener.take(2), [
    ['lamp', { plug: 'lamp', watts: 7 }],
    ['oven', { plug: 'oven', watts: 2000 }],
  ])
  const metrics = await gateway.metrics()
  const count = (what) => metrics.value(`gateway_mapping_${what}_total`, { mapping: 'strong only' })
  assert.deepEqual([count('out'), count('filtered'), count('dropped')], [2, 2, 1])
})

test('a topic becomes another topic, for MQTT and for socket.io', async (t) => {
  const device = await connectMQTT(t, gateway)
  const listener = await connect(t, gateway, '/copied')
  await device.subscribe('copied/#')
  await device.publish('copy/a', 'hello')
  assert.deepEqual(await device.line(), ['copied/a/here', 'hello'])
  assert.deepEqual(await listener.next(), ['a', 'hello'])
})

test('events that would cut a JS client off are not sent', async (t) => {
  const device = await connectMQTT(t, gateway)
  const listener = await connect(t, gateway, '/home/reserved')
  for (const name of ['connect', 'disconnect', 'connect_error', 'newListener']) {
    await device.publish(`home/reserved/${name}`, '1')
  }
  await device.publish('home/reserved/fine', '2')
  assert.deepEqual(await listener.next(), ['fine', 2])
  const dropped = (await gateway.metrics()).value('gateway_dropped_total', {
    reason: 'reserved_event',
    mapping: 'rooms',
  })
  assert.equal(dropped, 4)
})

test('what a topic -> topic rule made is a value like any other: a late joiner gets it', async (t) => {
  const next = async (client) => {
    for (;;) {
      const [event, ...args] = await client.next()
      if (event === 'late') return args
    }
  }
  const early = await connect(t, gateway, '/copied')
  await publish(gateway, 'copy/late', '7')
  assert.equal((await next(early))[0], 7)
  const [value, meta] = await next(await connect(t, gateway, '/copied'))
  assert.deepEqual([value, meta.replayed], [7, true])
})
