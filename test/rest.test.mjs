// REST, metrics, health, and the JS client: what tools that speak HTTP only get.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway } from './lib/gateway.mjs'
import { subscribe } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { run } from './lib/process.mjs'
import { connect } from './lib/socketio.mjs'
import { until } from './lib/wait.mjs'

const limit = 64 << 10
const gateway = sharedGateway(`
[mqtt]
max_packet = "64KiB"

[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"

[[mapping]]
name = "mirror"
topic = "home/{room}/temp"
to = "mirror/{room}"
`)

/** Runs curl as the README shows it; gives the status and the parsed body. */
async function curl(path, ...args) {
  const { code, stdout, output } = await run('curl', ['-sS', '-w', '\\n%{http_code}', ...args, gateway.at(path)])
  assert.equal(code, 0, `curl ${path}: ${output}`)
  const end = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(end + 1)), body: JSON.parse(stdout.slice(0, end)) }
}

const post = (path, body, headers) => fetch(gateway.at(path), { method: 'POST', body, headers })

/** Asserts that a response is a problem document with this status and code, and a sentence to read. */
async function assertProblem(response, status, code) {
  const body = await response.json()
  assert.deepEqual([response.status, body.status, body.code], [status, status, code], JSON.stringify(body))
  assert.match(response.headers.get('content-type'), /^application\/problem\+json/)
  assert(body.title && body.detail.length > 10, JSON.stringify(body))
  return body
}

test('curl -d publishes text to MQTT and socket.io', async (t) => {
  const subscriber = await subscribe(t, gateway, 'home/curl/#')
  const browser = await connect(t, gateway, '/home/curl')
  const { status, body } = await curl('api/v1/publish/home/curl/temp', '-d', '21.5')
  assert.equal(status, 200)
  assert.deepEqual([body.ok, body.topic, body.seq > 0], [true, 'home/curl/temp', true])
  assert.deepEqual(await subscriber.line(), ['home/curl/temp', '21.5'])
  assert.deepEqual(await browser.next(), ['temp', 21.5])
})

test('JSON, binary and nothing are published as they are', async (t) => {
  const subscriber = await subscribe(t, gateway, 'home/bodies/#')
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  for (const body of ['{"level": "critical", "text": "Küche"}', bytes, '', Buffer.alloc(limit, 'x')]) {
    assert.equal((await post('api/v1/publish/home/bodies/x', body)).status, 200)
    assert.deepEqual((await subscriber.next()).payload, Buffer.from(body))
  }
})

test('qos and retain in the query', async (t) => {
  const live = await subscribe(t, gateway, 'home/query/#', ['-q', '2'])
  assert.equal((await curl('api/v1/publish/home/query/x?qos=2&retain=true', '-d', 'kept')).status, 200)
  assert.deepEqual((await live.next()).qos, 2)
  const late = await subscribe(t, gateway, 'home/query/#', ['-q', '2'])
  const kept = await late.next()
  assert.deepEqual([kept.payload.toString(), kept.qos, kept.retain], ['kept', 2, true])
})

test('a topic in the path may be percent-encoded', async (t) => {
  const subscriber = await subscribe(t, gateway, 'home/#')
  assert.equal((await post('api/v1/publish/home/K%C3%BCche%20links/50%25', 'x')).status, 200)
  let line
  do line = await subscriber.line()
  while (!line[0].includes('links')) // retained messages of other tests come first
  assert.deepEqual(line, ['home/Küche links/50%', 'x'])
})

test('what cannot be published is refused with a problem document', async () => {
  const tooLarge = await assertProblem(await post('api/v1/publish/a', Buffer.alloc(limit + 1)), 413, 'too_large')
  assert.match(tooLarge.detail, new RegExp(String(limit)))
  const { status, body } = await curl('api/v1/publish/a', '-d', 'x'.repeat(limit + 1))
  assert.deepEqual([status, body.code], [413, 'too_large'])
  for (const path of ['a?qos=3', 'a?qos=-1', 'a?qos=x', 'a?retain=maybe', 'a/%2B', 'a/%23', 'nul%00', '']) {
    await assertProblem(await post(`api/v1/publish/${path}`, 'x'), 400, 'invalid')
  }
  await assertProblem(await post('api/v1/publish/$SYS/x', 'x'), 403, 'denied')
})

test('what is not part of the API says so', async () => {
  await assertProblem(await fetch(gateway.at('api/v1/nothing')), 404, 'invalid')
})

test('health and readiness', async () => {
  assert.deepEqual(await curl('healthz'), { status: 200, body: { status: 'ok' } })
  assert.deepEqual(await curl('readyz'), { status: 200, body: { status: 'ready' } })
})

test('the JS client is where people expect it', async () => {
  for (const name of ['socket.io.js', 'socket.io.min.js', 'socket.io.esm.min.js']) {
    const response = await fetch(gateway.at(`socket.io/${name}`))
    assert.equal(response.status, 200, name)
    assert.match(response.headers.get('content-type'), /^text\/javascript/)
    assert.match(await response.text(), /Socket\.IO v4\.8\.4/, name)
  }
})

test('info tells what listens and which mappings stand', async () => {
  const { body } = await curl('api/v1/info')
  assert.equal(body.name, 'gateway')
  assert.equal(body.demo, false)
  assert.equal(body.listen.http, new URL(gateway.url).host)
  assert.equal(body.listen.mqtt, new URL(gateway.mqttUrl).host)
  assert.equal(body.listen.mqtt_websocket, new URL(gateway.mqttWebsocketUrl).host)
  const [rooms, mirror] = body.mappings
  const { name, topic, namespace, event, direction, ok } = rooms
  assert.deepEqual(
    { name, topic, namespace, event, direction, ok },
    {
      name: 'rooms',
      topic: 'home/{room}/{sensor}',
      namespace: '/home/{room}',
      event: '{sensor}',
      direction: 'both',
      ok: true,
    },
  )
  assert.deepEqual([mirror.name, mirror.to], ['mirror', 'mirror/{room}'])
  assert.deepEqual(body.problems, [])
})

// Families that dashboards are built on: they are part of the interface.
const families = {
  counter: [
    'gateway_messages_in_total',
    'gateway_payload_bytes_in_total',
    'gateway_messages_refused_total',
    'gateway_mapping_in_total',
    'gateway_mapping_out_total',
    'gateway_mapping_filtered_total',
    'gateway_mapping_dropped_total',
    'gateway_dropped_total',
    'gateway_socketio_packets_in_total',
    'gateway_socketio_packets_out_total',
    'gateway_socketio_bytes_in_total',
    'gateway_socketio_bytes_out_total',
    'gateway_mqtt_messages_in_total',
    'gateway_mqtt_messages_out_total',
    'gateway_mqtt_dropped_total',
    'gateway_state_evicted_total',
    'gateway_state_log_bytes_total',
    'gateway_state_log_syncs_total',
    'process_cpu_seconds_total',
  ],
  gauge: [
    'gateway_socketio_connections',
    'gateway_socketio_sockets',
    'gateway_socketio_namespaces',
    'gateway_socketio_queue_bytes',
    'gateway_mqtt_connections',
    'gateway_mqtt_subscriptions',
    'gateway_mqtt_retained',
    'gateway_state_topics',
    'gateway_state_bytes',
    'go_goroutines',
    'process_resident_memory_bytes',
  ],
}

test('metrics: the promised families, with help and type', async () => {
  await post('api/v1/publish/a/%2B', 'x') // a reason has a sample once something was refused for it
  const metrics = await gateway.metrics()
  for (const [type, names] of Object.entries(families)) {
    for (const name of names) {
      const family = metrics.get(name)
      assert(family, `${name} is missing`)
      assert.equal(family.type, type, name)
      assert(family.help.length > 5, `help of ${name}`)
      assert(family.samples.length > 0, `samples of ${name}`)
    }
  }
})

test('metrics count what happens', async (t) => {
  const before = await gateway.metrics()
  const device = await connectMQTT(t, gateway)
  const browser = await connect(t, gateway, '/home/metrics')
  for (let n = 0; n < 5; n++) await device.publish('home/metrics/x', String(n))
  await browser.take(5)
  assert.deepEqual(await browser.ask('y', 1), { ok: true })
  await browser.ask('z', 1, 2)
  const after = await gateway.metrics()
  const grown = (name, labels) => after.value(name, labels) - before.value(name, labels)
  assert.equal(grown('gateway_messages_in_total', { from: 'mqtt' }), 5)
  assert.equal(grown('gateway_messages_in_total', { from: 'socketio' }), 1)
  assert.equal(grown('gateway_mapping_out_total', { mapping: 'rooms' }), 6, 'y went to the others in the namespace')
  assert.equal(grown('gateway_mapping_in_total', { mapping: 'rooms' }), 1)
  assert.equal(grown('gateway_dropped_total', { where: 'socketio', reason: 'invalid' }), 1)
  // The clients of earlier tests have gone, or go now.
  const now = async (name) => (await gateway.metrics()).value(name)
  await until(async () => (await now('gateway_socketio_connections')) === 1, 'one socket.io connection')
  await until(async () => (await now('gateway_mqtt_connections')) === 1, 'one MQTT connection')
})
