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

/** n gateways in a circle, each with a link to the next. Their ports have to be known before they start. */
async function startCircle(t, n, { direction = 'both', qos = 1 } = {}) {
  const ports = [...Array(n).keys()].map((i) => 20_000 + 50 * (process.pid % 200) + i)
  const gateways = []
  for (const [i, port] of ports.entries()) {
    const link = linkTo({ mqttPort: i, mqttUrl: `mqtt://127.0.0.1:${ports[(i + 1) % n]}` })
      .replace('"both"', `"${direction}"`)
      .replace('qos = 1', `qos = ${qos}`)
    gateways.push(await startGateway(t, rules + link, { env: { GATEWAY_MQTT_LISTEN: `127.0.0.1:${port}` } }))
  }
  for (const g of gateways) await until(() => linked(g), 'the link to be up')
  return gateways
}

const warnings = (gateway) => gateway.lines.filter((line) => line.includes('go round in a ring')).length

for (const [n, options] of [
  [2, {}],
  [2, { direction: 'out' }],
  [3, {}],
  [3, { direction: 'in' }],
]) {
  const name = `${n} gateways linked in a circle, ${options.direction ?? 'both'}: every message once, everywhere, and one warning`
  test(name, async (t) => {
    const gateways = await startCircle(t, n, options)
    await assertEachOnce(t, gateways)
    for (const g of gateways) assert(warnings(g) <= 1, `${warnings(g)} warnings`)
    assert(gateways.some((g) => warnings(g) === 1), 'nobody warns')
  })
}

test('two gateways in a ring: commands that say the same are all delivered, and a kill loses none', async (t) => {
  const gateways = await startCircle(t, 2)
  const [a, b] = gateways
  const there = await connectMQTT(t, b, { clientId: 'keeper', clean: false, protocolVersion: 4 })
  await there.subscribe('ring/plug', { qos: 1 })
  const here = await connect(t, a, '/ring')
  for (let i = 0; i < 30; i++) assert.equal((await here.ask('plug', 'toggle')).ok, true)
  const got = []
  const take = async (n) => {
    while (got.length < n) got.push((await there.line())[1])
  }
  await take(30)
  await there.raw.endAsync()
  await b.kill9()
  for (let i = 0; i < 10; i++) assert.equal((await here.ask('plug', String(i))).ok, true)
  await b.start()
  const back = await connectMQTT(t, b, { clientId: 'keeper', clean: false, protocolVersion: 4 })
  const late = []
  while (late.at(-1) !== '9') late.push((await back.line())[1])
  const numbers = late.filter((text) => text !== 'toggle') // what was acknowledged just before the kill may come again
  assert.deepEqual([...new Set(numbers)], [...Array(10).keys()].map(String))
  assert.deepEqual(got, Array(30).fill('toggle'))
})
