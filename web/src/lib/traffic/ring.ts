import type { Message } from './types'

/**
 * The last messages, oldest first, at most `capacity`. What is added in one go costs one pass: at a thousand messages a
 * second the page adds ten batches.
 */
export class Ring {
  private list: Message[] = []

  constructor(readonly capacity = 10_000) {}

  get items(): readonly Message[] {
    return this.list
  }

  get length(): number {
    return this.list.length
  }

  /** The newest sequence number held; 0 when empty. */
  get last(): number {
    return this.list.at(-1)?.seq ?? 0
  }

  /** The oldest sequence number held; 0 when empty. */
  get first(): number {
    return this.list[0]?.seq ?? 0
  }

  /** Adds messages newer than those held. Those already held, as after a reconnection, are passed over. */
  push(batch: readonly Message[]): Message[] {
    const fresh = batch.filter(newerThan(this.last))
    this.list = this.list.concat(fresh)
    if (this.list.length > this.capacity) this.list = this.list.slice(this.list.length - this.capacity)
    return fresh
  }

  /** Adds older messages before those held, as far as there is room. */
  unshift(batch: readonly Message[]): Message[] {
    const first = this.first || Infinity
    const older = batch.filter((m) => m.seq < first).slice(-Math.max(0, this.capacity - this.list.length))
    if (this.capacity === this.list.length) return []
    this.list = older.concat(this.list)
    return older
  }

  /** Forgets everything: the gateway was restarted and counts anew. */
  clear(): void {
    this.list = []
  }

  find(seq: number): Message | undefined {
    return this.list.find((m) => m.seq === seq)
  }

  /** The message before `m` on the same topic. */
  previous(m: Message): Message | undefined {
    return this.list.findLast((o) => o.seq < m.seq && o.topic === m.topic)
  }

  /** All messages of one topic, oldest first. */
  ofTopic(topic: string): Message[] {
    return this.list.filter((m) => m.topic === topic)
  }
}

/** Passes messages in rising order above a number; a batch may repeat itself. */
function newerThan(last: number): (m: Message) => boolean {
  return (m) => {
    if (m.seq <= last) return false
    last = m.seq
    return true
  }
}
