// Live, over /admin.

import type { RuleStats } from './mapping'
import type { Encoding, Message } from './bus'
import type { HealthState, LinkState } from './gateway'

export type What = 'mappings' | 'links' | 'users' | 'tokens' | 'sessions' | 'settings' | 'devices' | 'health'

export interface Hello {
  version: string
  started_at: string
  session: string
  revision: Partial<Record<What, string>>
}

/** Messages per second. */
export interface Rates {
  mqtt_in: number
  mqtt_out: number
  socketio_in: number
  socketio_out: number
  link_in: number
  link_out: number
  http_in: number
  dropped: number
}

export interface Stats {
  at: string
  seq: number
  rates: Rates
  clients: { mqtt: number; socketio: number; admin: number }
  /** Only the rules that changed. */
  rules: Record<string, RuleStats>
  queues?: { links?: Record<string, { state: LinkState; queued: number; oldest_s: number; error?: string }> }
  memory?: { heap: number; rss: number }
  health: HealthState
}

export interface History {
  step_s: number
  series: Partial<Record<keyof Rates, number[]>>
}

export interface TrafficBatch {
  items: Message[]
  missed: number
  sampled: boolean
}

export interface Changed {
  what: What
  id?: string
  revision?: string
}

export interface TopicChild {
  name: string
  topic?: string
  children: number
  payload?: string
  encoding?: Encoding
  at?: string
  rate?: number
}
