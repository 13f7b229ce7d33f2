// The page's own connection to the gateway: socket.io, namespace /admin. Nothing polls.
import { io, type Socket } from 'socket.io-client'
import type {
  BoardChange,
  Changed,
  Device,
  Dryrun,
  FlashJob,
  FlashPort,
  Hello,
  History,
  Rates,
  RolloutChange,
  RuleStats,
  Stats,
  TopicChild,
  TrafficBatch,
  What,
} from '$lib/api'
import { Recent, Series } from './series'

export type LiveState = 'off' | 'connecting' | 'connected' | 'lost' | 'refused'

interface Events {
  hello: Hello
  stats: Stats
  history: History
  traffic: TrafficBatch
  changed: Changed
  dryrun: Dryrun
  devices: { changes: Device[] }
  board: BoardChange
  rollout: RolloutChange
  flash_ports: { items: FlashPort[] }
  flash_job: FlashJob
  drops: { items: { where: string; reason: string; rule?: string; n: number }[] }
  /** What was missed while the connection was gone is unknown: ask REST again. */
  fresh: undefined
}
type Handler<K extends keyof Events> = (data: Events[K]) => void

export interface Watch {
  filter?: string
  text?: string
  max_per_s?: number
}

const names = [
  'hello',
  'stats',
  'history',
  'traffic',
  'changed',
  'dryrun',
  'devices',
  'board',
  'rollout',
  'flash_ports',
  'flash_job',
  'drops',
] as const
const answerWithin = 8000 // ms

class Live {
  state = $state<LiveState>('off')
  /** Since when, as Date.now(). */
  since = $state(0)
  error = $state('')
  hello = $state.raw<Hello | null>(null)
  stats = $state.raw<Stats | null>(null)
  /** Messages per second, over the last 10 s. */
  rates = $state.raw<Rates | null>(null)
  /** Counters of all rules, put together from the changes. */
  rules = $state.raw<Record<string, RuleStats>>({})
  /** The last hour of rates. */
  readonly series = new Series()
  /** Grows with each point of the series. */
  points = $state(0)

  #socket: Socket | null = null
  #recent = new Recent(10)
  #handlers = new Map<string, Set<(data: never) => void>>()
  #watch: Watch | null = null

  /** Connects, with the session's cookie. */
  start(socketPath = 'socket.io/'): void {
    if (this.#socket) return
    const path = new URL(socketPath, document.baseURI).pathname
    const socket = io('/admin', { path, reconnectionDelay: 500, reconnectionDelayMax: 5000, randomizationFactor: 0.3 })
    this.#socket = socket
    this.#set('connecting')
    socket.on('connect', () => this.#connected(socket))
    socket.on('disconnect', (reason) => this.#disconnected(socket, reason))
    socket.on('connect_error', (error) => {
      this.error = error.message
      this.#set(socket.active ? (this.state === 'connecting' ? 'connecting' : 'lost') : 'refused')
    })
    for (const name of names) socket.on(name, (data) => this.#take(name, data))
    addEventListener('online', this.#hurry)
    document.addEventListener('visibilitychange', this.#hurry)
  }

  stop(): void {
    removeEventListener('online', this.#hurry)
    document.removeEventListener('visibilitychange', this.#hurry)
    this.#socket?.disconnect()
    this.#socket = null
    this.#watch = null
    this.#set('off')
  }

  /** A page that comes back to the front does not wait for the next attempt. */
  #hurry = () => {
    const socket = this.#socket
    if (!socket || socket.connected || document.visibilityState !== 'visible') return
    socket.disconnect().connect()
  }

  #set(state: LiveState): void {
    if (state === this.state) return
    this.state = state
    this.since = Date.now()
  }

  #connected(socket: Socket): void {
    const first = this.state === 'connecting'
    this.error = ''
    this.#set('connected')
    if (this.#watch) void this.#ask('watch', this.#watch)
    if (!socket.recovered && !first) this.#emit('fresh', undefined)
  }

  #disconnected(socket: Socket, reason: string): void {
    if (this.#socket !== socket) return
    this.#set('lost')
    // The server ended it (the session, or itself): whether it takes us back shows by asking.
    if (reason === 'io server disconnect') {
      this.#emit('fresh', undefined)
      setTimeout(() => this.#socket === socket && socket.connect(), 1000)
    }
  }

  #take<K extends (typeof names)[number]>(name: K, data: Events[K]): void {
    if (name === 'hello') this.hello = data as Hello
    if (name === 'stats') this.#takeStats(data as Stats)
    if (name === 'history') this.series.load(data as History)
    this.#emit(name, data)
  }

  #takeStats(stats: Stats): void {
    this.stats = stats
    if (Object.keys(stats.rules ?? {}).length > 0) this.rules = { ...this.rules, ...stats.rules }
    this.series.add(stats)
    this.rates = this.#recent.add(stats.rates)
    this.points++
  }

  #emit<K extends keyof Events>(name: K, data: Events[K]): void {
    this.#handlers.get(name)?.forEach((handler) => (handler as Handler<K>)(data))
  }

  /** Calls handler for every event of that name, until what comes back is called. */
  on<K extends keyof Events>(name: K, handler: Handler<K>): () => void {
    const all = this.#handlers.get(name) ?? new Set()
    all.add(handler as (data: never) => void)
    this.#handlers.set(name, all)
    return () => all.delete(handler as (data: never) => void)
  }

  /** Calls handler when any of these may have changed, also after a connection that lost something. */
  onChange(what: What[], handler: (change?: Changed) => void): () => void {
    const ends = [
      this.on('changed', (change) => what.includes(change.what) && handler(change)),
      this.on('fresh', () => handler()),
    ]
    return () => ends.forEach((end) => end())
  }

  /** Asks for the traffic; kept over reconnects until unwatch. */
  watch(request: Watch = {}): Promise<void> {
    this.#watch = request
    return this.#ask('watch', request).then(() => undefined)
  }

  unwatch(): void {
    this.#watch = null
    if (this.state === 'connected') void this.#ask('unwatch').catch(() => undefined)
  }

  /** The topics one level below prefix, with counts and last values. */
  async topics(prefix = ''): Promise<TopicChild[]> {
    const answer = (await this.#ask('topics', { prefix })) as { items?: TopicChild[] }
    return answer.items ?? []
  }

  async #ask(event: string, ...args: unknown[]): Promise<unknown> {
    const socket = this.#socket
    if (!socket?.connected) throw new Error('there is no connection to the gateway')
    const answer = await socket.timeout(answerWithin).emitWithAck(event, ...args)
    if (answer && answer.ok === false) throw new Error(answer.error?.message ?? `the gateway refused ${event}`)
    return answer
  }
}

export const live = new Live()
