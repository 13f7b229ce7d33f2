// The shortest way through everything: an MQTT publish reaches a socket.io client, an event reaches an MQTT subscriber, and
// a pulled plug loses neither the value nor the word that it is an old one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from './lib/gateway.mjs'
import { publish, subscribe } from './lib/mosquitto.mjs'
import { connect, transports } from './lib/socketio.mjs'

const config = `
[state]
flush_interval = "200ms"

[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"
`

for (const transport of Object.keys(transports)) {
  test(`from MQTT to socket.io and back, through a power cut (${transport})`, async (t) => {
    const gateway = await startGateway(t, config)
    const listener = await connect(t, gateway, '/home/kitchen', { transport })

    await publish(gateway, 'home/kitchen/temp', '20.5')
    assert.deepEqual(await listener.next(), ['temp', 20.5])

    const subscriber = await subscribe(t, gateway, 'home/+/light')
    assert.deepEqual(await listener.ask('light', 'on'), { ok: true })
    assert.deepEqual(await subscriber.line(), ['home/kitchen/light', 'on'])

    await publish(gateway, 'home/kitchen/temp', '21.5')
    assert.deepEqual(await listener.next(), ['temp', 21.5])
    await gateway.flushed()
    await gateway.kill9()
    await gateway.start()

    const late = await connect(t, gateway, '/home/kitchen', { transport })
    const replayed = Object.fromEntries((await late.take(2)).map(([name, value, meta]) => [name, { value, meta }]))
    assert.equal(replayed.temp.value, 21.5)
    assert.equal(replayed.temp.meta.replayed, true)
    assert.equal(replayed.temp.meta.topic, 'home/kitchen/temp')
    assert(replayed.temp.meta.age_ms >= 0, `age_ms is ${replayed.temp.meta.age_ms}`)
    await publish(gateway, 'home/kitchen/temp', '22.5')
    assert.deepEqual(await late.next('what comes live after the replay'), ['temp', 22.5])
  })
}
