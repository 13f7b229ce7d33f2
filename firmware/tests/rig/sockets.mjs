// Non-blocking TCP sockets for MicroPython, as lwIP gives them on the chip: a receive window of 4 segments, a send buffer of 2.
import net from 'node:net'

export const RECEIVE = 4 * 1436
const SEND = 2 * 1460
export const ERRNO = {
  ECONNREFUSED: 111,
  ECONNRESET: 104,
  EPIPE: 32,
  ETIMEDOUT: 110,
  ENETUNREACH: 101,
  EHOSTUNREACH: 113,
}
const EBADF = -9
const CLOSED = -1000 // what avail answers after the peer has closed

/** Sockets by handle. wake(key, side) is called when a socket that Python waits for is ready: side 0 reads, 1 writes. */
export class Sockets {
  #sockets = new Map()
  #next = 1
  #memory
  wake = () => {}

  /** memory returns MicroPython's memory as a Uint8Array. */
  constructor(memory) {
    this.#memory = memory
  }

  open() {
    const handle = this.#next++
    this.#sockets.set(handle, { chunks: [], size: 0, ended: false, error: 0, up: false, waiting: [0, 0], dead: false })
    return handle
  }

  connect(handle, host, port) {
    const s = this.#sockets.get(handle)
    const both = () => (this.#ready(s, 0), this.#ready(s, 1))
    s.conn = net.connect({ host, port, noDelay: true })
    s.conn.on('connect', () => ((s.up = true), this.#ready(s, 1)))
    s.conn.on('data', (data) => {
      s.chunks.push(data)
      s.size += data.length
      if (s.size > RECEIVE) s.conn.pause()
      this.#ready(s, 0)
    })
    s.conn.on('end', () => ((s.ended = true), this.#ready(s, 0)))
    s.conn.on('drain', () => this.#ready(s, 1))
    s.conn.on('close', () => ((s.ended = true), both()))
    s.conn.on('error', (e) => ((s.error = ERRNO[e.code] ?? 5), both()))
    return 0
  }

  /** Bytes that can be read; negative errno, or CLOSED. */
  avail(handle) {
    const s = this.#sockets.get(handle)
    if (!s) return EBADF
    return s.size || (s.error ? -s.error : s.ended ? CLOSED : 0)
  }

  /** Bytes up to and with the first line feed; 0 if there is none yet. */
  line(handle) {
    let before = 0
    for (const chunk of this.#sockets.get(handle).chunks) {
      const at = chunk.indexOf(10)
      if (at >= 0) return before + at + 1
      before += chunk.length
    }
    return 0
  }

  read(handle, pointer, n) {
    const s = this.#sockets.get(handle)
    const memory = this.#memory()
    let done = 0
    while (done < n && s.chunks.length) {
      const chunk = s.chunks[0]
      const k = Math.min(chunk.length, n - done)
      memory.set(chunk.subarray(0, k), pointer + done)
      done += k
      if (k === chunk.length) s.chunks.shift()
      else s.chunks[0] = chunk.subarray(k)
    }
    s.size -= done
    if (s.size < RECEIVE) s.conn?.resume()
    return done
  }

  /** Bytes taken; 0 when it would block; negative errno. */
  write(handle, pointer, n) {
    const s = this.#sockets.get(handle)
    if (!s) return EBADF
    if (s.error) return -s.error
    if (!s.up || s.conn.writableLength > SEND) return 0
    if (s.conn.destroyed || !s.conn.writable) return -ERRNO.ECONNRESET
    s.conn.write(Buffer.from(this.#memory().slice(pointer, pointer + n)))
    return n
  }

  close(handle) {
    const s = this.#sockets.get(handle)
    if (!s) return 0
    s.dead = true
    s.conn?.destroySoon()
    this.#sockets.delete(handle)
    for (const side of [0, 1]) if (s.waiting[side]) setImmediate(this.wake, s.waiting[side], side)
    return 0
  }

  /** Wake key once when side of the socket is ready. */
  watch(handle, side, key) {
    const s = this.#sockets.get(handle)
    if (!s) {
      setImmediate(() => this.wake(key, side))
      return 0
    }
    s.waiting[side] = key
    const over = s.error || s.ended
    if (side === 0 ? s.size || over : over || (s.up && s.conn.writableLength <= SEND)) this.#ready(s, side)
    return 0
  }

  #ready(s, side) {
    const key = s.waiting[side]
    if (!key) return
    s.waiting[side] = 0
    setImmediate(() => !s.dead && this.wake(key, side))
  }
}
