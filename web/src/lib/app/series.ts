import type { History, Rates, Stats } from '$lib/api'

export const step = 10 // seconds per point
const length = 360 // points: an hour

/** Means over the last seconds, so that slow traffic does not show as none. */
export class Recent {
  #kept: Rates[] = []
  readonly #seconds: number

  constructor(seconds: number) {
    this.#seconds = seconds
  }

  add(rates: Rates): Rates {
    this.#kept = [...this.#kept, rates].slice(-this.#seconds)
    const out = { ...rates }
    for (const name of Object.keys(out) as (keyof Rates)[]) {
      out[name] = this.#kept.reduce((sum, r) => sum + (r[name] ?? 0), 0) / this.#kept.length
    }
    return out
  }
}

/** The last hour of rates: one point for ten seconds, each the mean of what came in them. */
export class Series {
  #values = new Map<keyof Rates, number[]>()
  #sum: Partial<Rates> = {}
  #n = 0

  /** Replaces everything by what the gateway has kept. */
  load(history: History): void {
    this.#values.clear()
    const every = history.step_s || step
    for (const [name, values] of Object.entries(history.series ?? {})) {
      const kept = every === step ? values : values.flatMap((v) => Array(Math.max(1, Math.round(every / step))).fill(v))
      this.#values.set(name as keyof Rates, kept.slice(-length))
    }
    this.#sum = {}
    this.#n = 0
  }

  add({ rates }: Pick<Stats, 'rates'>): void {
    this.#n++
    for (const name of Object.keys(rates) as (keyof Rates)[]) {
      this.#sum[name] = (this.#sum[name] ?? 0) + rates[name]
    }
    if (this.#n >= step) this.#close()
  }

  #close(): void {
    for (const name of Object.keys(this.#sum) as (keyof Rates)[]) {
      const values = this.#values.get(name) ?? []
      values.push(this.#sum[name]! / this.#n)
      this.#values.set(name, values.slice(-length))
    }
    this.#sum = {}
    this.#n = 0
  }

  /** Messages per second, oldest first, up to 360; the sum when several are named. */
  of(...names: (keyof Rates)[]): number[] {
    const all = names.map((name) => this.#values.get(name) ?? [])
    const n = Math.max(0, ...all.map((values) => values.length))
    return Array.from({ length: n }, (_, i) =>
      all.reduce((sum, values) => sum + (values[values.length - n + i] ?? 0), 0),
    )
  }
}
