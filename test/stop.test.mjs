// The end: told to stop, the gateway says goodbye to everybody, keeps what it has, and goes; without being told, clients come
// back by themselves.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from './lib/gateway.mjs'
import { subscribe } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { Process } from './lib/process.mjs'
import { connect, transports } from './lib/socketio.mjs'
import { within } from './lib/wait.mjs'

const config = `
[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"
`

test('SIGTERM with clients connected: they are told, the process ends with 0 within five seconds, nothing is lost', async (t) => {
  const gateway = await startGateway(t, config)
  const device = await connectMQTT(t, gateway, { clientId: 'device' })
  const overWebsocket = await connectMQTT(t, gateway, { url: gateway.mqttWebsocketUrl })
  await subscribe(t, gateway, '#')
  const clients = []
  for (const transport of Object.keys(transports)) {
    for (let i = 0; i < 5; i++) clients.push(await connect(t, gateway, '/home/kitchen', { transport }))
  }
  // Flushes are 5 s apart: what is kept of these is kept by the stop.
  for (let n = 0; n < 200; n++) await device.publish('home/kitchen/n', String(n), { qos: 1, retain: true })

  const told = new Promise((resolve) => device.raw.once('disconnect', (packet) => resolve(packet.reasonCode)))
  const gone = [...clients.map((c) => c.disconnected()), device.closed(), overWebsocket.closed()]
  await gateway.stop()
  await Promise.all(gone)
  assert.equal(await within(told, 'the DISCONNECT packet'), 0x8b, 'reason: server shutting down')
  for (const { transport, drain } of clients.map((c) => ({ transport: c.transport, drain: c.drain() }))) {
    assert.deepEqual(drain.at(-1), ['n', 199], `the last event of a ${transport} client`)
  }

  await gateway.start()
  const late = await connect(t, gateway, '/home/kitchen')
  assert.deepEqual((await late.next()).slice(0, 2), ['n', 199])
  const mqtt = await connectMQTT(t, gateway)
  await mqtt.subscribe('home/kitchen/n')
  assert.deepEqual((await mqtt.next()).payload.toString(), '199')
})

for (const transport of Object.keys(transports)) {
  test(`after a power cut clients come back by themselves and get the last value (${transport})`, async (t) => {
    const gateway = await startGateway(t, `[state]\nflush_interval = "200ms"\n${config}`)
    const client = await connect(t, gateway, '/home/kitchen', { transport, reconnection: true })
    const before = await connectMQTT(t, gateway)
    await before.publish('home/kitchen/temp', '1')
    assert.deepEqual(await client.next(), ['temp', 1])
    await gateway.flushed()
    const back = new Promise((resolve) => client.manager.once('reconnect', resolve))
    await gateway.kill9()
    await gateway.start()
    await within(back, 'the client to reconnect', 30_000)
    const [name, value, meta] = await client.next('the replay')
    assert.deepEqual([name, value, meta.replayed], ['temp', 1, true])
    const after = await connectMQTT(t, gateway)
    await after.publish('home/kitchen/temp', '2')
    assert.deepEqual(await client.next(), ['temp', 2])
    assert.deepEqual(await client.ask('light', 'on'), { ok: true })
  })
}

test('a second gateway on the same data directory is refused, and the first goes on', async (t) => {
  const gateway = await startGateway(t, config)
  const client = await connect(t, gateway, '/home/kitchen')
  const second = await startSecond(gateway)
  assert.equal(second.code, 1)
  assert.match(second.output, /in use|another gateway|already/i)
  const device = await connectMQTT(t, gateway)
  await device.publish('home/kitchen/temp', '1')
  assert.deepEqual(await client.next(), ['temp', 1])
})

async function startSecond(gateway) {
  const args = gateway.commandLine()
  const env = {
    GATEWAY_HTTP_LISTEN: '127.0.0.1:0',
    GATEWAY_MQTT_LISTEN: '127.0.0.1:0',
    GATEWAY_MQTT_WEBSOCKET_LISTEN: '',
  }
  const process = new Process(args[0], args.slice(1), { env })
  const { code } = await within(process.exit, 'the second gateway to end').finally(() => process.child.kill('SIGKILL'))
  return { code, output: process.text() }
}
