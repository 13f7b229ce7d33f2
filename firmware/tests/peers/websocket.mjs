// A WebSocket server that sends whatever bytes a test wants, and reads what a client sends frame by frame.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import net from 'node:net'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** The bytes of a frame as a server sends it. length and mask make it one that no server may send. */
export function frame(op, data = '', { fin = 1, rsv = 0, mask = false, length } = {}) {
  const body = Buffer.from(data)
  const n = length ?? body.length
  const size = n < 126 ? Buffer.from([n]) : n < 65536 ? Buffer.alloc(3, 126) : Buffer.alloc(9, 127)
  if (size.length === 3) size.writeUInt16BE(n, 1)
  if (size.length === 9) size.writeBigUInt64BE(BigInt(n), 1)
  if (mask) size[0] |= 0x80
  return Buffer.concat([
    Buffer.from([(fin << 7) | (rsv << 4) | op]),
    size,
    mask ? Buffer.alloc(4) : Buffer.alloc(0),
    body,
  ])
}

/** The payload of a close frame. */
export const goodbye = (code, reason = '') => Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)])

/** One connection of a client. */
export class Peer {
  #data = Buffer.alloc(0)
  #wake = () => {}
  #ended = false

  constructor(conn) {
    this.conn = conn
    conn.on('data', (data) => ((this.#data = Buffer.concat([this.#data, data])), this.#wake()))
    conn.on('error', () => {}) // 'close' follows
    this.over = new Promise((resolve) => conn.on('close', resolve))
    conn.on('end', () => ((this.#ended = true), this.#wake()))
    this.over.then(() => ((this.#ended = true), this.#wake()))
  }

  /** The next n bytes; fails when the client ends before. */
  async read(n) {
    while (this.#data.length < n) {
      if (this.#ended) throw new Error(`the client ended, ${n - this.#data.length} bytes too early`)
      await new Promise((resolve) => (this.#wake = resolve))
    }
    const data = this.#data.subarray(0, n)
    this.#data = this.#data.subarray(n)
    return data
  }

  /** The request for the upgrade: {path, headers}. */
  async request() {
    let text = ''
    while (!text.endsWith('\r\n\r\n')) text += await this.read(1)
    const [first, ...lines] = text.trim().split('\r\n')
    this.headers = Object.fromEntries(lines.map((line) => [line.split(': ')[0].toLowerCase(), line.split(': ')[1]]))
    this.path = first.split(' ')[1]
    return this
  }

  /** The answer that the upgrade demands, with more lines; a key of another makes it a wrong one. */
  answer(more = [], key = this.headers['sec-websocket-key']) {
    const accept = crypto
      .createHash('sha1')
      .update(key + GUID)
      .digest('base64')
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
    return [...lines, `Sec-WebSocket-Accept: ${accept}`, ...more, '', ''].join('\r\n')
  }

  accept(more) {
    this.write(this.answer(more))
    return this
  }

  write(data) {
    this.conn.write(data)
  }

  /** Send a frame; options as for frame(). */
  send(op, data, options) {
    this.write(frame(op, data, options))
  }

  /** The next frame of the client: {op, fin, data}, its mask taken off. */
  async next() {
    const [first, second] = await this.read(2)
    assert(second & 0x80, 'a client masks its frames')
    let n = second & 127
    if (n === 126) n = (await this.read(2)).readUInt16BE()
    else if (n === 127) n = Number((await this.read(8)).readBigUInt64BE())
    const mask = await this.read(4)
    const data = Buffer.from(await this.read(n)).map((byte, i) => byte ^ mask[i % 4])
    return { op: first & 15, fin: first >> 7, data }
  }

  /** The client's goodbye, which has to come next: {code, reason}. */
  async goodbye() {
    const { op, data } = await this.next()
    assert.equal(op, 8, `the client says goodbye, not ${data}`)
    return { code: data.length ? data.readUInt16BE() : 1005, reason: String(data.subarray(2)) }
  }

  /** What is left to do once the client says goodbye: say it, too. */
  async finish() {
    try {
      while ((await this.next()).op !== 8);
      this.send(8, goodbye(1000))
    } catch {
      // it went without a word
    }
    this.conn.end()
  }
}

/**
 * A server whose routes say what happens: path -> async function of the Peer, which has its request. done(path) resolves with
 * what that function returns. What has no route gets a 404.
 */
export async function serve(t, routes) {
  const ends = {}
  const results = Object.fromEntries(
    Object.keys(routes).map((path) => [path, new Promise((...both) => (ends[path] = both))]),
  )
  for (const result of Object.values(results)) result.catch(() => {}) // for those who wait
  const open = new Set()
  const server = net.createServer((conn) => {
    open.add(conn)
    conn.on('close', () => open.delete(conn))
    handle(new Peer(conn), routes, ends)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    for (const conn of open) conn.destroy()
  })
  const { port } = server.address()
  return { port, url: `ws://127.0.0.1:${port}`, done: (path) => results[path] }
}

async function handle(peer, routes, ends) {
  try {
    await peer.request()
  } catch {
    return // it went without asking
  }
  const route = routes[peer.path.split('?')[0]]
  if (!route) return peer.conn.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n')
  const [done, failed] = ends[peer.path.split('?')[0]]
  try {
    done(await route(peer))
    await peer.finish()
  } catch (error) {
    failed(error)
    peer.conn.destroy()
  }
}
