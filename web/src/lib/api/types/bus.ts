// Messages, values, and the way of a message.

export type Encoding = 'utf8' | 'base64'

export interface Message {
  seq: number
  at: string
  topic: string
  payload: string
  encoding: Encoding
  size: number
  truncated?: boolean
  qos: number
  retain: boolean
  command?: boolean
  origin: { adapter: string; conn?: string; rule?: string }
  principal?: { kind: string; id: string }
  hops?: number
  replay?: boolean
}

export interface StateItem {
  topic: string
  payload: string
  encoding: Encoding
  size: number
  seq: number
  at: string
  qos: number
  retained: boolean
}

export interface TrafficPage {
  items: Message[]
  first_seq: number
  last_seq: number
}

export interface TraceStep {
  kind: 'in' | 'rule' | 'socketio' | 'mqtt' | 'link' | 'board' | 'state' | 'ack' | 'drop'
  at_us?: number
  rule?: string
  target?: string
  receivers?: number
  slow?: number
  reason?: string
  text: string
  recomputed?: boolean
}

export interface Trace {
  message?: Message
  steps: TraceStep[]
  verdict: string
}
