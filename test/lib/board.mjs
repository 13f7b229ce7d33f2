// A board as the gateway sees it: the stock socket.io client with the protocol of the firmware on top.
import crypto from 'node:crypto'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Manager } from 'socket.io-client'
import { binary } from './gateway.mjs'
import { Inbox, patience, within } from './wait.mjs'

const run = promisify(execFile)

/** HMAC-SHA256 of a text with a key of hex digits. */
export const sign = (key, text) => crypto.createHmac('sha256', Buffer.from(key, 'hex')).update(text).digest('hex')

/** What `gateway device ...` prints, as JSON where it is. */
export async function device(gateway, ...args) {
  const { stdout } = await run(binary, ['device', ...args, '--data', join(gateway.dir, 'data')], { cwd: gateway.dir })
  return args.includes('--json') ? JSON.parse(stdout) : stdout
}

/** Registers a board and connects it; it has said hello when this resolves. It leaves with the test. */
export async function board(t, gateway, name = 'lamp', options = {}) {
  const { id, key } = await device(gateway, 'add', name, '--json')
  const it = new Board(gateway, { id, key, ...options })
  t.after(() => it.close())
  await it.start()
  return it
}

export class Board {
  /** What it says it runs. */
  build = { version: 'one', slot: 'a', board: 'esp8266', mp: '1.27.0', reset: 'power', boot: 1, trial: false }
  #events

  /** options: id, key; auth (instead of both: a token's); useNonce; prove(challenge, said) → what it answers instead. */
  constructor(gateway, options) {
    Object.assign(this, { gateway, shadow: { desired: {}, version: 0 }, calls: {}, ...options })
  }

  /** Connects, and says hello once it is welcome. */
  async start() {
    this.open()
    await this.welcome()
    await this.hello()
  }

  open() {
    this.manager = new Manager(this.gateway.url, { transports: ['websocket'], reconnection: false, autoConnect: false })
    this.#events = new Inbox(`board ${this.id}`)
    const auth = this.auth ?? { id: this.id, nonce: this.useNonce ?? crypto.randomBytes(16).toString('hex') }
    this.sentNonce = auth.nonce
    const socket = (this.socket = this.manager.socket('/devices', { auth }))
    this.ended = new Promise((resolve) => {
      socket.on('disconnect', resolve)
      socket.on('connect_error', (error) => resolve(error))
    })
    this.welcomed = new Promise((resolve) => socket.on('$welcome', (w) => resolve((this.is = w))))
    socket.on('$challenge', (c, ack) => this.#challenged(c, ack))
    socket.on('$shadow', (s, ack) => this.#shadow(s, ack))
    socket.on('$rpc', (method, ...rest) => this.#call(method, rest))
    socket.on('$ota', (manifest, ack) => this.update?.(manifest, ack))
    socket.onAny((name, ...args) => name.startsWith('$') || this.#take(name, args))
    socket.connect()
  }

  /** Takes an event; one that is to be acknowledged is, unless the board is mute. */
  #take(name, args) {
    const ack = typeof args.at(-1) === 'function' ? args.pop() : undefined
    if (ack && !this.mute) ack({ ok: true })
    this.#events.push([name, ...args])
  }

  #challenged(c, ack) {
    this.challenge = c
    const said = `${this.id}:${this.sentNonce}:${c.nonce}`
    this.knowsGateway = c.proof === sign(this.key, `gateway:${said}`)
    const answer = this.prove ? this.prove(c, said) : { proof: sign(this.key, `device:${said}`) }
    if (answer !== undefined) ack(answer)
  }

  #shadow({ desired, version, base, full }, ack) {
    if (!full && base !== this.shadow.version) return ack({ ok: false, version: this.shadow.version })
    this.shadow = { desired: merge(full ? {} : this.shadow.desired, desired), version }
    ack({ ok: true, version })
    this.changed?.(this.shadow)
  }

  async #call(method, rest) {
    const ack = rest.pop()
    const f = this.calls[method]
    if (!f) return ack({ ok: false, error: { code: 'invalid', message: `no method ${method}` } })
    const result = await f(...rest)
    if (result !== undefined) ack({ ok: true, result })
  }

  /** What it is told when it is in. */
  async welcome() {
    const refused = this.ended.then((why) => Promise.reject(new Error(`board ${this.id} was not let in: ${why}`)))
    await within(Promise.race([this.welcomed, refused]), `board ${this.id} to be welcome`)
    this.shadow = { desired: this.is.desired, version: this.is.version }
    return this.is
  }

  hello(more = {}) {
    return this.ask('$hello', { ...this.build, uptime_s: 3, heap_free: 20000, rssi: -60, ip: '10.0.0.9', mac: '0', ...more })
  }

  /** Emits and resolves with the acknowledgement. */
  ask(event, ...args) {
    return this.socket.timeout(patience).emitWithAck(event, ...args)
  }

  emit(event, ...args) {
    this.socket.emit(event, ...args)
  }

  /** The next event that is no control event: [name, ...arguments]. */
  next(what) {
    return this.#events.next(what)
  }

  report(values) {
    return this.ask('$shadow', { reported: values, version: this.shadow.version })
  }

  /** Why it was disconnected, or refused. */
  gone() {
    return within(this.ended, `board ${this.id} to be disconnected`)
  }

  close() {
    this.manager?._close()
  }
}

/** RFC 7396. */
export function merge(target, patch) {
  const out = { ...target }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key]
    else if (typeof value === 'object' && !Array.isArray(value)) {
      const below = out[key]
      out[key] = merge(below && typeof below === 'object' && !Array.isArray(below) ? below : {}, value)
    } else out[key] = value
  }
  return out
}
