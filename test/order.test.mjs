// Ten thousand messages through one rule, each way: all of them, in their order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, transports } from './lib/socketio.mjs'
import { within } from './lib/wait.mjs'

const total = 10_000
const time = 60_000 // milliseconds, for all of them, on a slow machine

const gateway = sharedGateway(`
[[mapping]]
name = "numbers"
topic = "numbers/{way}"
namespace = "/numbers/{way}"
event = "number"
qos = 1
`)

/** Collects numbers with add; done resolves with all of them. */
function collector(what) {
  const numbers = []
  let finish
  const all = new Promise((resolve) => (finish = resolve))
  return {
    add: (n) => numbers.push(n) === total && finish(numbers),
    done: () => within(all, () => `${total} ${what}; ${numbers.length} came, the last ${numbers.at(-1)}`, time),
  }
}

function assertInOrder(numbers) {
  const wrong = numbers.findIndex((n, i) => n !== i)
  assert.equal(wrong, -1, `number ${numbers[wrong]} came in the place of ${wrong}`)
}

for (const transport of Object.keys(transports)) {
  test(`${total} messages from MQTT to socket.io (${transport})`, async (t) => {
    const way = `out-${transport}`
    const client = await connect(t, gateway, `/numbers/${way}`, { transport })
    const got = collector(`events at the ${transport} client`)
    client.socket.on('number', got.add)
    const device = await connectMQTT(t, gateway)
    const publish = async () => {
      for (let n = 0; n < total; n += 500) {
        const batch = Array.from({ length: 500 }, (_, i) =>
          device.raw.publishAsync(`numbers/${way}`, String(n + i), { qos: 1 }),
        )
        await within(Promise.all(batch), `PUBACKs up to number ${n + 500}`, time)
      }
    }
    const [numbers] = await Promise.all([got.done(), publish()])
    assertInOrder(numbers)
  })

  test(`${total} messages from socket.io to MQTT (${transport})`, async (t) => {
    const way = `in-${transport}`
    const device = await connectMQTT(t, gateway)
    await device.subscribe(`numbers/${way}`, { qos: 1 })
    const got = collector('messages at the MQTT client')
    device.raw.on('message', (_, payload) => got.add(Number(payload)))
    const client = await connect(t, gateway, `/numbers/${way}`, { transport })
    for (let n = 0; n < total - 1; n++) client.emit('number', n)
    const last = await client.socket.timeout(time).emitWithAck('number', total - 1)
    assert.deepEqual(last, { ok: true }, 'the ack of the last one')
    assertInOrder(await got.done())
  })
}
