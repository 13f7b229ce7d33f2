/**
 * Whether a live list stands still. Somebody pausing it, the pointer on it, or being scrolled away from its newest row
 * each hold it; it moves again when none does.
 */
export class Hold {
  /** Paused by hand, with the key or the button. */
  paused = $state(false)
  #reasons = $state.raw<ReadonlySet<string>>(new Set())

  get held(): boolean {
    return this.paused || this.#reasons.size > 0
  }

  set(reason: string, on: boolean): void {
    if (this.#reasons.has(reason) === on) return
    const next = new Set(this.#reasons)
    if (on) next.add(reason)
    else next.delete(reason)
    this.#reasons = next
  }
}
