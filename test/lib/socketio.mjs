// The stock socket.io client, with its events in an inbox.
import { Manager } from 'socket.io-client'
import { Inbox, patience, within } from './wait.mjs'

/** The ways a client may connect. */
export const transports = {
  websocket: ['websocket'],
  polling: ['polling'],
  upgrade: ['polling', 'websocket'],
}

/**
 * Connects a client to a namespace and resolves when it is in. It leaves with the test.
 * options: transport (a key of transports), reconnection, auth, headers.
 */
export async function connect(t, gateway, namespace, options = {}) {
  const client = open(t, gateway, namespace, options)
  await client.connected()
  await client.settled()
  return client
}

/** As connect, without waiting: for clients that will be refused. */
export function open(t, gateway, namespace, { transport = 'websocket', reconnection = false, auth, headers } = {}) {
  const manager = new Manager(gateway.url, {
    transports: transports[transport],
    reconnection,
    reconnectionDelay: 50,
    reconnectionDelayMax: 200,
    extraHeaders: headers,
    autoConnect: false,
  })
  t.after(() => manager._close())
  const client = new Client(manager, namespace, { auth }, transport)
  return client
}

/**
 * Takes the recovery offset off an event: the string behind payload and meta, which the stock client hands to listeners along
 * with their arguments. Payloads are followed by nothing else that is a string.
 */
function withoutOffset(event) {
  return event.length > 2 && typeof event.at(-1) === 'string' ? event.slice(0, -1) : event
}

class Client {
  #upgraded
  #arrived

  constructor(manager, namespace, options, transport) {
    this.manager = manager
    this.transport = transport
    this.#arrived = new Inbox(`the ${transport} client in ${namespace}`)
    this.socket = manager.socket(namespace, options)
    this.socket.onAny((...event) => this.#arrived.push(withoutOffset(event)))
    this.#upgraded = new Promise((resolve) => manager.on('open', () => this.#whenUpgraded(resolve)))
    this.socket.connect()
  }

  #whenUpgraded(resolve) {
    if (this.transport === 'upgrade') this.manager.engine.once('upgrade', resolve)
    else resolve()
  }

  /** Resolves when the client is in its namespace and, if it wants to, upgraded; rejects with the refusal. */
  async connected() {
    const { socket } = this
    const done = new Promise((resolve, reject) => {
      if (socket.connected) resolve()
      socket.once('connect', resolve)
      socket.once('connect_error', reject)
    })
    await within(Promise.all([done, this.#upgraded]), `the ${this.transport} client to connect`)
  }

  /**
   * Resolves when what is published from now on comes live. The gateway answers CONNECT, then sends last values: a message of
   * that very moment may come as one. Events wait until that is done, so the answer to any event tells.
   */
  async settled() {
    if (this.socket.nsp !== '/mqtt') await this.ask('leave', 'a room it is not in')
  }

  /** The refusal that this client meets; rejects when it is let in. */
  refused() {
    const { socket } = this
    const answer = new Promise((resolve, reject) => {
      socket.once('connect_error', resolve)
      socket.once('connect', () => reject(new Error(`the ${this.transport} client was let in`)))
    })
    return within(answer, 'the client to be refused')
  }

  /** Another namespace over the same connection. */
  async also(namespace) {
    const other = new Client(this.manager, namespace, {}, 'websocket')
    await within(new Promise((resolve) => other.socket.once('connect', resolve)), `${namespace} to be entered`)
    await other.settled()
    return other
  }

  /** The next event, whatever it is: [name, ...arguments]. */
  next(what = 'an event') {
    return this.#arrived.next(what)
  }

  /** The next n events. */
  take(n, what = 'event') {
    return this.#arrived.take(n, what)
  }

  /** The events that have arrived and were not taken. */
  drain() {
    return this.#arrived.drain()
  }

  /** Emits and resolves with the acknowledgement's one argument. */
  ask(event, ...args) {
    return this.socket.timeout(patience).emitWithAck(event, ...args)
  }

  emit(event, ...args) {
    this.socket.emit(event, ...args)
  }

  /** Resolves with the reason when the connection is lost. */
  disconnected() {
    return within(new Promise((resolve) => this.socket.once('disconnect', resolve)), 'the client to be disconnected')
  }
}
