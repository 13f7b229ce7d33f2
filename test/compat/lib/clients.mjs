// The clients, each as its users have it, behind what they have in common.
import v2 from 'socket.io-client-v2'
import { io as v3 } from 'socket.io-client-v3'
import { io as v4 } from 'socket.io-client-v4'
import { until, within } from './wait.mjs'

const versions = { v2, v3, v4 }

const transports = { polling: ['polling'], websocket: ['websocket'], upgrade: ['polling', 'websocket'] }

/** Every client over every transport: [{ version, transport, transports, name }]. */
export const clients = Object.keys(versions).flatMap((version) =>
  Object.keys(transports).map((transport) => ({
    version,
    transport,
    transports: transports[transport],
    name: `${version}, ${transport}`,
  })),
)

/** A socket of the client that may or may not connect; it is closed with the test. */
export function open(t, server, { version, transport }, namespace = '/', options = {}) {
  const { token, ...rest } = options
  const auth = token === undefined ? {} : version === 'v2' ? { query: { token } } : { auth: { token } }
  const socket = versions[version](server.url + namespace, {
    transports: transports[transport],
    forceNew: true,
    reconnectionDelay: 20,
    reconnectionDelayMax: 100,
    ...auth,
    ...rest,
  })
  t.after(() => socket.close())
  return new Client(socket, version)
}

/** A socket that is connected. */
export async function connect(t, server, which, namespace, options) {
  const client = open(t, server, which, namespace, options)
  await client.next('connect')
  return client
}

class Client {
  constructor(socket, version) {
    this.socket = socket
    this.version = version
  }

  emit(...args) {
    this.socket.emit(...args)
  }

  /** The arguments of the next event with the name. */
  next(event) {
    return within(event, new Promise((done) => this.socket.once(event, (...args) => done(args.map(plain)))))
  }

  /** Emits an event, and returns the arguments of its acknowledgement. */
  ask(...args) {
    return within(
      `an answer to ${args[0]}`,
      new Promise((done) => this.socket.emit(...args, (...answer) => done(answer.map(plain)))),
    )
  }

  /** Collects the arguments of every event with the name from now on. */
  collect(event) {
    const all = []
    this.socket.on(event, (...args) => all.push(args.map(plain)))
    return all
  }

  /** The refusal of the namespace: { message, data }. */
  async refusal() {
    if (this.version === 'v2') {
      const [told] = await this.next('error')
      return typeof told === 'string' ? { message: told } : { data: told }
    }
    const error = await within('refusal', new Promise((done) => this.socket.once('connect_error', done)))
    return error.data === undefined ? { message: error.message } : { message: error.message, data: error.data }
  }

  /** A socket in another namespace, on the same connection. */
  also(t, namespace, { token } = {}) {
    const [path] = namespace.split('?')
    const options = token === undefined ? {} : { query: { token }, auth: { token } }
    const socket = this.socket.io.socket(path, options)
    t.after(() => socket.close())
    return new Client(socket, this.version)
  }

  get transport() {
    return this.socket.io.engine.transport.name
  }

  /** Loses the connection, as if the network had. */
  lose() {
    this.socket.io.engine.close()
  }

  upgraded() {
    return until('upgrade', () => this.transport === 'websocket')
  }
}

/** Makes buffers of everything binary, which comes in several kinds. */
export function plain(value) {
  if (Buffer.isBuffer(value)) return value
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value))
    return Buffer.from(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength)
  if (Array.isArray(value)) return value.map(plain)
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, plain(v)]))
  }
  return value
}
