// A command that nobody can answer is acknowledged as offline at once, not as a timeout after seconds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, transports } from './lib/socketio.mjs'

// Nothing here waits for this long: a command that is not answered at once fails by the time limit of its test.
const gateway = sharedGateway(`
[[mapping]]
name = "plug"
topic = "cmnd/{plug}/POWER"
namespace = "/power"
event = "switch/{plug}"
direction = "socketio_to_mqtt"
payload = "text"
qos = 1
[mapping.rpc]
reply = "stat/{plug}/RESULT"
timeout = "10m"

[[mapping]]
name = "twin"
topic = "cmnd/twin/POWER"
to = "cmnd/original/POWER"
`)

async function sessionOf(t, clientId) {
  const session = await connectMQTT(t, gateway, { clientId, clean: true, properties: { sessionExpiryInterval: 600 } })
  await session.subscribe(`cmnd/${clientId}/POWER`, { qos: 1 })
  await session.raw.endAsync()
}

for (const transport of Object.keys(transports)) {
  test(`a command to nobody is offline (${transport})`, async (t) => {
    const client = await connect(t, gateway, '/power', { transport })
    const { ok, error } = await client.ask('switch/nobody', 'ON')
    assert.deepEqual([ok, error.code], [false, 'offline'])
    assert.equal(error.message, 'nobody is connected who listens to "cmnd/nobody/POWER"')
  })
}

test('the message says for whom it waits, and he gets it if he comes back in time', async (t) => {
  await sessionOf(t, 'plug_7')
  const client = await connect(t, gateway, '/power')
  const { error } = await client.ask('switch/plug_7', 'ON')
  assert.equal(error.code, 'offline')
  assert.match(error.message, /nobody is connected who listens to "cmnd\/plug_7\/POWER"; it waits on disk for plug_7/)
  const back = await connectMQTT(t, gateway, { clientId: 'plug_7', clean: false, properties: { sessionExpiryInterval: 600 } })
  assert.deepEqual(await back.line(), ['cmnd/plug_7/POWER', 'ON'])
})

test('a rule is not taken for somebody who listens, the device behind it is', async (t) => {
  const client = await connect(t, gateway, '/power')
  assert.equal((await client.ask('switch/twin', 'ON')).error.code, 'offline')
  const device = await connectMQTT(t, gateway)
  await device.subscribe('cmnd/original/POWER')
  const answer = client.ask('switch/twin', 'ON')
  await device.next()
  await device.publish('stat/twin/RESULT', 'done')
  assert.deepEqual(await answer, { ok: true, topic: 'stat/twin/RESULT', payload: 'done' })
})

test('a device on /mqtt is somebody who listens', async (t) => {
  const client = await connect(t, gateway, '/power')
  const device = await connect(t, gateway, '/mqtt')
  await device.ask('subscribe', ['cmnd/board/POWER'])
  const answer = client.ask('switch/board', 'ON')
  await device.next('the command')
  await device.ask('publish', 'stat/board/RESULT', 'done')
  assert.deepEqual(await answer, { ok: true, topic: 'stat/board/RESULT', payload: 'done' })
})

test('a device that leaves is offline from then on', async (t) => {
  const client = await connect(t, gateway, '/power')
  const device = await connectMQTT(t, gateway)
  await device.subscribe('cmnd/leaving/POWER')
  const answer = client.ask('switch/leaving', 'ON')
  await device.next()
  await device.publish('stat/leaving/RESULT', 'done')
  assert.equal((await answer).payload, 'done')
  await device.raw.endAsync()
  const other = await connectMQTT(t, gateway)
  const codes = []
  while (codes.at(-1) !== 'offline') {
    const asked = client.ask('switch/leaving', 'ON')
    await other.publish('stat/leaving/RESULT', 'an answer, should the gateway not have noticed yet')
    codes.push((await asked).error?.code)
  }
})
