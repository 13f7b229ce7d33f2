// Request and response: the acknowledgement is the device's own answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, transports } from './lib/socketio.mjs'

const gateway = sharedGateway(`
[[mapping]]
name = "switch"
topic = "cmnd/{plug}/POWER"
namespace = "/power"
event = "switch/{plug}"
direction = "socketio_to_mqtt"
payload = "text"
[mapping.rpc]
reply = "stat/{plug}/RESULT"
timeout = "10s"

[[mapping]]
name = "impatient"
topic = "ask/{device}"
namespace = "/power"
event = "ask/{device}"
direction = "socketio_to_mqtt"
[mapping.rpc]
reply = "answer/{device}"
timeout = "200ms"

[[mapping]]
name = "matched"
topic = "order/{device}"
namespace = "/power"
event = "order/{device}"
direction = "socketio_to_mqtt"
[mapping.rpc]
reply = "result/{device}"
match = "payload.done == true"
timeout = "10s"
`)

for (const transport of Object.keys(transports)) {
  test(`the ack waits for the device and carries its answer (${transport})`, async (t) => {
    const plug = await connectMQTT(t, gateway)
    const name = `plug-${transport}`
    await plug.subscribe(`cmnd/${name}/POWER`)
    const client = await connect(t, gateway, '/power', { transport })
    const answer = client.ask(`switch/${name}`, 'ON')
    assert.deepEqual(await plug.line(), [`cmnd/${name}/POWER`, 'ON'])
    await plug.publish(`stat/${name}/RESULT`, '{"POWER":"ON"}')
    assert.deepEqual(await answer, { ok: true, topic: `stat/${name}/RESULT`, payload: { POWER: 'ON' } })
  })
}

test('a device that does not answer is a timeout, in words', async (t) => {
  const device = await connectMQTT(t, gateway)
  await device.subscribe('ask/nobody')
  const client = await connect(t, gateway, '/power')
  const { ok, error } = await client.ask('ask/nobody', 'well?')
  assert.deepEqual([ok, error?.code], [false, 'timeout'])
  assert.match(error.message, /no answer on "answer\/nobody" within 200ms/)
})

test('an answer that comes too late does not answer the next question', async (t) => {
  const device = await connectMQTT(t, gateway)
  await device.subscribe('ask/slow')
  const client = await connect(t, gateway, '/power')
  assert.equal((await client.ask('ask/slow', 1)).error?.code, 'timeout')
  await device.next()
  await device.publish('answer/slow', 'one')
  const second = client.ask('ask/slow', 2)
  await device.next()
  await device.publish('answer/slow', 'two')
  assert.deepEqual(await second, { ok: true, topic: 'answer/slow', payload: 'two' })
})

test('one question at a time for each device, first come first served', async (t) => {
  const plug = await connectMQTT(t, gateway)
  await plug.subscribe(['cmnd/queue/POWER', 'stat/queue/RESULT'])
  const clients = [await connect(t, gateway, '/power'), await connect(t, gateway, '/power')]
  const first = clients[0].ask('switch/queue', 'A')
  assert.deepEqual(await plug.line(), ['cmnd/queue/POWER', 'A'])
  const second = clients[1].ask('switch/queue', 'B')
  await clients[1].ask('nothing') // events of one client are taken in order: the gateway has B
  await plug.publish('stat/queue/RESULT', 'a')
  assert.equal((await first).payload, 'a')
  assert.deepEqual(await plug.line(), ['stat/queue/RESULT', 'a'], 'B waits until A is answered')
  assert.deepEqual(await plug.line(), ['cmnd/queue/POWER', 'B'])
  await plug.publish('stat/queue/RESULT', 'b')
  assert.equal((await second).payload, 'b')
  assert.deepEqual(await plug.line(), ['stat/queue/RESULT', 'b'])
})

test('match tells the answer from other messages on the reply topic', async (t) => {
  const device = await connectMQTT(t, gateway)
  await device.subscribe('order/oven')
  const client = await connect(t, gateway, '/power')
  const answer = client.ask('order/oven', 'bake')
  await device.next()
  await device.publish('result/oven', '{"done":false,"n":1}')
  await device.publish('result/oven', 'no JSON at all')
  await device.publish('result/oven', '{"done":true,"n":2}')
  assert.deepEqual((await answer).payload, { done: true, n: 2 })
})

test('a command is not replayed to a late joiner of the raw bus', async (t) => {
  const plug = await connectMQTT(t, gateway)
  await plug.subscribe('cmnd/late/POWER')
  const client = await connect(t, gateway, '/power')
  const answer = client.ask('switch/late', 'ON')
  await plug.next()
  await plug.publish('stat/late/RESULT', 'done')
  await answer
  const raw = await client.also('/mqtt')
  await raw.ask('subscribe', ['cmnd/late/POWER', 'stat/late/RESULT'])
  const [, topic, payload, meta] = await raw.next('the last answer')
  assert.deepEqual([topic, payload, meta.replayed], ['stat/late/RESULT', 'done', true])
})
