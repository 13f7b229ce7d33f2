import { io, type Socket } from 'socket.io-client'

/** A connection to one of the gateway's namespaces, as any page would have it; the cookie of the login lets it in. */
export function openNamespace(name: string): Socket {
  return io(name, { path: new URL('socket.io/', document.baseURI).pathname })
}

export interface Ack {
  ok: boolean
  error?: { code: string; message: string }
}

const sentences: Record<string, string> = {
  denied: 'Refused: you may not do this here.',
  invalid: 'Refused: the gateway cannot make sense of it.',
  too_large: 'Refused: it is too large.',
  rate_limited: 'Refused for now: too many at once. Wait a moment and try again.',
  offline: 'Not delivered: the device is not connected.',
  timeout: 'No answer in time. The device may be off, or out of reach.',
  unavailable: 'The gateway cannot do this at the moment. Try again.',
}

/** What an ack that is not ok means. */
export function ackSentence(error: Ack['error']): string {
  return (error && sentences[error.code]) || error?.message || 'It did not work.'
}
