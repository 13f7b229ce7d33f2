// The socket.io library that boards had in 2016, byte for byte: MicroPython without asyncio, one socket after the other, and an
// assertion wherever the server's answer is not what it had seen from the one server that it was tried with.
import assert from 'node:assert/strict'
import net from 'node:net'
import { frame } from './lib/raw.mjs'
import { within } from './lib/wait.mjs'

/** Connects as usocketio.client.connect() did. target: what it asks for when the address has a path. */
export async function connectOldBoard(t, gateway, target = '/socket.io/?EIO=3') {
  const [open, ...packets] = await poll(t, gateway, target)
  assert.equal(open[0], 0, 'the type of the first packet')
  const params = JSON.parse(open[1])
  assert(params.upgrades.includes('websocket'), 'websocket among the upgrades')
  assert(Math.floor(params.pingInterval / 1000) >= 1, 'an interval of pings that it can count')

  const path = `${target}&sid=${params.sid}`
  const board = new OldBoard(await websocket(t, gateway, `${path}&transport=websocket`), packets)
  board.sendPacket(2, 'probe')
  await poll(t, gateway, `${path}&transport=polling`) // what this one brings it throws away
  assert.deepEqual(await board.recvPacket(), [3, 'probe'])
  board.sendPacket(5)
  assert.deepEqual(await board.recvPacket(), [6, ''], 'the packet right after the upgrade')
  return board
}

/** The header of a request went out line by line. */
async function request(t, gateway, lines) {
  const socket = net.connect({ port: gateway.httpPort, host: '127.0.0.1', noDelay: true })
  t.after(() => socket.destroy())
  const stream = new Stream(socket)
  for (const line of [...lines, '']) {
    socket.write(`${line}\r\n`)
    await new Promise(setImmediate)
  }
  return stream
}

const host = (gateway) => `Host: 127.0.0.1:${gateway.httpPort}`

async function poll(t, gateway, path) {
  const stream = await request(t, gateway, [`GET ${path} HTTP/1.1`, host(gateway)])
  assert.equal(await stream.line(), 'HTTP/1.1 200 OK')
  let length
  for (let line; (line = await stream.line());) {
    const parts = line.split(': ')
    assert.equal(parts.length, 2, `a header that splits into a name and a value: ${line}`)
    const name = parts[0].toLowerCase()
    if (name === 'content-type') assert.equal(parts[1], 'application/octet-stream')
    if (name === 'content-length') length = Number(parts[1])
  }
  assert(length > 0, 'a Content-Length')
  const body = await stream.read(length)
  stream.socket.destroy()
  return [...payload(body)]
}

/** Packets behind a 0 (text) and their length, a byte for each decimal digit, then 0xff. */
function* payload(body) {
  while (body.length) {
    assert.equal(body[0], 0, 'a packet of text')
    const end = body.indexOf(0xff)
    const length = Number([...body.subarray(1, end)].join(''))
    yield packet(body.subarray(end + 1, end + 1 + length).toString())
    body = body.subarray(end + 1 + length)
  }
}

const packet = (text) => [Number(text[0]), text.slice(1)]

async function websocket(t, gateway, path) {
  const stream = await request(t, gateway, [
    `GET ${path} HTTP/1.1`,
    host(gateway),
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    'Origin: http://localhost',
  ])
  assert.equal(await stream.line(), 'HTTP/1.1 101 Switching Protocols')
  while (await stream.line());
  return stream
}

class OldBoard {
  #stream
  #early

  constructor(stream, early) {
    this.#stream = stream
    this.#early = early // what came with the open packet is handled once its loop runs
  }

  sendPacket(type, data = '') {
    this.#stream.socket.write(frame(`${type}${data}`))
  }

  emit(event, data) {
    this.sendPacket(4, `2${JSON.stringify([event, data])}`)
  }

  send(message) {
    this.emit('message', message)
  }

  async recvPacket() {
    const [first, second] = await this.#stream.read(2)
    assert.equal(first, 0x81, 'a text frame in one piece')
    let length = second & 0x7f
    assert.equal(second & 0x80, 0, 'the mask bit of a frame from a server')
    if (length === 126) length = (await this.#stream.read(2)).readUInt16BE()
    return packet((await this.#stream.read(length)).toString())
  }

  /** The next event as its loop hands it to a handler: [name, data]. */
  async event() {
    for (;;) {
      const [type, data] = this.#early.shift() ?? (await this.recvPacket())
      if (type !== 4 || data[0] !== '2') continue // it logs what it does not know
      const event = JSON.parse(data.slice(1))
      assert.equal(event.length, 2, `an event with exactly one argument: ${data}`)
      return event
    }
  }
}

/** A blocking socket's reads. */
class Stream {
  #received = Buffer.alloc(0)
  #changed = () => {}

  constructor(socket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('close', () => this.#changed())
    socket.on('data', (data) => {
      this.#received = Buffer.concat([this.#received, data])
      this.#changed()
    })
  }

  /** The next n bytes. */
  async read(n) {
    await this.#until(() => this.#received.length >= n, `${n} bytes`)
    return this.#take(n)
  }

  /** The next line, without its end. */
  async line() {
    await this.#until(() => this.#received.includes(10), 'a line')
    return this.#take(this.#received.indexOf(10) + 1)
      .toString()
      .slice(0, -2)
  }

  #take(n) {
    const taken = this.#received.subarray(0, n)
    this.#received = this.#received.subarray(n)
    return taken
  }

  #until(there, what) {
    const arrival = new Promise((resolve, reject) => {
      this.#changed = () => {
        if (there()) resolve()
        else if (this.socket.closed) reject(new Error(`the connection was closed before ${what}: ${this.#received}`))
      }
      this.#changed()
    })
    return within(arrival, () => `${what}; so far: ${JSON.stringify(this.#received.toString('latin1'))}`)
  }
}
