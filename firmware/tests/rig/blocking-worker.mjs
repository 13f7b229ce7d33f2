// The thread of blocking.mjs: one request at a time, each answered when it is done or its time is over.
import net from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { ERRNO, RECEIVE } from './sockets.mjs'

const EBADF = 9
const EAGAIN = 11
const { answer, data } = workerData
const sockets = new Map()

parentPort.on('message', async (request) => {
  answer[1] = await operations[request.op](request)
  Atomics.store(answer, 0, 1)
  Atomics.notify(answer, 0)
})

const operations = {
  async connect({ handle, ms, host, port }) {
    const s = {
      conn: net.connect({ host, port, noDelay: true }),
      chunks: [],
      size: 0,
      error: 0,
      ended: false,
      up: false,
    }
    sockets.set(handle, s)
    s.conn.on('connect', () => changed(s, { up: true }))
    s.conn.on('data', (chunk) => received(s, chunk))
    s.conn.on('end', () => changed(s, { ended: true }))
    s.conn.on('close', () => changed(s, { ended: true }))
    s.conn.on('error', (e) => changed(s, { error: ERRNO[e.code] ?? 5 }))
    return until(s, ms, () => s.up, 0)
  },

  async read({ handle, ms, n }) {
    const s = sockets.get(handle)
    if (!s) return -EBADF
    const fault = await until(s, ms, () => s.size || s.ended, 0)
    if (fault) return fault
    let done = 0
    while (done < n && s.chunks.length) {
      const chunk = s.chunks[0].subarray(0, n - done)
      data.set(chunk, done)
      done += chunk.length
      if (chunk.length === s.chunks[0].length) s.chunks.shift()
      else s.chunks[0] = s.chunks[0].subarray(chunk.length)
    }
    s.size -= done
    if (s.size < RECEIVE) s.conn.resume()
    return done
  },

  async write({ handle, ms, data: bytes }) {
    const s = sockets.get(handle)
    if (!s) return -EBADF
    if (s.error || !s.conn.writable) return -(s.error || ERRNO.EPIPE)
    let written = false
    s.conn.write(bytes, () => changed(s, {}, (written = true)))
    return until(s, ms, () => written, bytes.length)
  },

  async close({ handle }) {
    sockets.get(handle)?.conn.destroySoon()
    sockets.delete(handle)
    return 0
  },
}

function received(s, chunk) {
  s.chunks.push(chunk)
  s.size += chunk.length
  if (s.size > RECEIVE) s.conn.pause()
  changed(s, {})
}

function changed(s, what) {
  Object.assign(s, what)
  s.wake?.()
}

/** Wait until done(); resolve with result, or with a negative errno. */
async function until(s, ms, done, result) {
  let timer
  let late = ms === 0
  if (ms > 0) timer = setTimeout(() => changed(s, {}, (late = true)), ms)
  while (!done()) {
    if (s.error || late) break
    await new Promise((resolve) => (s.wake = resolve))
  }
  clearTimeout(timer)
  if (done()) return result
  return -(s.error || (ms === 0 ? EAGAIN : ERRNO.ETIMEDOUT))
}
