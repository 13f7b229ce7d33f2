// Flashing of boards as the API speaks of it.

import type { Board } from './boards'
import type { Code } from './types'

export interface FlashChip {
  name: string
  mac?: string
  flash_id?: number
  /** Bytes. */
  flash_size?: number
}

export interface FlashPort {
  name: string
  vendor?: string
  product?: string
  serial?: string
  /** CH340, CP2102, FT232, … */
  adapter?: string
  /** The job that has it. */
  job?: string
  /** Why it cannot be used now. */
  busy?: string
  chip?: FlashChip
}

export interface FlashImage {
  version: string
  board?: string
  size: number
  sha256: string
  source: 'upload' | 'download'
  at: string
}

export interface FlashImageState {
  present: boolean
  image?: FlashImage
  fetch: { page: string; url?: string; sha256?: string; automatic: boolean }
}

export interface FlashTemplate {
  name: string
  title: string
  text: string
  wiring?: string
  topics: string[]
}

export interface FlashWiFi {
  ssid?: string
  kept: boolean
}

export type FlashKind = 'flash' | 'files' | 'erase'
export type FlashPhaseName = 'connect' | 'erase' | 'write' | 'verify' | 'files' | 'restart' | 'online'

export interface FlashPhase {
  name: FlashPhaseName
  state: 'waiting' | 'running' | 'done' | 'failed' | 'skipped'
  /** Bytes. */
  done: number
  /** Bytes; 0 where there is nothing to count. */
  total: number
}

export type FlashReason =
  | 'cancelled'
  | 'silent'
  | 'other_chip'
  | 'busy'
  | 'denied'
  | 'gone'
  | 'image'
  | 'flash'
  | 'files'
  | 'wifi'
  | 'online'
  | 'internal'

export interface FlashError {
  code: Code
  /** Which help to show. */
  reason: FlashReason
  detail: string
  remedy?: string
}

export interface FlashLine {
  /** Its number in the job, from 1. */
  n: number
  at: string
  from: 'gateway' | 'board'
  text: string
}

export interface FlashSuggestion {
  topic: string
  direction: 'mqtt_to_socketio' | 'socketio_to_mqtt' | 'both'
  namespace: string
  event: string
}

export interface FlashJob {
  id: string
  kind: FlashKind
  port: string
  /** The board's id, as soon as there is one. */
  board?: string
  name: string
  template: string
  ssid?: string
  state: 'running' | 'done' | 'failed' | 'cancelled'
  phase: FlashPhaseName
  phases: FlashPhase[]
  percent: number
  eta_s?: number
  started: string
  ended?: string
  chip?: FlashChip
  error?: FlashError
  /** Somebody has to hold FLASH and press RESET now. */
  manual: boolean
  /** In what is told over the live connection, only the new lines. */
  log: FlashLine[]
  /** Bytes of flash a second. */
  rate?: number
  baud?: number
  suggestion?: FlashSuggestion
}

/** The Wi-Fi of a board. Without a password, the one that is kept for this ssid is meant. */
export interface FlashNetwork {
  ssid: string
  password?: string
  keep?: boolean
}

export interface NewFlashKit {
  name: string
  id?: string
  template: string
  wifi: FlashNetwork
  address?: string
}

/** Baud. */
export type FlashRate = 115200 | 230400 | 460800 | 921600

export interface NewFlashJob extends NewFlashKit {
  port: string
  kind: FlashKind
  baud?: FlashRate
}

/** Everything that is to be on a board beside MicroPython. */
export interface FlashKit {
  board: Board
  version: string
  address: string
  /** data is base64. */
  /** Python to run on the board before its files are written. */
  prepare: string
  files: { path: string; size: number; sha256: string; data: string }[]
  suggestion: FlashSuggestion
}
