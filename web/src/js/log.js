// The messages the page keeps: a capped log that can hold still, the last value of each topic, and the rate.

/** Keeps the newest messages. While paused, what is shown stays and newcomers wait to be counted. */
export class MessageLog {
  #all = []
  #held = null
  #newcomers = []

  constructor(cap = 500) {
    this.cap = cap
    this.waitingBeyondCap = 0
  }

  /** Adds {topic, payload, text, meta, at}. A replay goes to its place in time. */
  add(message) {
    let i = this.#all.length
    while (i > 0 && this.#all[i - 1].at > message.at) i--
    this.#all.splice(i, 0, message)
    if (this.#all.length > this.cap) this.#all.shift()
    if (!this.#held) return
    this.#newcomers.push(message)
    if (this.#newcomers.length > this.cap) {
      this.#newcomers.shift()
      this.waitingBeyondCap++
    }
  }

  get paused() {
    return this.#held !== null
  }

  pause() {
    this.#held ??= [...this.#all]
  }

  resume() {
    this.#held = null
    this.#newcomers = []
    this.waitingBeyondCap = 0
  }

  clear() {
    this.#all = []
    if (this.paused) this.#held = []
    this.#newcomers = []
    this.waitingBeyondCap = 0
  }

  /** How many newcomers that pass the filter wait for the end of the pause. */
  waiting(passes) {
    return this.waitingBeyondCap + this.#newcomers.filter((m) => passes(m.topic, m.text)).length
  }

  /** What to show, newest first, at most `limit`. */
  shown(passes, limit) {
    const source = this.#held ?? this.#all
    const out = []
    for (let i = source.length - 1; i >= 0 && out.length < limit; i--) {
      if (passes(source[i].topic, source[i].text)) out.push(source[i])
    }
    return out
  }
}

/** The last message of each topic, in topic order. The topic unheard for longest makes room when full. */
export class TopicTable {
  #last = new Map()

  constructor(cap = 1000) {
    this.cap = cap
  }

  get size() {
    return this.#last.size
  }

  /** Takes a message; false when it is a replay of, or from before, what the table has. */
  set(message) {
    const known = this.#last.get(message.topic)
    if (message.meta.replayed && known && message.meta.seq <= known.meta.seq) return false
    this.#last.delete(message.topic)
    this.#last.set(message.topic, message)
    if (this.#last.size > this.cap) this.#last.delete(this.#last.keys().next().value)
    return true
  }

  delete(topic) {
    this.#last.delete(topic)
  }

  list(passes) {
    const rows = [...this.#last.values()].filter((m) => passes(m.topic, m.text))
    return rows.sort((a, b) => (a.topic < b.topic ? -1 : 1))
  }
}

/** Counts events in one-second buckets over the last minute. */
export class Rate {
  #buckets = new Array(60).fill(0)
  #second = 0

  constructor(now) {
    this.#second = Math.floor(now / 1000)
  }

  #advance(now) {
    const second = Math.floor(now / 1000)
    const gap = Math.min(60, second - this.#second)
    for (let i = 0; i < gap; i++) {
      this.#buckets.shift()
      this.#buckets.push(0)
    }
    this.#second = second
  }

  count(now) {
    this.#advance(now)
    this.#buckets[59]++
  }

  /** Events a second, averaged over the last five whole seconds. */
  perSecond(now) {
    this.#advance(now)
    return this.#buckets.slice(54, 59).reduce((a, b) => a + b, 0) / 5
  }

  /** The last 60 seconds, oldest first. */
  history(now) {
    this.#advance(now)
    return [...this.#buckets]
  }
}
