// The embedded broker with the clients that people have: mosquitto's, and npm's over TCP and websocket.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway, startGateway } from './lib/gateway.mjs'
import { publish, subscribe } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect } from './lib/socketio.mjs'

const config = `
[state]
flush_interval = "200ms"

[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"
`
const gateway = sharedGateway(config)
const listeners = { TCP: (g) => g.mqttUrl, websocket: (g) => g.mqttWebsocketUrl }
const versions = { '3.1.1': 4, 5: 5 }

for (const [listener, urlOf] of Object.entries(listeners)) {
  for (const [version, protocolVersion] of Object.entries(versions)) {
    const options = () => ({ url: urlOf(gateway), protocolVersion })
    const base = `home/${listener}-${version}`

    test(`MQTT ${version} over ${listener}: QoS 0, 1 and 2 arrive once, in order`, async (t) => {
      const sender = await connectMQTT(t, gateway, options())
      const receiver = await connectMQTT(t, gateway, options())
      await receiver.subscribe(`${base}/+`, { qos: 2 })
      const browser = await connect(t, gateway, `/${base}`)
      for (const qos of [0, 1, 2]) await sender.publish(`${base}/qos`, String(qos), { qos })
      const got = (await receiver.take(3)).map(({ payload, qos }) => [Number(payload), qos])
      assert.deepEqual(got, [
        [0, 0],
        [1, 1],
        [2, 2],
      ])
      assert.deepEqual(await browser.take(3), [
        ['qos', 0],
        ['qos', 1],
        ['qos', 2],
      ])
      await sender.publish(`${base}/end`, 'x')
      assert.deepEqual(await receiver.line(), [`${base}/end`, 'x'], 'no second copy')
    })

    test(`MQTT ${version} over ${listener}: retained messages greet a new subscriber, until deleted`, async (t) => {
      const sender = await connectMQTT(t, gateway, options())
      await sender.publish(`${base}/kept`, 'old', { qos: 1, retain: true })
      await sender.publish(`${base}/gone`, 'x', { qos: 1, retain: true })
      await sender.publish(`${base}/gone`, '', { qos: 1, retain: true })
      const late = await connectMQTT(t, gateway, options())
      await late.subscribe([`${base}/kept`, `${base}/gone`])
      const kept = await late.next()
      assert.deepEqual([kept.topic, kept.payload.toString(), kept.retain], [`${base}/kept`, 'old', true])
      await sender.publish(`${base}/gone`, 'live')
      const live = await late.next()
      assert.deepEqual([live.topic, live.payload.toString(), live.retain], [`${base}/gone`, 'live', false])
    })

    test(`MQTT ${version} over ${listener}: the will speaks when the connection breaks, and not after a goodbye`, async (t) => {
      const will = (name) => ({ topic: `${base}-will/${name}`, payload: 'offline', qos: 1, retain: true })
      const watcher = await connectMQTT(t, gateway)
      await watcher.subscribe([`${base}-will/crash`, `${base}-will/polite`], { qos: 1 })
      const browser = await connect(t, gateway, `/${base}-will`)
      const polite = await connectMQTT(t, gateway, { ...options(), will: will('polite') })
      const crash = await connectMQTT(t, gateway, { ...options(), will: will('crash') })
      await polite.raw.endAsync()
      crash.raw.stream.destroy()
      assert.deepEqual(await watcher.line(), [`${base}-will/crash`, 'offline'])
      assert.deepEqual((await browser.next()).slice(0, 2), ['crash', 'offline'])
      const late = await connectMQTT(t, gateway)
      await late.subscribe(`${base}-will/crash`)
      assert.equal((await late.next('the will, retained')).retain, true)
    })

    test(`MQTT ${version} over ${listener}: $SYS is not for everybody, and no part of #`, async (t) => {
      const client = await connectMQTT(t, gateway, options())
      const refused = await client.subscribe('$SYS/#').then(
        (grants) => grants.every(({ qos }) => qos >= 128),
        () => true,
      )
      assert(refused, 'subscribing to $SYS/# was granted')
      await client.subscribe('#')
      await client.publish(`${base}/last`, 'x')
      let topic
      do {
        topic = (await client.next()).topic
        assert(!topic.startsWith('$'), `# gave ${topic}`)
      } while (topic !== `${base}/last`)
    })
  }
}

test('mosquitto_sub sees what is retained, with its flag, and mosquitto_pub -r -n deletes it', async (t) => {
  await publish(gateway, 'shell/kept', 'yes', ['-q', '1', '-r'])
  const first = await subscribe(t, gateway, 'shell/#', ['-q', '1'])
  assert.deepEqual(await first.next(), { topic: 'shell/kept', payload: Buffer.from('yes'), qos: 1, retain: true })
  await publish(gateway, 'shell/kept', '', ['-q', '1', '-r'])
  assert.deepEqual(await first.line(), ['shell/kept', ''])
  const second = await subscribe(t, gateway, 'shell/#')
  await publish(gateway, 'shell/live', 'now')
  assert.deepEqual(await second.line(), ['shell/live', 'now'])
})

test('an MQTT 5 client is told why its message was refused', async (t) => {
  const client = await connectMQTT(t, gateway)
  const refusal = await client.publish('$SYS/broker/version', 'mine').then(
    () => 'acknowledged',
    (error) => error.code,
  )
  assert.equal(refusal, 0x87)
})

test('MQTT 5 content type and user properties arrive with the message', async (t) => {
  const receiver = await connectMQTT(t, gateway)
  await receiver.subscribe('props/a')
  const sender = await connectMQTT(t, gateway)
  const properties = { contentType: 'text/plain', userProperties: { unit: 'C' } }
  await sender.publish('props/a', '1', { qos: 1, properties })
  const { properties: got } = await receiver.next()
  assert.equal(got.contentType, 'text/plain')
  assert.deepEqual({ ...got.userProperties }, { unit: 'C' })
})

test('a persistent session gets what came while it was away, in order', async (t) => {
  const session = { clientId: 'sleeper', clean: false, properties: { sessionExpiryInterval: 3600 } }
  const before = await connectMQTT(t, gateway, session)
  await before.subscribe('sleep/#', { qos: 1 })
  await before.raw.endAsync()
  const sender = await connectMQTT(t, gateway)
  for (let n = 0; n < 100; n++) await sender.publish('sleep/n', String(n))
  const after = await connectMQTT(t, gateway, session)
  assert.equal(after.connack.sessionPresent, true)
  const numbers = (await after.take(100)).map(({ payload }) => Number(payload))
  assert.deepEqual(numbers, [...Array(100).keys()])
})

test('retained messages and last values survive a power cut', async (t) => {
  const own = await startGateway(t, config)
  const device = await connectMQTT(t, own)
  await device.publish('home/attic/kept', 'retained', { qos: 1, retain: true })
  await device.publish('home/attic/deleted', 'x', { qos: 1, retain: true })
  await device.publish('home/attic/deleted', '', { qos: 1, retain: true })
  await own.flushed()
  await own.kill9()
  await own.start()
  const subscriber = await subscribe(t, own, 'home/attic/#', ['-q', '1'])
  assert.deepEqual(await subscriber.next(), {
    topic: 'home/attic/kept',
    payload: Buffer.from('retained'),
    qos: 1,
    retain: true,
  })
  const browser = await connect(t, own, '/home/attic')
  assert.deepEqual((await browser.next()).slice(0, 2), ['kept', 'retained'])
  await publish(own, 'home/attic/live', 'x')
  assert.deepEqual(await subscriber.line(), ['home/attic/live', 'x'], 'nothing that was deleted')
  assert.deepEqual(await browser.next(), ['live', 'x'])
})
