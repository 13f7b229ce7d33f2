// Mappings, socket.io -> MQTT: what is published, what the acknowledgement says, who hears it again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway } from './lib/gateway.mjs'
import { subscribe } from './lib/mosquitto.mjs'
import { connect, transports } from './lib/socketio.mjs'

const gateway = sharedGateway(`
[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"

[[mapping]]
name = "with echo"
topic = "echo/{x}"
namespace = "/echo"
event = "{x}"
echo = true

[[mapping]]
name = "elsewhere too"
topic = "home/{room}/light"
namespace = "/lights"
event = "{room}"
direction = "mqtt_to_socketio"

[[mapping]]
name = "commands"
topic = "cmnd/{plug}/POWER"
namespace = "/power"
event = "switch/{plug}"
direction = "socketio_to_mqtt"
payload = "text"
qos = 1
retain = true

[[mapping]]
name = "numbers only"
topic = "json/in"
namespace = "/codec"
event = "json"
direction = "socketio_to_mqtt"
payload = "json"

[[mapping]]
name = "there and back"
topic = "celsius/{room}"
namespace = "/fahrenheit"
event = "{room}"
transform = "payload * 9 / 5 + 32"
transform_in = "(payload - 32) * 5 / 9"
echo = true

[[mapping]]
name = "first of two"
topic = "two/first"
namespace = "/two"
event = "both"
direction = "socketio_to_mqtt"

[[mapping]]
name = "second of two"
topic = "two/second"
namespace = "/two"
event = "both"
direction = "socketio_to_mqtt"

[[mapping]]
name = "rest of the event"
topic = "tree/{path...}"
namespace = "/tree"
event = "{path...}"
`)

const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))

// [what it is, the event's arguments, MQTT payload]
const payloads = [
  ['a number', [21.5], '21.5'],
  ['a string, unquoted', ['ON'], 'ON'],
  ['a string beyond ASCII', ['Küche 火 🔥 "x" \\ \n'], 'Küche 火 🔥 "x" \\ \n'],
  ['an object, compact', [{ a: [1, null, 'ü'] }], '{"a":[1,null,"ü"]}'],
  ['true', [true], 'true'],
  ['null', [null], ''],
  ['no argument', [], ''],
  ['all byte values', [bytes], bytes],
  ['no bytes', [Buffer.alloc(0)], ''],
]

for (const transport of Object.keys(transports)) {
  test(`arguments are published as what they are, and acknowledged (${transport})`, async (t) => {
    const subscriber = await subscribe(t, gateway, `home/${transport}/#`)
    const client = await connect(t, gateway, `/home/${transport}`, { transport })
    for (const [what, args, payload] of payloads) {
      assert.deepEqual(await client.ask('value', ...args), { ok: true }, what)
      const message = await subscriber.next(what)
      assert.equal(message.topic, `home/${transport}/value`)
      assert.deepEqual(message.payload, Buffer.from(payload), what)
    }
  })
}

test('an event that no rule takes is refused in words', async (t) => {
  const client = await connect(t, gateway, '/power')
  const { ok, error } = await client.ask('nothing like that', 1)
  assert.equal(ok, false)
  assert.equal(error.code, 'invalid')
  assert.match(error.message, /no mapping takes the event "nothing like that" in the namespace "\/power"/)
})

test('what cannot be published is refused, and nothing comes of it', async (t) => {
  const subscriber = await subscribe(t, gateway, 'home/#', ['-t', 'json/#'])
  const home = await connect(t, gateway, '/home/inbound')
  const codec = await home.also('/codec')
  const refused = [
    [home, 'two', 1, 2],
    [home, 'a/b', 1],
    [home, 'a+', 1],
    [home, '#', 1],
    [home, 'nul\0', 1],
    [home, 'nested', { data: bytes }],
    [codec, 'json', bytes],
  ]
  for (const [client, ...event] of refused) {
    const { ok, error } = await client.ask(...event)
    assert.deepEqual([ok, error?.code], [false, 'invalid'], JSON.stringify(event.slice(0, 2)))
    assert(error.message.length > 10, error.message)
  }
  assert.deepEqual(await home.ask('fine', 1), { ok: true })
  assert.deepEqual(await subscriber.line(), ['home/inbound/fine', '1'])
})

test('an event without acknowledgement is published all the same', async (t) => {
  const subscriber = await subscribe(t, gateway, 'home/noack/#')
  const client = await connect(t, gateway, '/home/noack')
  client.emit('blind', 'up')
  assert.deepEqual(await subscriber.line(), ['home/noack/blind', 'up'])
})

test('its own event does not come back to a client by the same rule; others and other rules hear it', async (t) => {
  const sender = await connect(t, gateway, '/home/echo')
  const lights = await sender.also('/lights')
  const other = await connect(t, gateway, '/home/echo')
  assert.deepEqual(await sender.ask('light', 'on'), { ok: true })
  assert.deepEqual(await other.next(), ['light', 'on'])
  assert.deepEqual(await lights.next('the other namespace of the sender'), ['echo', 'on'])
  assert.deepEqual(await other.ask('light', 'off'), { ok: true })
  assert.deepEqual(await sender.next('only what the other one said'), ['light', 'off'])

  const loud = await connect(t, gateway, '/echo')
  assert.deepEqual(await loud.ask('x', 1), { ok: true })
  assert.deepEqual(await loud.next('the echo that the rule asks for'), ['x', 1])
})

test('a rule sets QoS and retain of what it publishes', async (t) => {
  const client = await connect(t, gateway, '/power')
  const early = await subscribe(t, gateway, 'cmnd/lamp/+', ['-q', '2'])
  assert.deepEqual(await client.ask('switch/lamp', 'ON'), { ok: true })
  const live = await early.next()
  assert.deepEqual([live.topic, live.payload.toString(), live.qos, live.retain], ['cmnd/lamp/POWER', 'ON', 1, false])
  const late = await subscribe(t, gateway, 'cmnd/lamp/+', ['-q', '2'])
  const kept = await late.next('the retained command')
  assert.deepEqual([kept.payload.toString(), kept.qos, kept.retain], ['ON', 1, true])
})

test('transform_in is the way back of transform', async (t) => {
  const subscriber = await subscribe(t, gateway, 'celsius/+')
  const client = await connect(t, gateway, '/fahrenheit')
  assert.deepEqual(await client.ask('bath', 212), { ok: true })
  assert.deepEqual(await subscriber.line(), ['celsius/bath', '100'])
  assert.deepEqual(await client.next(), ['bath', 212])
})

test('every rule that takes an event publishes it, in the order of the file', async (t) => {
  const subscriber = await subscribe(t, gateway, 'two/#')
  const client = await connect(t, gateway, '/two')
  assert.deepEqual(await client.ask('both', 'x'), { ok: true })
  assert.deepEqual(await subscriber.line(), ['two/first', 'x'])
  assert.deepEqual(await subscriber.line(), ['two/second', 'x'])
})

test('a slash in an event is fine where a capture takes the rest of the topic', async (t) => {
  const subscriber = await subscribe(t, gateway, 'tree/#')
  const client = await connect(t, gateway, '/tree')
  assert.deepEqual(await client.ask('a/b/c', 1), { ok: true })
  assert.deepEqual(await subscriber.line(), ['tree/a/b/c', '1'])
})
