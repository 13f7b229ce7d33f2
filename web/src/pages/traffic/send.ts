// What the box sends: a message to the bus, or an event as a browser would.
import { io } from 'socket.io-client'
import { api } from '$lib/api'

export interface Publication {
  topic: string
  payload: string
  qos: string
  retain: boolean
}

/** Publishes over REST. */
export async function publish(p: Publication): Promise<void> {
  const path = p.topic.split('/').map(encodeURIComponent).join('/')
  await api.send('POST', `/publish/${path}`, { body: p.payload, query: { qos: p.qos, retain: p.retain } })
}

const ackWithin = 10_000 // ms

/** Emits an event with one argument in a namespace, with the page's session, and resolves to the acknowledgement. */
export async function emit(namespace: string, event: string, argument: unknown): Promise<unknown> {
  const path = new URL('socket.io/', document.baseURI).pathname
  const socket = io(namespace, { path, reconnection: false, forceNew: true })
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('connect_error', reject)
    })
    const args = argument === undefined ? [] : [argument]
    return await socket.timeout(ackWithin).emitWithAck(event, ...args)
  } finally {
    socket.disconnect()
  }
}

/** Reads what somebody typed as an argument: JSON if it is, text if not, nothing if it is empty. */
export function argumentOf(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** What is wrong with a topic to publish on; empty when nothing is. */
export function topicFault(topic: string): string {
  if (topic === '') return 'Where to?'
  if (/[+#]/.test(topic)) return 'Wildcards only filter; nothing can be published on them.'
  if (topic.startsWith('$')) return 'Topics that begin with $ belong to the gateway.'
  return ''
}
