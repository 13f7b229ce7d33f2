// Values, ages and errors in words.

const isBinary = (v) => v instanceof ArrayBuffer || ArrayBuffer.isView(v)
const bytesOf = (v) => (v instanceof ArrayBuffer ? new Uint8Array(v) : new Uint8Array(v.buffer, v.byteOffset, v.length))

/** A payload on one line: strings as they are, JSON compact, binary as its length and first bytes. */
export function oneLine(value) {
  if (value === null || value === undefined) return '(empty)'
  if (isBinary(value)) {
    const bytes = bytesOf(value)
    const head = Array.from(bytes.slice(0, 12), (b) => b.toString(16).padStart(2, '0')).join(' ')
    return `${count(bytes.length, 'byte')}: ${head}${bytes.length > 12 ? ' …' : ''}`
  }
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What a payload is, in a word: empty, binary, text, number, true or false, list, object. */
export function kindOf(value) {
  if (value === null || value === undefined) return 'empty'
  if (isBinary(value)) return 'binary'
  if (Array.isArray(value)) return 'list'
  const kinds = { string: 'text', number: 'number', boolean: 'true or false' }
  return kinds[typeof value] ?? 'object'
}

/** `1 message`, `2 messages`. */
export function count(n, noun) {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`
}

/** A span of milliseconds in words, in its largest unit: `now`, `12 s`, `3 min`, `5 h`, `12 days`. */
export function age(ms) {
  const s = Math.max(0, Math.floor(ms / 1000))
  if (s < 1) return 'now'
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min`
  if (s < 86400) return `${Math.floor(s / 3600)} h`
  return count(Math.floor(s / 86400), 'day')
}

/** The same, looking back: `just now`, `12 s ago`. */
export function ago(ms) {
  return ms < 1000 ? 'just now' : `${age(ms)} ago`
}

/** Time of day with seconds, 24 hours. */
export function clock(date) {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => String(n).padStart(2, '0')).join(':')
}

/** A rate per second that keeps its width: one decimal below 100. */
export function perSecond(n) {
  return n < 100 ? n.toFixed(1) : Math.round(n).toLocaleString('en')
}

const sentences = {
  denied: 'Refused: you may not do this here.',
  invalid: 'Refused: the gateway cannot make sense of it.',
  too_large: 'Refused: it is too large.',
  rate_limited: 'Refused for now: too many at once. Wait a moment and try again.',
  offline: 'Not delivered: the device is not connected.',
  timeout: 'No answer in time. The device may be off, or out of reach.',
  unavailable: 'The gateway cannot do this at the moment. Try again.',
}

/** An error `{code, message}` from an ack as a sentence: what happened, then the gateway's own words. */
export function errorSentence(error) {
  const known = sentences[error?.code]
  const detail = error?.message ? `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}` : ''
  return [known, detail && detail !== known ? detail : ''].filter(Boolean).join(' ') || 'It did not work.'
}
