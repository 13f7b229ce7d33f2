import type { Message } from './types'

/** A message for tests, a second after the one before. */
export function message(seq: number, topic = 'home/kitchen/temp', payload = String(seq)): Message {
  return {
    seq,
    topic,
    payload,
    at: new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString(),
    encoding: 'utf8',
    size: payload.length,
    qos: 0,
    retain: false,
    origin: { adapter: 'mqtt', conn: 'plug_7' },
  }
}
