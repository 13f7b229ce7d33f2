// The moment of joining: hundreds of times, among many topics, while a publisher runs. What is replayed and what is live must
// meet without a gap, a duplicate or a live value ahead of the replay.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, open, transports } from './lib/socketio.mjs'
import { within } from './lib/wait.mjs'

const gateway = sharedGateway(`
[[mapping]]
name = "counters"
topic = "count/{id}"
namespace = "/count"
event = "{id}"
meta = "always"

[[mapping]]
name = "by room"
topic = "room/{room}/{id}"
namespace = "/rooms"
event = "{id}"
room = "{room}"
direction = "mqtt_to_socketio"
meta = "always"
`)
const others = 300 // topics beside the counter: a replay takes a while
const rounds = 40

/** Gives every topic below base a value, then publishes 0, 1, 2, ... to base/n until stop is called. */
async function counter(t, base) {
  const device = await connectMQTT(t, gateway)
  await Promise.all(Array.from({ length: others }, (_, i) => device.publish(`${base}/other-${i}`, '0')))
  let stopped = false
  const done = (async () => {
    for (let n = 0; !stopped; n += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, i) => device.publish(`${base}/n`, String(n + i))))
    }
  })()
  done.catch(() => {}) // for when the test fails first
  await device.publish(`${base}/started`, 'x') // by the same connection: the first numbers are through
  const stop = () => {
    stopped = true
    return done
  }
  t.after(stop)
  return stop
}

/**
 * Reads six of the counter's events. The first may be a replay; when a newer number came in that very moment it is live, as
 * all others are. Resolves with whether it was a replay.
 */
async function readSome(client, topic, round) {
  const got = []
  let live = false
  while (got.length < 6) {
    const event = await client.next(`the counter in round ${round}`)
    const meta = event.at(-1)
    if (meta.topic === topic) got.push([event.at(-2), meta.replayed])
    assert(!(live && meta.replayed), `round ${round}: ${meta.topic} was replayed after a live message`)
    live ||= !meta.replayed
  }
  const [first, replayed] = got[0]
  const wanted = Array.from({ length: 6 }, (_, i) => [first + i, i === 0 && replayed])
  assert.deepEqual(got, wanted, `round ${round}: [number, replayed]`)
  return replayed
}

/** The events that came until the acknowledgement of the leaving are of no interest. */
async function forget(client, leave) {
  assert.equal((await leave()).ok, true)
  client.drain()
}

for (const transport of Object.keys(transports)) {
  test(`subscribe and unsubscribe ${rounds} times (${transport})`, async (t) => {
    const base = `raw/${transport}`
    const stop = await counter(t, base)
    const client = await connect(t, gateway, '/mqtt', { transport })
    let replays = 0
    for (let round = 0; round < rounds; round++) {
      client.emit('subscribe', `${base}/#`)
      replays += await readSome(client, `${base}/n`, round)
      await forget(client, () => client.ask('unsubscribe', `${base}/#`))
    }
    assert(replays > 0, 'no number was ever replayed')
    await stop()
  })

  test(`join and leave a room ${rounds} times (${transport})`, async (t) => {
    const base = `room/${transport}`
    const stop = await counter(t, base)
    const client = await connect(t, gateway, '/rooms', { transport })
    let replays = 0
    for (let round = 0; round < rounds; round++) {
      client.emit('join', transport)
      replays += await readSome(client, `${base}/n`, round)
      await forget(client, () => client.ask('leave', transport))
    }
    assert(replays > 0, 'no number was ever replayed')
    await stop()
  })
}

test(`enter a namespace ${rounds} times`, async (t) => {
  const stop = await counter(t, 'count')
  const first = await connect(t, gateway, '/count')
  let replays = 0
  for (let round = 0; round < rounds; round++) {
    const client = open(t, gateway, '/count')
    replays += await readSome(client, 'count/n', round)
    client.manager._close()
  }
  assert(replays > 0, 'no number was ever replayed')
  await within(stop(), 'the publisher to stop')
  assert.equal(first.socket.connected, true)
})
