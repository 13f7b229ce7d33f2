/** A message as the bus recorded it. Times are RFC 3339. */
export interface Message {
  seq: number
  at: string
  topic: string
  payload: string
  encoding: 'utf8' | 'base64'
  /** Bytes of the whole payload, also where it is truncated here. */
  size: number
  truncated?: boolean
  qos: number
  retain: boolean
  command?: boolean
  origin: Origin
  principal?: { kind: string; id: string }
  hops?: number | string[]
  replay?: boolean
}

/** Where a message came from: mqtt, socketio, link, http, a topic rule. */
export interface Origin {
  adapter: string
  conn?: string
  rule?: string
}

/** One thing that happened to a message. */
export interface Step {
  kind: 'in' | 'rule' | 'socketio' | 'mqtt' | 'link' | 'state' | 'ack' | 'drop'
  /** Microseconds since the message came in. */
  at_us?: number
  rule?: string
  target?: string
  receivers?: number
  slow?: number
  reason?: string
  text: string
  /** Worked out when asked, not recorded when it happened. */
  recomputed?: boolean
}

export interface Trace {
  message?: Message
  steps: Step[]
  verdict: string
}

/** A batch from the live namespace. */
export interface Batch {
  items: Message[]
  /** Messages that matched and were left out. */
  missed: number
  sampled: boolean
}

/** A level of the topic tree as the gateway knows it. */
export interface TopicItem {
  name: string
  topic?: string
  children: number
  payload?: string
  at?: string
  rate?: number
}
