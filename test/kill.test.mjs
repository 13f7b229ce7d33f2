// Power cuts under load: what was acknowledged has reached whoever keeps a session, at least once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import mqtt from 'mqtt'
import { Manager } from 'socket.io-client'
import { startMosquitto } from './lib/broker.mjs'
import { startGateway } from './lib/gateway.mjs'
import { until, within } from './lib/wait.mjs'

const kills = process.env.GATEWAY_LONG ? 200 : 10
const interval = 20 // milliseconds from command to command
const catchUp = 30_000

const config = (broker) => `
[[mapping]]
name = "commands"
topic = "command/{device}"
namespace = "/command"
event = "{device}"
direction = "socketio_to_mqtt"
qos = 1
replay = "none"

[[link]]
name = "other"
url = "${broker.url}"
client_id = "gateway"
topics = [{ filter = "command/#", direction = "out", qos = 1 }]
`

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** A subscriber whose session stays when it goes. */
class Keeper {
  received = new Set()

  constructor(name, url) {
    Object.assign(this, { name, url })
  }

  known = false

  /** Connects; the session has to be there from the second connection on. */
  async come() {
    this.raw = mqtt.connect(this.url, { clientId: this.name, clean: false, reconnectPeriod: 100, resubscribe: false })
    this.raw.on('error', () => {})
    this.raw.on('message', (topic, payload) => this.received.add(`${topic} ${payload}`))
    this.raw.on('connect', ({ sessionPresent }) => (this.forgotten ||= this.known && !sessionPresent))
    if (this.known) return
    await within(this.raw.subscribeAsync('command/#', { qos: 1 }), `${this.name}'s SUBACK`)
    this.known = true
  }

  leave() {
    return this.raw.endAsync(true)
  }

  assertHas(acknowledged) {
    const missing = [...acknowledged].filter((command) => !this.received.has(command))
    assert.deepEqual(missing, [], `${this.name} lacks commands that were acknowledged`)
    assert(!this.forgotten, `the session of ${this.name} is forgotten`)
    // These were sent once, one after the other; what comes again does not count.
    const numbers = [...this.received].filter(isFrom('socketio')).map((command) => Number(command.split(' ')[1]))
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
      `${this.name} got commands out of order`,
    )
  }
}

/** Three ways to send a command; each resolves when it is acknowledged, and rejects when that is not to be known. */
function waysIn(t, gateway) {
  const publisher = mqtt.connect(gateway.mqttUrl, { clientId: 'publisher', reconnectPeriod: 50 })
  publisher.on('error', () => {})
  const manager = new Manager(gateway.url, {
    transports: ['websocket'],
    reconnectionDelay: 50,
    reconnectionDelayMax: 50,
  })
  const socket = manager.socket('/command')
  t.after(() => (publisher.end(true), manager._close()))
  return {
    async mqtt(n) {
      assert(publisher.connected)
      await publisher.publishAsync('command/mqtt', n, { qos: 1 })
    },
    async socketio(n) {
      assert(socket.connected)
      assert((await socket.timeout(5000).emitWithAck('socketio', n)).ok)
    },
    async http(n) {
      const response = await fetch(gateway.at('api/v1/publish/command/http?qos=1'), { method: 'POST', body: n })
      assert(response.ok)
    },
  }
}

/** Sends commands until told to stop; acknowledged has "topic payload" of those that were. */
function startCommands(t, gateway) {
  const ways = Object.entries(waysIn(t, gateway))
  const acknowledged = new Set()
  let n = 0
  const timer = setInterval(() => {
    const [way, send] = ways[n % ways.length]
    const payload = String(n++)
    send(payload).then(
      () => acknowledged.add(`command/${way} ${payload}`),
      () => {},
    )
  }, interval)
  t.after(() => clearInterval(timer))
  return { acknowledged, stop: () => clearInterval(timer) }
}

const isFrom = (way) => (command) => command.startsWith(`command/${way} `)

test(`${kills} power cuts: no acknowledged command is lost`, { timeout: kills * 10_000 + 60_000 }, async (t) => {
  const broker = await startMosquitto(t)
  const gateway = await startGateway(t, config(broker))
  const keepers = [new Keeper('keeper', gateway.mqttUrl), new Keeper('beyond', broker.url)]
  t.after(() => Promise.all(keepers.map((k) => k.leave())))
  for (const keeper of keepers) await keeper.come()
  const [keeper, beyond] = keepers
  const commands = startCommands(t, gateway)

  for (let kill = 0; kill < kills; kill++) {
    await (kill % 3 === 0 ? keeper.leave() : kill % 3 === 2 && keeper.come())
    await (kill % 4 === 1 ? broker.stop() : kill % 4 === 3 && broker.start())
    await pause(100 + Math.random() * 500)
    await gateway.kill9()
    await gateway.start()
  }
  commands.stop()
  if (!keeper.raw.connected) await keeper.come()
  await broker.stop()
  await broker.start()

  const { acknowledged } = commands
  const complete = () => keepers.every((k) => [...acknowledged].every((command) => k.received.has(command)))
  await until(complete, 'everything to arrive', catchUp).catch(() => {})
  for (const k of keepers) k.assertHas(acknowledged)
  for (const way of ['mqtt', 'socketio', 'http'])
    assert([...acknowledged].filter(isFrom(way)).length > kills, `acknowledged by ${way}`)
  t.diagnostic(`${acknowledged.size} commands acknowledged, ${beyond.received.size} arrived beyond the link`)
})
