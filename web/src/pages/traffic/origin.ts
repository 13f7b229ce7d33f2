import type { Message } from '$lib/traffic/types'

/** Whose hue a message has by where it came from: `mqtt`, `sio`, or none. */
export function sideOfAdapter(adapter: string | undefined): 'mqtt' | 'sio' | '' {
  if (adapter === 'mqtt' || adapter === 'broker' || adapter === 'link') return 'mqtt'
  if (adapter === 'socketio' || adapter === 'sio' || adapter === 'device') return 'sio'
  return ''
}

const names: Record<string, string> = {
  mqtt: 'MQTT',
  broker: 'MQTT',
  socketio: 'socket.io',
  sio: 'socket.io',
  http: 'HTTP',
  link: 'link',
  rule: 'mapping',
  demo: 'the demo',
}

/** Where a message came from, in words: `MQTT plug_7`, `link house`, `mapping mirror`. */
export function originText(m: Pick<Message, 'origin' | 'principal'>): string {
  const { adapter, conn, rule } = m.origin ?? { adapter: '' }
  const name = names[adapter] ?? adapter
  const who = rule || conn || ''
  return [name, who].filter(Boolean).join(' ') || 'unknown'
}
