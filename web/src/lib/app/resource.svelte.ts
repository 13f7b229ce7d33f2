// One thing of the API as a page shows it: loaded, kept fresh by what the gateway says has changed, never silently old.
import { wordsOf, type What } from '$lib/api'
import { live } from './live.svelte'

export class Resource<T> {
  data = $state.raw<T | undefined>(undefined)
  error = $state('')
  loading = $state(false)
  #load: (signal: AbortSignal) => Promise<T>
  #running: AbortController | null = null
  #ends: (() => void)[] = []

  constructor(load: (signal: AbortSignal) => Promise<T>) {
    this.#load = load
  }

  /** Loads now and whenever one of these changes. Call it in an $effect, which ends it. */
  follow(what: What[] = []): () => void {
    void this.reload()
    this.#ends.push(live.onChange(what, () => void this.reload()))
    return () => this.stop()
  }

  stop(): void {
    this.#running?.abort()
    this.#ends.splice(0).forEach((end) => end())
  }

  /** Asks again; the answer to an earlier question is dropped. */
  async reload(): Promise<void> {
    this.#running?.abort()
    const running = new AbortController()
    this.#running = running
    this.loading = true
    try {
      const data = await this.#load(running.signal)
      if (this.#running !== running) return
      this.data = data
      this.error = ''
    } catch (error) {
      if (running.signal.aborted) return
      this.error = wordsOf(error)
    } finally {
      if (this.#running === running) this.loading = false
    }
  }

  /** Shows what the gateway has just answered to a change, without asking again. */
  put(data: T): void {
    this.#running?.abort()
    this.loading = false
    this.data = data
    this.error = ''
  }
}
