// Who receives: MQTT sessions that outlive their connections, and socket.io clients that miss nothing.
import mqtt from 'mqtt'
import { connect, transports } from '../lib/socketio.mjs'
import { within } from '../lib/wait.mjs'
import { Book, Sequence } from './ledger.mjs'
import { pause } from './schedule.mjs'

/** An MQTT client with a session that stays: everything that was promised arrives at least once. */
export class Keeper {
  received = new Book()

  /** options are those of mqtt.connect; wants says which topics it has to get. */
  constructor(name, url, filters, qos, options = {}) {
    // With QoS 2 what the client has taken and not released is part of its session too.
    const incomingStore = new mqtt.Store({ clean: false })
    const session = { clean: false, incomingStore, resubscribe: false, reconnectPeriod: 200, ...options }
    Object.assign(this, { name, url, filters, qos, options: { clientId: name, ...session } })
  }

  wants(topic) {
    return this.filters.some((filter) => topic.startsWith(filter.replace('#', '')))
  }

  async come() {
    const known = this.raw !== undefined
    this.raw = mqtt.connect(this.url, this.options)
    this.raw.on('error', () => {})
    this.raw.on('message', (topic, payload) => this.received.add(topic, Number(payload)))
    if (!known) await within(this.raw.subscribeAsync(this.filters, { qos: this.qos }), `${this.name}'s SUBACK`)
  }

  /** Is away for a while. */
  async rest(ms) {
    await this.raw.endAsync(true)
    await pause(ms)
    await this.come()
  }

  leave() {
    return this.raw?.endAsync(true)
  }
}

/** socket.io clients of every transport: one that stays, and one whose connection is cut again and again. */
export async function startSockets(s) {
  for (const transport of Object.keys(transports)) {
    await startSocket(s, transport, `${transport}, staying`)
    const { client, sequence } = await startSocket(s, transport, `${transport}, cut off`)
    s.schedule.every(4000 + Math.random() * 4000, sequence.name, () => cut(s, client, sequence))
  }
}

async function startSocket(s, transport, name) {
  const sequence = new Sequence(name, s.failures)
  const client = await connect(s.t, s.gateway, '/soak', { transport, reconnection: true })
  client.socket.onAny((event, n, meta) => {
    client.drain() // the inbox is not read
    if (!meta?.replayed) sequence.take(`soak/${event}`, n)
  })
  s.sequences.push(sequence)
  return { client, sequence }
}

// A network that fails, below socket.io.
async function cut(s, client, sequence) {
  const back = new Promise((resolve) => client.socket.once('connect', resolve))
  client.manager.engine.close()
  await within(back, 'to be back')
  s.counts.recoveries++
  if (client.socket.recovered) return
  s.failures.add(`${sequence.name}: came back and was not recovered`)
  sequence.last.clear()
}
