// What MQTT clients may rely on that npm's client shows: sessions over power cuts, topic aliases.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'

const keep = { clean: false, properties: { sessionExpiryInterval: 600 } }

for (const protocolVersion of [4, 5]) {
  test(`retained messages survive a power cut before they are acknowledged (MQTT ${protocolVersion})`, async (t) => {
    const gateway = await startGateway(t)
    const publisher = await connectMQTT(t, gateway)
    const topics = Array.from({ length: 20 }, (_, i) => `state/${i}`)
    for (const topic of topics) await publisher.publish(topic, `of ${topic}`, { qos: 1, retain: true })
    const client = await connectMQTT(t, gateway, { ...keep, clientId: 'panel', protocolVersion })
    client.raw.handleMessage = () => {} // acknowledges nothing
    await client.subscribe('state/+', { qos: 1 })
    await gateway.kill9()
    await gateway.start()
    const back = await connectMQTT(t, gateway, { ...keep, clientId: 'panel', protocolVersion })
    assert(back.connack.sessionPresent, 'the session is there')
    const received = await back.take(topics.length)
    assert.deepEqual(received.map((m) => m.topic).sort(), topics.toSorted())
    assert(received.every((m) => m.retain && m.payload.toString() === `of ${m.topic}`))
  })
}

test('a client that takes topic aliases is sent each topic once, and knows it', async (t) => {
  const gateway = await startGateway(t)
  const client = await connectMQTT(t, gateway, { properties: { topicAliasMaximum: 2 } })
  const onTheWire = []
  client.raw.on('packetreceive', (packet) => {
    if (packet.cmd === 'publish') onTheWire.push([packet.topic.toString(), packet.properties?.topicAlias])
  })
  await client.subscribe('house/+/temperature', { qos: 1 })
  const publisher = await connectMQTT(t, gateway)
  for (const room of ['kitchen', 'hall', 'attic', 'kitchen', 'hall', 'attic']) {
    await publisher.publish(`house/${room}/temperature`, room, { qos: 1 })
  }
  const received = await client.take(6)
  for (const { topic, payload } of received) assert.equal(topic, `house/${payload}/temperature`)
  const [kitchen, hall, attic] = ['kitchen', 'hall', 'attic'].map((room) => `house/${room}/temperature`)
  assert.deepEqual(onTheWire, [
    [kitchen, 1],
    [hall, 2],
    [attic, undefined],
    ['', 1],
    ['', 2],
    [attic, undefined],
  ])
})
