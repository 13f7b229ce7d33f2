// Rules that send less than they hear (rate, dedupe, deadband), and rules for one principal only.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect } from './lib/socketio.mjs'

const rule = (name, more) => `
[[mapping]]
name = "${name}"
topic = "${name}/{id}"
namespace = "/${name}"
event = "{id}"
direction = "mqtt_to_socketio"
${more}
`
const gateway = sharedGateway(`
${rule('dedupe', 'dedupe = "10m"')}
${rule('deadband', 'deadband = 0.5')}
${rule('drop', 'rate = "2/h"\nover = "drop"')}
${rule('latest', 'rate = "10/s"')}

[[mapping]]
name = "own"
topic = "users/{client.id}/{what}"
namespace = "/me"
event = "{what}"
`)

/** Publishes payloads to a topic, then x to the rule's topic "end"; resolves with what came of the first before the second. */
async function through(t, name, payloads) {
  const device = await connectMQTT(t, gateway)
  const client = await connect(t, gateway, `/${name}`)
  for (const payload of payloads) await device.publish(`${name}/value`, payload)
  await device.publish(`${name}/end`, 'x')
  const got = []
  for (;;) {
    const [event, value] = await client.next()
    if (event === 'end') return got
    got.push(value)
  }
}

test('dedupe leaves out the same value again, of the same topic', async (t) => {
  assert.deepEqual(await through(t, 'dedupe', ['1', '1', '2', '2', '1', '"1"', '1']), [1, 2, 1, '1', 1])
})

test('deadband leaves out numbers that differ by less, from the last one sent', async (t) => {
  assert.deepEqual(await through(t, 'deadband', ['20', '20.3', '20.4', '20.5', '20.1', '19', 'off', '19.1']), [
    20,
    20.5,
    19,
    'off',
    19.1,
  ])
})

test('rate with over = "drop" sends so many and drops the rest, of each topic', async (t) => {
  assert.deepEqual(await through(t, 'drop', ['1', '2', '3', '4']), [1, 2])
  const count = (await gateway.metrics()).value('gateway_mapping_filtered_total', { mapping: 'drop' })
  assert.equal(count, 2)
})

test('rate with over = "latest" always ends with the newest, in order', async (t) => {
  const device = await connectMQTT(t, gateway)
  const client = await connect(t, gateway, '/latest')
  const last = 200
  for (let n = 0; n <= last; n++) await device.publish('latest/n', String(n))
  const got = []
  do got.push((await client.next(`the newest after ${got.at(-1)}`))[1])
  while (got.at(-1) !== last)
  assert.deepEqual(
    got,
    [...new Set(got)].sort((a, b) => a - b),
    'in order, none twice',
  )
  assert.equal(got[0], 0)
})

test('{client.id} is who the client is, both ways', async (t) => {
  const device = await connectMQTT(t, gateway)
  await device.subscribe('users/#')
  const client = await connect(t, gateway, '/me')
  assert.deepEqual(await client.ask('say', 'hello'), { ok: true })
  assert.deepEqual(await device.line(), ['users/anonymous/say', 'hello'])
  await device.publish('users/somebody-else/inbox', 'not for you')
  await device.publish('users/anonymous/inbox', 'for you')
  assert.deepEqual(await client.next(), ['inbox', 'for you'])
})
