// Gateways that are linked: each message arrives once. Rings of links are tested in internal/link.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect } from './lib/socketio.mjs'
import { until } from './lib/wait.mjs'

const rules = `
[[mapping]]
name = "ring"
topic = "ring/{name}"
namespace = "/ring"
event = "{name}"
qos = 1
`

const linkTo = (other) => `
[[link]]
name = "ring"
url = "${other.mqttUrl}"
client_id = "from-${other.mqttPort}"
topics = [{ filter = "ring/#", direction = "both", qos = 1 }]
`

const linked = async (g) => (await g.metrics()).value('gateway_link_up', { link: 'ring' }) === 1

/** Two gateways, the second with a link in both directions to the first. */
async function startPair(t) {
  const a = await startGateway(t, rules)
  const b = await startGateway(t, rules + linkTo(a))
  await until(() => linked(b), 'the link to be up')
  return [a, b]
}

/** A writer, an MQTT reader and a socket.io reader of one gateway. */
async function clientsOf(t, gateway) {
  const clients = {
    writer: await connectMQTT(t, gateway),
    mqtt: await connectMQTT(t, gateway),
    socket: await connect(t, gateway, '/ring'),
  }
  await clients.mqtt.subscribe('ring/#', { qos: 1 })
  return clients
}

const total = 20
const numbers = [...Array(total).keys()]

/**
 * Writes numbers at every gateway in turn, then a last word. Each reader gets the numbers of each writer in order, none twice,
 * and nothing behind the last word of a second round: a copy that goes round would come before it.
 */
async function assertEachOnce(t, gateways) {
  const clients = []
  for (const g of gateways) clients.push(await clientsOf(t, g))
  for (const n of numbers) for (const [i, c] of clients.entries()) await c.writer.publish(`ring/n${i}`, String(n))
  for (const round of ['one', 'two']) {
    for (const [i, c] of clients.entries()) await c.writer.publish(`ring/end${i}`, round)
    for (const { mqtt, socket } of clients) {
      await assertReader(clients.length, round, async () => (await mqtt.line()).map((s) => s.replace('ring/', '')))
      await assertReader(clients.length, round, () => socket.next())
    }
  }
}

async function assertReader(writers, round, next) {
  const got = Object.fromEntries(
    [...Array(writers).keys()].flatMap((i) => [
      [`n${i}`, []],
      [`end${i}`, []],
    ]),
  )
  const expected = { n: round === 'one' ? numbers : [], end: [round] }
  for (let i = 0; i < writers * (expected.n.length + 1); i++) {
    const [name, value] = await next()
    got[name].push(name.startsWith('end') ? value : Number(value))
  }
  for (const [name, values] of Object.entries(got)) assert.deepEqual(values, expected[name.replace(/\d/, '')], name)
}

test('one link in both directions: every message once, everywhere', async (t) => {
  await assertEachOnce(t, await startPair(t))
})
