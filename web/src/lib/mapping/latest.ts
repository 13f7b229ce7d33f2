/** The state of something asked again and again. */
export interface Asked<Out> {
  /** Takes a question; the answer comes by `onAnswer` unless a later question overtakes it. */
  ask(): void
  /** Ends everything under way. */
  stop(): void
  readonly busy: () => boolean
  readonly last: () => Out | undefined
}

/**
 * Asks a slow thing as a person types: a question waits until `delay` ms are quiet (the first one does not wait), the one
 * before it is cut off, and only the answer to the latest counts.
 */
export function latest<Out>(
  delay: number,
  call: (signal: AbortSignal) => Promise<Out>,
  onAnswer: (answer: Out) => void,
  onFault: (fault: unknown) => void,
): Asked<Out> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: AbortController | undefined
  let answer: Out | undefined
  let quietSince = -Infinity

  async function run(): Promise<void> {
    timer = undefined
    running?.abort()
    const mine = (running = new AbortController())
    try {
      const got = await call(mine.signal)
      if (running !== mine) return
      answer = got
      running = undefined
      onAnswer(got)
    } catch (fault) {
      if (running !== mine) return
      running = undefined
      onFault(fault)
    }
  }

  return {
    ask() {
      const now = Date.now()
      const wait = now - quietSince > delay ? 0 : delay
      quietSince = now
      if (timer !== undefined) clearTimeout(timer)
      timer = setTimeout(() => void run(), wait)
    },
    stop() {
      if (timer !== undefined) clearTimeout(timer)
      timer = undefined
      const mine = running
      running = undefined
      mine?.abort()
    },
    busy: () => timer !== undefined || running !== undefined,
    last: () => answer,
  }
}
