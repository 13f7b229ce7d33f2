// How numbers, times and payloads are written everywhere.

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** A length of time in its largest unit: "3 min". */
export function span(ms: number): string {
  if (ms < minute) return `${Math.max(0, Math.round(ms / 1000))} s`
  if (ms < hour) return `${Math.floor(ms / minute)} min`
  if (ms < day) return `${Math.floor(ms / hour)} h`
  const days = Math.floor(ms / day)
  return days === 1 ? '1 day' : `${days} days`
}

/** "3 min ago"; "just now" for less than 5 s. */
export function ago(at: string | number | undefined, now: number): string {
  if (at === undefined || at === '') return 'never'
  const ms = now - new Date(at).getTime()
  return ms < 5000 ? 'just now' : `${span(ms)} ago`
}

/** "in 3 days". */
export function until(at: string, now: number): string {
  const ms = new Date(at).getTime() - now
  return ms <= 0 ? 'over' : `in ${span(ms + minute)}` // what was just set for 30 days says 30
}

const two = (n: number) => String(n).padStart(2, '0')

/** 14:02:11, with .204 if asked. */
export function clock(at: string | number, millis = false): string {
  const d = new Date(at)
  const base = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`
  return millis ? `${base}.${String(d.getMilliseconds()).padStart(3, '0')}` : base
}

/** "today 14:02" or "24 Nov 2026 14:02". */
export function when(at: string | number, now = Date.now()): string {
  const d = new Date(at)
  const time = `${two(d.getHours())}:${two(d.getMinutes())}`
  if (d.toDateString() === new Date(now).toDateString()) return `today ${time}`
  return `${date(at)} ${time}`
}

/** "24 Nov 2026". */
export function date(at: string | number): string {
  return new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
}

/** A rate per second in at most 4 characters: 0, 0.3, 12, 1.2k. */
export function rate(perSecond: number): string {
  if (perSecond <= 0) return '0'
  if (perSecond < 0.05) return '<0.1'
  if (perSecond < 9.95) return perSecond.toFixed(1)
  return short(perSecond)
}

/** 999, 1.2k, 34k, 1.2M. */
export function short(n: number): string {
  if (n < 999.5) return String(Math.round(n))
  if (n < 9_950) return `${(n / 1000).toFixed(1)}k`
  if (n < 999_500) return `${Math.round(n / 1000)}k`
  return `${(n / 1e6).toFixed(1)}M`
}

/** 1,204 */
export const whole = (n: number) => n.toLocaleString('en')

/** "1 message", "1,204 messages". */
export const count = (n: number, one: string, many = `${one}s`) => `${whole(n)} ${n === 1 ? one : many}`

/** 512 B, 41 KB, 1.2 MB. */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`
  if (n < 999_500) return `${n < 9_950 ? (n / 1000).toFixed(1) : Math.round(n / 1000)} KB`
  return `${(n / 1e6).toFixed(1)} MB`
}

/** A payload on one line, as people would say it. */
export function payloadText(payload: string, encoding: string = 'utf8'): string {
  if (encoding === 'base64') return `${bytes(Math.floor((payload.replace(/=+$/, '').length * 3) / 4))} of binary`
  if (payload === '') return '(empty)'
  return payload.replace(/\s+/g, ' ')
}
