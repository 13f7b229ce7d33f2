// What was promised and what arrived. Messages are numbers, counted from 0 by topic, so that a byte for each is enough for hours.

const most = 50

/** What went wrong, in words; beyond the first few it is only counted. */
export class Failures {
  list = []
  count = 0

  add(text) {
    this.count++
    if (this.list.length < most) this.list.push(text)
  }
}

/** A set of small whole numbers. */
class Numbers {
  #marks = new Uint8Array(1024)
  size = 0

  add(n) {
    if (n >= this.#marks.length) {
      const larger = new Uint8Array(Math.max(n + 1, 2 * this.#marks.length))
      larger.set(this.#marks)
      this.#marks = larger
    }
    this.size += 1 - this.#marks[n]
    this.#marks[n] = 1
  }

  has(n) {
    return this.#marks[n] === 1
  }

  /** Those that other has not. */
  without(other) {
    const left = []
    for (let n = 0; n < this.#marks.length; n++) if (this.has(n) && !other.has(n)) left.push(n)
    return left
  }
}

/** Numbers by topic. */
export class Book {
  topics = new Map()

  add(topic, n) {
    if (!this.topics.has(topic)) this.topics.set(topic, new Numbers())
    this.topics.get(topic).add(n)
  }

  of(topic) {
    return this.topics.get(topic) ?? new Numbers()
  }

  get size() {
    return [...this.topics.values()].reduce((sum, numbers) => sum + numbers.size, 0)
  }

  /** What is here and not in other: [[topic, numbers]], without topics where that is none. Only topics that wanted accepts. */
  without(other, wanted = () => true) {
    const topics = [...this.topics].filter(([topic]) => wanted(topic))
    return topics
      .map(([topic, numbers]) => [topic, numbers.without(other.of(topic))])
      .filter(([, left]) => left.length > 0)
  }
}

/** A receiver that stays connected, or recovers: every topic's numbers without a gap, in order, none twice. */
export class Sequence {
  last = new Map()

  constructor(name, failures) {
    Object.assign(this, { name, failures })
  }

  take(topic, n) {
    const last = this.last.get(topic)
    if (last !== undefined && n !== last + 1) this.failures.add(`${this.name}: ${topic} ${n} came after ${last}`)
    this.last.set(topic, n)
  }
}
