// Connections that keep to no protocol: bytes out, bytes in.
import { randomBytes } from 'node:crypto'
import net from 'node:net'
import { within } from './wait.mjs'

/** Opens a TCP connection to a port of this machine; it is cut at the end of the test. */
export async function dial(t, port) {
  const socket = net.connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  const connection = new Connection(socket)
  await within(new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject)), `port ${port}`)
  return connection
}

class Connection {
  #received = Buffer.alloc(0)
  #changed = () => {}

  constructor(socket) {
    this.socket = socket
    this.ended = new Promise((resolve) => socket.once('close', resolve)).then(() => this.#changed())
    socket.on('error', () => {}) // a reset is an end like any other
    socket.on('data', (data) => {
      this.#received = Buffer.concat([this.#received, data])
      this.#changed()
    })
  }

  send(bytes) {
    this.socket.write(bytes)
    return this
  }

  /** Resolves when what has arrived passes; returns all of it as latin1 text. */
  async until(passes, what) {
    const text = () => this.#received.toString('latin1')
    const arrival = new Promise((resolve, reject) => {
      this.#changed = () => {
        if (passes(text())) resolve(text())
        else if (this.socket.closed) reject(new Error(`the connection was closed before ${what}: ${text()}`))
      }
      this.#changed()
    })
    return within(arrival, () => `${what}; so far: ${JSON.stringify(text())}`)
  }

  /** Resolves when the gateway has ended the connection, with all that it sent, as latin1 text. */
  async closed(what) {
    await within(
      this.ended,
      () => `the gateway to close the connection after ${what}; it sent ${this.#received.toString('latin1')}`,
    )
    return this.#received.toString('latin1')
  }
}

/** The header and payload of a websocket frame as a client sends it; every field may be made wrong. */
export function frame(payload, { opcode = 1, fin = true, reserved = 0, masked = true, length = payload.length } = {}) {
  const data = Buffer.from(payload)
  const mask = masked ? randomBytes(4) : Buffer.alloc(0)
  const bits = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const head = [bits, (masked ? 0x80 : 0) | (length < 126 ? length : length < 65536 ? 126 : 127)]
  const extended = Buffer.alloc(length < 126 ? 0 : length < 65536 ? 2 : 8)
  if (extended.length === 2) extended.writeUInt16BE(length)
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(length))
  if (masked) for (let i = 0; i < data.length; i++) data[i] ^= mask[i % 4]
  return Buffer.concat([Buffer.from(head), extended, mask, data])
}

/** A websocket to the socket.io server, with the open packet behind it and, with a namespace, CONNECT too. */
export async function engineSocket(t, gateway, namespace) {
  const connection = await dial(t, gateway.httpPort)
  const head = [
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
    `Host: 127.0.0.1:${gateway.httpPort}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ]
  connection.send(`${head.join('\r\n')}\r\n\r\n`)
  await connection.until((text) => text.includes('0{"sid"'), 'the open packet')
  if (namespace !== undefined) {
    const name = namespace === '/' ? '' : `${namespace},`
    connection.send(frame(`40${name}`))
    await connection.until((text) => text.includes(`40${name}{"sid"`), `to be in ${namespace}`)
  }
  return connection
}
