// What the traffic page shows: the last messages and the topics, filled from REST and then from the live namespace.
import { api, wordsOf, type StateItem, type TrafficPage } from '$lib/api'
import { live } from '$lib/app'
import { accepts, parseQuery, type Query } from './filter'
import { Hold } from './hold.svelte'
import { Ring } from './ring'
import { TopicTree } from './tree'
import type { Message, TrafficBatch } from './types'

const page = 1000 // last values asked for at once
const maxPages = 20
const history = 500 // recorded messages asked for at once
const maxPerSecond = 200
const drawEvery = 100 // ms

export class Feed {
  /** The list as drawn, oldest first. */
  shown = $state.raw<readonly Message[]>([])
  /** Messages that came since the list stands still. */
  waiting = $state(0)
  /** Grows whenever the tree is to be drawn anew. */
  drawn = $state(0)
  /** Messages of the last second that matched but were left out, because they are too many. */
  missed = $state(0)
  loading = $state(true)
  error = $state('')
  /** Whether older messages than those here may be had. */
  more = $state(false)
  query = $state.raw<Query>(parseQuery(''))
  readonly hold = new Hold()
  readonly ring = new Ring(10_000)
  readonly tree = new TopicTree()

  #matching: readonly Message[] = []
  /** Batches that came while the recorded messages were being asked for. */
  #early: Message[] | undefined
  /** What was loaded was loaded without a connection: messages may have come between it and the watch. */
  #unheard = false
  #asked = 0
  #frame = 0
  #lastDraw = 0
  #missedAt: { at: number; n: number }[] = []
  #started = ''

  /** Starts to follow; what it gives back ends it. */
  follow(): () => void {
    const ends = [
      live.on('traffic', (batch) => this.take(batch)),
      live.on('fresh', () => void this.load()),
      live.on('hello', (hello) => {
        this.#restarted(hello.started_at)
        if (this.#unheard) void this.load()
      }),
      live.on('stats', () => this.#forgetMissed()),
    ]
    void this.load()
    return () => {
      ends.forEach((end) => end())
      live.unwatch()
      cancelAnimationFrame(this.#frame)
      this.#frame = 0
      this.#asked++
    }
  }

  /** A gateway that was started anew counts from another number: what is here would hide what comes. */
  #restarted(at: string): void {
    if (this.#started !== '' && this.#started !== at) void this.load()
    this.#started = at
  }

  /** Filters what is here at once; `load` then asks for the rest. */
  filter(field: string): void {
    this.query = parseQuery(field)
    this.#match()
    this.draw()
  }

  /** Asks for the recorded messages and last values that the filter takes, and for those to come. */
  async load(): Promise<void> {
    const asked = ++this.#asked
    this.#early = []
    this.loading = true
    try {
      await this.#watch()
      const { filter, text } = this.query
      const recorded = await api.get<TrafficPage>('/traffic', { query: { filter, text, limit: history } })
      if (asked !== this.#asked) return
      this.#begin(recorded)
      await this.#values(filter, asked)
      if (asked === this.#asked) this.error = ''
    } catch (error) {
      if (asked === this.#asked) this.error = wordsOf(error)
    } finally {
      if (asked === this.#asked) {
        this.loading = false
        this.#early = undefined
        this.draw()
      }
    }
  }

  async #watch(): Promise<void> {
    const { filter, text } = this.query
    // Without a connection the watch is remembered and asked for when there is one.
    this.#unheard = false
    await live.watch({ filter, text, max_per_s: maxPerSecond }).catch(() => (this.#unheard = true))
  }

  #begin(recorded: TrafficPage): void {
    this.ring.clear()
    this.ring.push([...recorded.items].sort((a, b) => a.seq - b.seq))
    this.ring.push(this.#early ?? [])
    this.#early = undefined
    this.more = recorded.items.length >= history
    for (const m of this.ring.items) this.tree.set(m.topic, m)
    this.#match()
    this.draw()
  }

  async #values(filter: string, asked: number): Promise<void> {
    let after: string | undefined
    for (let i = 0; i < maxPages; i++) {
      const got = await api.get<{ items: StateItem[]; next?: string }>('/state', {
        query: { filter, limit: page, after },
      })
      if (asked !== this.#asked) return
      for (const item of got.items) this.tree.set(item.topic, item)
      this.draw()
      after = got.next
      if (!after) return
    }
  }

  /** Asks for messages older than those here. */
  async older(): Promise<void> {
    if (!this.more || this.loading || this.ring.length >= this.ring.capacity) return
    this.more = false
    const { filter, text } = this.query
    const asked = this.#asked
    try {
      const got = await api.get<TrafficPage>('/traffic', {
        query: { filter, text, limit: history, before: this.ring.first },
      })
      if (asked !== this.#asked) return
      this.ring.unshift([...got.items].sort((a, b) => a.seq - b.seq))
      this.more = got.items.length >= history
      this.#match()
      this.shown = this.#matching // older rows are below: nothing moves
    } catch (error) {
      this.error = wordsOf(error)
    }
  }

  /** Takes a live batch. Working it in is cheap and done at once; drawing waits for a frame. */
  take(batch: TrafficBatch): void {
    if (this.#early) this.#early.push(...batch.items)
    const fresh = this.#early ? batch.items : this.ring.push(batch.items)
    const weight = batch.sampled && batch.items.length > 0 ? 1 + batch.missed / batch.items.length : 1
    for (const m of fresh) this.tree.add(m, weight)
    if (batch.missed > 0) this.#missedAt.push({ at: Date.now(), n: batch.missed })
    this.#forgetMissed()
    if (!this.#early) this.#append(fresh)
    this.#schedule()
  }

  #append(fresh: readonly Message[]): void {
    const q = this.query
    const wanted = fresh.filter((m) => accepts(q, m.topic, m.payload))
    const first = this.ring.first
    const gone = this.#matching.findIndex((m) => m.seq >= first)
    this.#matching = (gone > 0 ? this.#matching.slice(gone) : this.#matching).concat(wanted)
    if (this.hold.held) this.waiting += wanted.length
  }

  #match(): void {
    const q = this.query
    this.#matching = this.ring.items.filter((m) => accepts(q, m.topic, m.payload))
  }

  #forgetMissed(): void {
    const since = Date.now() - 1000
    this.#missedAt = this.#missedAt.filter((m) => m.at >= since)
    this.missed = this.#missedAt.reduce((n, m) => n + m.n, 0)
  }

  #schedule(): void {
    if (this.#frame) return
    this.#frame = requestAnimationFrame((now) => {
      this.#frame = 0
      if (now - this.#lastDraw < drawEvery) return this.#schedule()
      this.#lastDraw = now
      if (!this.hold.held) this.#show()
      if (!this.hold.paused) this.drawn++
    })
  }

  #show(): void {
    this.shown = this.#matching
    this.waiting = 0
  }

  /** Draws now, also what stands still: somebody asked for it. */
  draw(): void {
    this.#show()
    this.drawn++
  }

  pause(on = !this.hold.paused): void {
    this.hold.paused = on
    if (!on) this.draw()
  }
}
