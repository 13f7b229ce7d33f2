import type { FlashReason } from '$lib/api'

/** Why a job in this page failed, in words for a person. */
export class Trouble extends Error {
  readonly reason: FlashReason
  readonly remedy?: string

  constructor(reason: FlashReason, detail: string, remedy?: string) {
    super(detail)
    this.name = 'Trouble'
    this.reason = reason
    this.remedy = remedy
  }
}

export const gone = () =>
  new Trouble('gone', 'The board was unplugged, or its port is gone.', 'Plug it in again and try once more.')

/** Throws when the job was cancelled. */
export function check(signal: AbortSignal): void {
  if (signal.aborted) throw new Trouble('cancelled', 'The job was cancelled.')
}

/** Resolves after ms, or rejects as soon as the job is cancelled. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(new Trouble('cancelled', 'The job was cancelled.'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
