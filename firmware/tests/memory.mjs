// How much of the heap the agent takes, connected: judged by memory.test.mjs.
import { Board, makeFlash } from './rig/board.mjs'
import { KEY, serve } from './gateway.mjs'

/** Start a board with the smallest sketch there is; return {board, socket, server} once it has said $hello. */
export async function connected(t, sketch = 'from node import Node\nnode = Node()\nnode.run()\n', options = {}) {
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
  server.next = next
  return {
    board,
    server,
    socket: await Promise.race([hello, board.exit.then(() => Promise.reject(new Error(board.output)))]),
  }
}

/** Two collections are needed before a figure is right: the first frees what the second finds. */
export async function settled(board) {
  await board.heap()
  await board.heap()
  return board.heap()
}
