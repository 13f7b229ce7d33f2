// Boards as the API speaks of them.

export type BoardState = 'online' | 'stale' | 'offline' | 'never'

export interface Build {
  version: string
  slot?: string
  board?: string
  mp?: string
  reset?: string
  ip?: string
  mac?: string
  boot?: number
  trial?: boolean
}

export interface Vitals {
  at: string
  heap_free: number
  rssi?: number
  uptime_s: number
  lag_ms: number
  queued: number
  dropped: number
}

export type UpdateState = 'offered' | 'sending' | 'restarting' | 'done' | 'failed' | 'cancelled'

export interface Update {
  version: string
  from?: string
  state: UpdateState
  slot?: string
  sent: number
  total: number
  started_at: string
  ended_at?: string
  reason?: string
}

export interface Board {
  id: string
  name: string
  state: BoardState
  by: 'key' | 'token'
  address?: string
  connected_at?: string
  last_seen?: string
  build?: Build
  health?: Vitals
  pending: boolean
  errors: number
  update?: Update
  created_at?: string
  created_by?: string
  revision: string
}

/** A board just made, or with a new key: the only time it is shown. */
export interface MadeBoard extends Board {
  key: string
  config: { id: string; key: string; urls: string[]; wifi: string[][] }
}

export interface LogLine {
  at: string
  n: number
  uptime_ms: number
  level: 'debug' | 'info' | 'warning' | 'error' | 'exception'
  text: string
}

export interface Shadow {
  desired: Record<string, unknown>
  reported: Record<string, unknown>
  delta: Record<string, unknown>
  version: number
  applied: number
  delivered: boolean
  changed_at?: string
  reported_at?: string
}

export interface Bundle {
  version: string
  name: string
  builtin: boolean
  added_at: string
  size: number
  files: { name: string; size: number; sha256: string }[]
}

/** What pages are told of a board: what it is now, new lines, how it is, or that it was revoked. */
export interface BoardChange {
  id: string
  board?: Board
  lines?: LogLine[]
  vital?: Vitals
  gone?: boolean
}

export type RolloutState = 'running' | 'stopping' | 'done' | 'failed' | 'cancelled'

/** One board's part of a rollout. */
export interface Turn {
  id: string
  state: 'waiting' | 'updating' | 'done' | 'failed' | 'skipped' | 'cancelled'
  from?: string
  reason?: string
  started_at?: string
  ended_at?: string
}

/** An update of many boards, a few at a time. */
export interface Rollout {
  id: string
  version: string
  state: RolloutState
  reason?: string
  at_once: number
  stop_on_failure: boolean
  started_at: string
  started_by: string
  ended_at?: string
  counts: Record<Turn['state'], number>
  /** Absent in lists and in what pages are told. */
  boards?: Turn[]
}

/** What pages are told of a rollout: how it is now, and the boards that are in another state. */
export interface RolloutChange {
  rollout: Rollout
  boards: Turn[]
}
