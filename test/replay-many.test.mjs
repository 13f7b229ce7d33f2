// More last values than a client's queue holds: they come at the client's own pace, all of them, and then what is live.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, open, transports } from './lib/socketio.mjs'
import { within } from './lib/wait.mjs'

const total = 20_000
const payload = 'x'.repeat(100) // over 5 MB of packets in all, of which 1 MiB may wait for a client
const time = 30_000

const gateway = sharedGateway(`
[[mapping]]
name = "many"
topic = "many/{n}"
namespace = "/many"
event = "{n}"
`)

test(`${total} topics get a value`, async (t) => {
  const device = await connectMQTT(t, gateway)
  for (let n = 0; n < total; n += 1000) {
    const batch = Array.from({ length: 1000 }, (_, i) => device.raw.publishAsync(`many/${n + i}`, payload, { qos: 1 }))
    await within(Promise.all(batch), `PUBACKs up to ${n + 1000}`, time)
  }
})

/**
 * Counts how often each topic arrives at a client, until one that is published after the client has joined: what joined
 * resolves with is the gateway's word for that. topicOf reads an event.
 */
async function countToEnd(t, client, joined, topicOf) {
  const end = `many/end-${client.transport}-${ends++}`
  const seen = new Map()
  const arrival = new Promise((resolve) => {
    client.socket.onAny((...event) => {
      const topic = topicOf(event)
      seen.set(topic, (seen.get(topic) ?? 0) + 1)
      if (topic === end) resolve(seen)
    })
  })
  await joined()
  const device = await connectMQTT(t, gateway)
  await device.publish(end, 'x')
  return within(arrival, () => `the end; ${seen.size} of ${total} topics came`, time)
}
let ends = 0

function assertEachOnce(seen) {
  const wrong = []
  for (let n = 0; n < total; n++) if (seen.get(`many/${n}`) !== 1) wrong.push(`${n}: ${seen.get(`many/${n}`) ?? 0}`)
  assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} topics did not come exactly once`)
}

for (const transport of Object.keys(transports)) {
  test(`subscribe("#") to ${total} topics (${transport})`, async (t) => {
    const client = await connect(t, gateway, '/mqtt', { transport })
    const subscribed = async () => assert.equal((await client.ask('subscribe', '#')).ok, true)
    assertEachOnce(await countToEnd(t, client, subscribed, ([, topic]) => topic))
    assert.equal(client.socket.connected, true)
  })

  test(`a namespace of ${total} topics (${transport})`, async (t) => {
    const client = open(t, gateway, '/many', { transport })
    const entered = () => client.ask('nothing', 1, 2) // refused, but only once the client is in
    assertEachOnce(await countToEnd(t, client, entered, ([event]) => `many/${event}`))
    assert.equal(client.socket.connected, true)
  })
}
