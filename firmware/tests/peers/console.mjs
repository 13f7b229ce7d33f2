// A board that a test talks to line by line, and a socket.io server for it to talk to.
import http from 'node:http'
import { Server } from 'socket.io'
import { Board, makeFlash } from '../rig/board.mjs'

const HEAP = 100_000 // bytes: a test says more to a board than a sketch

/** A board that runs a sketch; say(python) runs the body of a coroutine and resolves with the repr of what it returns or raises. */
export class Console extends Board {
  #said = 0

  constructor(t, sketch, args = []) {
    super(t, makeFlash(t, { 'app.py': sketch }), { script: '/flash/app.py', args, heap: HEAP })
  }

  async say(python) {
    const n = ++this.#said
    const lines = python.trim().split('\n')
    if (!/^\s*(return|await|for|if|try|with|async|import|from|raise|global|\w+ [-+]?= )/.test(lines.at(-1)))
      lines.push(`return ${lines.pop()}`)
    const body = lines.map((line) => `    ${line}\n`).join('')
    this.run(
      `
async def _do():
${body}
async def _say():
    try:
        said = repr(await _do())
    except Exception as e:
        said = "! %s %r" % (type(e).__name__, e.args)
    print("said ${n}: " + said)
import asyncio
asyncio.create_task(_say())
del _do, _say`.replace('del _do, _say', ''),
    )
    return (await this.line(new RegExp(`^said ${n}: (.*)`)))[1]
  }
}

/** A socket.io server; it ends with t. next(namespace) resolves with the next socket that connects there. */
export async function serveSocketIO(t, options = {}) {
  const server = http.createServer()
  const io = new Server(server, { pingInterval: 25_000, pingTimeout: 20_000, ...options })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => io.close())
  const next = (namespace = '/') => new Promise((resolve) => io.of(namespace).once('connection', resolve))
  return { io, url: `http://127.0.0.1:${server.address().port}`, next }
}

/** The next event of that name: its arguments, an ack's function last. */
export const heard = (socket, event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)))

/** A sketch with a client; more is Python that knows sio, and comes before it connects. */
export const client = (more = '', options = '', connect = '') => `
import asyncio, sys
from usocketio import AsyncClient, ConnectionError, DisconnectedError, TimeoutError
sio = AsyncClient(${options})
${more}
async def main():
    await sio.connect(sys.argv[1]${connect})
    await sio.wait()
asyncio.run(main())
`
