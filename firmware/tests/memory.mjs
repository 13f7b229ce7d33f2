// How much of the heap the agent takes, connected: judged by memory.test.mjs.
import fs from 'node:fs'
import path from 'node:path'
import { Board, makeFlash } from './rig/board.mjs'
import { KEY, serve } from './gateway.mjs'

/** The smallest sketch there is: what is left is the agent. */
export const SMALLEST = 'from node import Node\nnode = Node()\nnode.run()\n'

/** Start a board; return {board, socket, reconnect} once it has said $hello. reconnect() breaks the connection and returns the next
 * socket. */
export async function connected(t, sketch = SMALLEST, options = {}) {
  let arrived
  const next = (first) => new Promise((resolve) => ((arrived = resolve), first?.())) // the next $hello
  const hello = next()
  const server = await serve(t, {
    welcome: (socket) => {
      socket.on('$shadow', (s, ack) => ack?.({ ok: true }))
      socket.on('$hello', (h, ack) => (ack({ ok: true }), arrived?.(socket)))
    },
  })
  const cfg = { id: 'lamp', key: KEY, urls: [server.url], wifi: [['home', 'secret']] }
  const flash = makeFlash(t, { 'app.py': sketch, 'cfg.json': cfg }, { compiled: true })
  const board = new Board(t, flash, { script: '/flash/app.py', ...options })
  const gone = board.exit.then(() => Promise.reject(new Error(board.output)))
  const drop = () => [...server.io.of('/devices').sockets.values()].forEach((s) => s.disconnect(true))
  return { board, reconnect: () => next(drop), socket: await Promise.race([hello, gone]) }
}

/** Two collections are needed before a figure is right: the first frees what the second finds. */
export async function settled(board) {
  await board.heap()
  await board.heap()
  return board.heap()
}

/** Bytes that a board leaves to be collected for an event of 100 bytes in and one out. */
export async function cost(t) {
  const sketch = fs.readFileSync(path.join(import.meta.dirname, 'sketches/cost.py'))
  const board = new Board(t, makeFlash(t, { 'app.py': sketch }, { compiled: true }), { script: '/flash/app.py' })
  const [, bytes, events, written] = await board.line(/^COST (\d+) (\d+) (\d+)/)
  if (events !== written) throw new Error(`${events} events in, ${written} out`)
  return bytes / events
}
