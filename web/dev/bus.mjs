// The bus of the dev server: last values and subscriptions, as /mqtt has them.
import { matchTopic } from '../src/js/filter.js'

export class Bus {
  #seq = 100
  #last = new Map()
  #subscribers = []
  #rules = []

  /** Publishes and returns the sequence number. */
  publish(topic, payload, { qos = 0, retain = false } = {}) {
    const bytes = Buffer.isBuffer(payload) ? payload.toString() : payload
    const message = { topic, payload: auto(bytes), seq: ++this.#seq, at: Date.now(), qos, retained: retain }
    this.#last.set(topic, message)
    for (const { filter, socket } of this.#subscribers) {
      if (matchTopic(filter, topic)) socket.emit('message', topic, message.payload, meta(message, false))
    }
    for (const rule of this.#rules) if (matchTopic(rule.filter, topic)) rule.run(message)
    return message.seq
  }

  subscribe(filter, socket) {
    for (const m of this.#last.values()) {
      if (matchTopic(filter, m.topic)) socket.emit('message', m.topic, m.payload, meta(m, true))
    }
    const entry = { filter, socket }
    this.#subscribers.push(entry)
    socket.on('disconnect', () => (this.#subscribers = this.#subscribers.filter((s) => s !== entry)))
  }

  /** Calls run(message) for every message on the filter. */
  rule(filter, run) {
    this.#rules.push({ filter, run })
  }

  last(topic) {
    return this.#last.get(topic)
  }
}

/** The second argument of an event. */
export function meta({ topic, seq, at, qos, retained }, replayed) {
  return { topic, seq, at, qos, retained, replayed, ...(replayed && { age_ms: Date.now() - at }) }
}

function auto(text) {
  if (typeof text !== 'string') return text
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
