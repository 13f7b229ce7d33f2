// What happened to a message, and why one does not arrive.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bearer, bearer } from './acl-tokens.mjs'
import { sharedGateway } from './lib/gateway.mjs'
import { publish, subscribe } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect } from './lib/socketio.mjs'

const gateway = sharedGateway(`
[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"

[[mapping]]
name = "alarm"
topic = "home/{room}/{sensor}"
namespace = "/alarms"
event = "{room}-{sensor}"
when = "payload > 30"
direction = "mqtt_to_socketio"

[[mapping]]
name = "slow"
topic = "rate/{x}"
namespace = "/rate"
event = "{x}"
rate = "1/m"
over = "drop"
direction = "mqtt_to_socketio"

[[mapping]]
name = "once"
topic = "once/{x}"
namespace = "/once"
event = "{x}"
dedupe = "1m"
direction = "mqtt_to_socketio"

[[mapping]]
name = "copy"
topic = "from/{x}"
to = "into/{x}"

[[mapping]]
name = "broken"
topic = "broken/{x}"
namespace = "/broken"
event = "{x}"
transform = "payload.a.b + 1"
direction = "mqtt_to_socketio"

[[mapping]]
name = "in rooms"
topic = "house/{room}/{x}"
namespace = "/house"
event = "{x}"
room = "{room}"
direction = "mqtt_to_socketio"
`)

/** The trace of the newest message of a topic. */
async function traceOf(api, topic) {
  const { items } = await api.get(`traffic?filter=${encodeURIComponent(topic)}&limit=1`)
  return api.get(`traffic/${items.at(-1).seq}/trace`)
}
const textOf = ({ steps }, rule) => steps.filter((s) => s.rule === rule && s.kind !== 'in').map((s) => s.text)
const why = (api, topic, to) => api.get(`traffic/why?topic=${encodeURIComponent(topic)}&to=${encodeURIComponent(to)}`)

test('a trace tells each mapping, who got it, and what came of it', async (t) => {
  const api = await bearer(gateway)
  await connect(t, gateway, '/home/kitchen')
  await connect(t, gateway, '/home/kitchen')
  await connect(t, gateway, '/alarms')
  const raw = await connect(t, gateway, '/mqtt')
  await raw.ask('subscribe', 'home/#')
  await subscribe(t, gateway, 'home/#')
  await publish(gateway, 'home/kitchen/temp', '21')
  const trace = await traceOf(api, 'home/kitchen/temp')
  assert.deepEqual(textOf(trace, 'rooms'), ['mapping rooms: sent to 2 sockets of /home/kitchen as temp'])
  assert.deepEqual(textOf(trace, 'alarm'), ['mapping alarm: not sent, `payload > 30` is false'])
  assert.equal(trace.verdict, '3 sockets, 1 MQTT client got it')
  assert.deepEqual(trace.steps.map(({ kind }) => kind).sort(), ['in', 'mqtt', 'rule', 'socketio', 'socketio', 'state'])
  const mqtt = trace.steps.find(({ kind }) => kind === 'mqtt')
  assert.equal(mqtt.receivers, 1)
  const mark = trace.steps.find(({ rule, kind }) => rule === 'alarm' && kind === 'rule')
  assert.deepEqual([mark.reason, mark.recomputed], ['when', true])
})

test('rate, dedupe, failures and copies', async (t) => {
  const api = await bearer(gateway)
  for (const namespace of ['/rate', '/once', '/broken']) await connect(t, gateway, namespace)
  for (const topic of ['rate/a', 'once/a']) {
    await publish(gateway, topic, '1')
    await publish(gateway, topic, '1')
  }
  await publish(gateway, 'broken/a', '{"a":1}')
  await publish(gateway, 'from/a', '1')
  const reasons = async (topic) => (await traceOf(api, topic)).steps.map(({ reason }) => reason).filter(Boolean)
  assert.deepEqual(await reasons('rate/a'), ['rate'])
  assert.deepEqual(await reasons('once/a'), ['dedupe'])
  assert.deepEqual(await reasons('broken/a'), ['failed'])
  assert.match(textOf(await traceOf(api, 'broken/a'), 'broken')[0], /could not be worked out, .+/)
  assert.deepEqual(textOf(await traceOf(api, 'from/a'), 'copy'), ['mapping copy: published again on into/a'])
  const copied = await traceOf(api, 'into/a')
  assert.match(copied.steps[0].text, /made by a mapping.*mapping copy/)
})

test('what waits for somebody who is away, and the acknowledgement that waited for the disk', async (t) => {
  const api = await bearer(gateway)
  const options = { clientId: 'away', clean: false, properties: { sessionExpiryInterval: 3600 } }
  const away = await connectMQTT(t, gateway, options)
  await away.subscribe('kept/#', { qos: 1 })
  await away.raw.endAsync()
  const device = await connectMQTT(t, gateway)
  await device.publish('kept/a', '1', { qos: 1 })
  const trace = await traceOf(api, 'kept/a')
  assert.match(trace.verdict, /^nobody got it; it waits for 1 more/)
  const ack = trace.steps.find(({ kind }) => kind === 'ack')
  assert(ack.at_us > 0 && /on disk/.test(ack.text))
  const { verdict } = await why(api, 'kept/a', 'away')
  assert.match(verdict, /does not arrive: MQTT client away is not connected: 1 messages? waits? for it/)
})

test('why: each thing that can stand in the way', async (t) => {
  const api = await bearer(gateway)
  const panel = await api.client('panel', ['home/attic/+'], ['home/attic/+'])
  await connect(t, gateway, '/alarms')
  const client = await connectMQTT(t, gateway, { clientId: 'thermo', username: panel.id, password: panel.secret })
  const raw = await connect(t, gateway, '/mqtt', { auth: { token: panel.token } })
  const house = await connect(t, gateway, '/house')
  await publish(gateway, 'home/kitchen/temp', '21')
  await publish(gateway, 'house/kitchen/temp', '21')
  for (const [topic, to, expected] of [
    ['home/kitchen/temp', '/alarms', /not sent, `payload > 30` is false/],
    [
      'home/kitchen/temp',
      '/nowhere',
      /no mapping brings home\/kitchen\/temp to \/nowhere; it is brought by .*\/home\/kitchen/,
    ],
    ['home/kitchen/temp', '/home/kitchen', /nobody is connected to \/home\/kitchen/],
    ['home/kitchen/temp', 'stranger', /nobody called stranger is connected/],
    ['home/kitchen/temp', 'thermo', /may not read home\/kitchen\/temp: its patterns are home\/attic\/\+/],
    ['home/attic/temp', 'thermo', /there is no message of late.* has 0 subscriptions/],
    ['house/kitchen/temp', '/house', /has not joined the room kitchen/],
  ]) {
    assert.match((await why(api, topic, to)).verdict, expected, `${topic} to ${to}`)
  }
  await house.ask('join', 'kitchen')
  assert.match((await why(api, 'house/kitchen/temp', '/house')).verdict, /nothing stands in the way/)
  await client.subscribe('home/attic/+')
  await raw.ask('subscribe', 'home/attic/+')
  assert.match(
    (await why(api, 'home/attic/temp', panel.id)).verdict,
    /nothing has been published .* a message would arrive/,
  )
  await raw.ask('publish', 'home/kitchen/x', 1) // which it may not
  assert.match((await why(api, 'home/kitchen/x', '/home/kitchen')).verdict, /was refused.*may not publish/)
  await publish(gateway, 'home/kitchen/set', '1')
  const command = await why(api, 'home/kitchen/set', '/home/kitchen')
  assert(command.steps.some(({ text }) => /it was a command/.test(text)))
  assert.equal((await api.ask('GET', 'traffic/why?topic=a/%2B&to=x')).status, 400)
})

test('values and traffic by the patterns of who asks', async (t) => {
  const api = await bearer(gateway)
  const token = await api.client('reader', ['mine/#'], ['mine/#'])
  const client = new Bearer(gateway, token.token)
  for (const topic of ['mine/a', 'mine/b/c', 'others/a']) await publish(gateway, topic, topic)
  const topics = ({ items }) => items.map(({ topic }) => topic)
  assert.deepEqual(topics(await client.get('state')), ['mine/a', 'mine/b/c'])
  assert.deepEqual(topics(await client.get('traffic')), ['mine/a', 'mine/b/c'])
  assert.equal((await client.get('traffic')).items[0].origin.conn, undefined)
  assert.equal((await client.ask('GET', 'state/others/a')).status, 403)
  assert.equal((await client.ask('GET', 'state?filter=others/%23')).status, 403)
  const { items } = await api.get('traffic?filter=others/a')
  assert.equal((await client.ask('GET', `traffic/${items[0].seq}/trace`)).status, 404)
  assert.equal((await client.ask('GET', 'traffic/why?topic=mine/a&to=x')).status, 403)
  const own = await client.get('traffic')
  assert.equal((await client.get(`traffic/${own.items[0].seq}/trace`)).message.topic, 'mine/a')

  const first = await api.get('state?filter=mine/%23&limit=1')
  assert.deepEqual([topics(first), first.next], [['mine/a'], 'mine/a'])
  assert.deepEqual(topics(await api.get(`state?filter=mine/%23&limit=1&after=${first.next}`)), ['mine/b/c'])
  assert.equal((await client.ask('DELETE', 'state/mine/a')).status, 204)
  assert.equal((await client.ask('GET', 'state/mine/a')).status, 404)
  assert.equal((await client.ask('DELETE', 'state/others/a')).status, 403)
})
