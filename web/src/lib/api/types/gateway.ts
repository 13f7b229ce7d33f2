// Links, devices, settings, health, backups.

import type { Encoding } from './bus'

export interface LinkTopic {
  filter: string
  direction: 'in' | 'out' | 'both'
  qos?: number
  local_prefix?: string
  remote_prefix?: string
}

export interface LinkConfig {
  name: string
  url: string
  username?: string
  client_id?: string
  keepalive?: string
  topics: LinkTopic[]
  outbox?: { max_messages?: number; max_bytes?: string | number; max_age?: string; full?: 'drop_oldest' | 'refuse' }
  password_set?: boolean
}

export type LinkState = 'up' | 'connecting' | 'down' | 'off'

export interface Link {
  name: string
  origin: 'file' | 'ui'
  config: LinkConfig
  state: LinkState
  since?: string
  error?: string
  queued: number
  queued_bytes: number
  oldest_s: number
  reconnects: number
  in: number
  out: number
  dropped: number
  revision: string
}

export interface LinkTest {
  ok: boolean
  steps: { name: 'config' | 'dns' | 'tcp' | 'tls' | 'connect' | 'subscribe'; ok: boolean; text: string; ms: number }[]
}

export interface Device {
  id: string
  kind: 'mqtt' | 'socketio'
  client_id: string
  principal?: { kind: string; id: string }
  token?: string
  address?: string
  agent?: string
  online: boolean
  connected_at?: string
  disconnected_at?: string
  reason?: string
  subscriptions?: number
  queued?: number
  topics: { topic: string; at: string; payload: string; encoding: Encoding }[]
}

export interface Settings {
  name: string
  time_zone: string
  revision: string
  config: { key: string; value: unknown; default: unknown; source: 'default' | 'file' | 'env' | 'flag' }[]
}

export type HealthState = 'ok' | 'warn' | 'bad'

export interface HealthCheck {
  id: string
  state: HealthState
  title: string
  cause?: string
  remedy?: string
  since?: string
  href?: string
}

export interface Health {
  state: HealthState
  summary: string
  checks: HealthCheck[]
}

export interface BackupComparison {
  schema: number
  created_at: string
  version?: string
  changes: { what: string; name: string; kind: 'added' | 'removed' | 'changed' }[]
  counts: Record<string, number>
}

export interface License {
  name: string
  version: string
  license: string
  text?: string
}
