/** Seconds over which a rate is smoothed. */
const tau = 10

/** Messages a second, smoothed over ten seconds. It costs nothing while nothing comes. */
export class Rate {
  private value = 0
  private at = 0

  /** Counts `n` messages at a time in milliseconds. */
  add(now: number, n = 1): void {
    this.value = this.perSecond(now) + n / tau
    this.at = Math.max(now, this.at)
  }

  /** The rate at a time in milliseconds. */
  perSecond(now: number): number {
    return this.value * Math.exp(-Math.max(0, now - this.at) / 1000 / tau)
  }
}

/** A rate of fixed meaning: `12/s`, `0.4/s`, `3/min`, and nothing for what hardly moves. */
export function rateText(perSecond: number): string {
  if (perSecond >= 10) return `${Math.round(perSecond).toLocaleString('en')}/s`
  if (perSecond >= 0.95) return `${perSecond.toFixed(1)}/s`
  if (perSecond * 60 >= 0.95) return `${Math.round(perSecond * 60)}/min`
  return ''
}
