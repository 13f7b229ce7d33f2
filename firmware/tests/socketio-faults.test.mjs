// usocketio alone: connections that break, fall silent or talk rubbish.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Inbox, until, within } from '../../test/lib/wait.mjs'
import { Board, makeFlash } from './rig/board.mjs'
import { Console, client, heard, serveSocketIO } from './peers/console.mjs'
import { serveEngine } from './peers/engine.mjs'

const NOBODY = 'http://127.0.0.1:1' // no one listens there
const eager = 'reconnection_delay=0'
const said = (lines) => lines.map((line) => line.split(' ')[1])

test('what was missed while the connection was broken comes once, in order', async (t) => {
  const { io, url, next } = await serveSocketIO(t, { connectionStateRecovery: {} })
  const more =
    '@sio.on("n")\ndef n(value):\n    print("n", value)\n@sio.on("text")\ndef text(*args):\n    print("text", args)'
  const arrived = next()
  const board = new Console(t, client(more, 'reconnection_delay=1'), [url])
  let socket = await arrived
  for (let round = 0, n = 0; round < 3; round++) {
    io.emit('n', n++)
    io.emit('text', 'last', 'words') // the offset comes behind them
    await board.line(new RegExp(`^n ${n - 1}$`))
    const again = next()
    socket.conn.close()
    io.emit('n', n++)
    io.emit('n', n++)
    socket = await again
    assert(socket.recovered)
    io.emit('n', n++)
    await board.line(new RegExp(`^n ${n - 1}$`))
  }
  const lines = board.output.split('\n').filter((line) => line.startsWith('n '))
  assert.deepEqual(
    said(lines),
    Array.from({ length: 12 }, (_, i) => String(i)),
  )
  assert.equal(board.output.match(/^text \('last', 'words'\)$/gm).length, 3)
})

const backoff = `
waits = []
pause = asyncio.sleep_ms
def sleep_ms(ms):
    if ms in (100, 1000):  # wait(), and the look at the heartbeat
        return pause(ms)
    waits.append(ms)
    return pause(0)
asyncio.sleep_ms = sleep_ms
`

/** A list of whole numbers: the chip sleeps for no fraction of a millisecond. */
function ints(text) {
  assert.match(text, /^\[\d+(, \d+)*\]$/)
  return JSON.parse(text)
}

/** Each wait is between half of its delay and all of it, and chance decides where. */
function judge(waits, delays) {
  for (const [i, ms] of waits.entries()) {
    const most = 1000 * (delays[i] ?? delays.at(-1))
    assert(Number.isInteger(ms) && ms >= most / 2 && ms <= most, `wait ${i} is ${ms} ms, of ${most}`)
  }
  assert(new Set(waits.slice(delays.length)).size > 10, `no chance in ${waits}`)
}

test('the waits between tries grow to the most there may be, each with chance in it', async (t) => {
  const waits = async (options, n) => {
    const board = new Console(t, client(backoff, options, ', wait=False'), [NOBODY])
    await board.say(`while len(waits) < ${n}:\n    await pause(10)`)
    return ints(await board.say(`waits[:${n}]`))
  }
  judge(await waits('', 40), [1, 2, 4, 8, 16, 30])
  judge(await waits('reconnection_delay=2, reconnection_delay_max=5', 40), [2, 4, 5])
  judge(await waits('reconnection_delay=0.5, reconnection_delay_max=3', 40), [0.5, 1, 2, 3])
})

test('after a connection the waits begin anew', async (t) => {
  const { io, url, next } = await serveSocketIO(t)
  let arrived = next()
  const board = new Console(t, client(backoff), [url])
  for (let i = 0; i < 4; i++) {
    const socket = await arrived
    arrived = next()
    socket.conn.close()
  }
  await arrived
  for (const ms of ints(await board.say('waits'))) assert(ms <= 1000, `${ms} ms`)
  assert.equal(io.engine.clientsCount, 1)
})

test('without reconnection it ends with the connection', async (t) => {
  const { url, next } = await serveSocketIO(t)
  const arrived = next()
  const board = new Board(t, makeFlash(t, { 'app.py': client('', 'reconnection=False') }), {
    script: '/flash/app.py',
    args: [url],
  })
  ;(await arrived).conn.close()
  await board.line('exit 0')
})

test('a server that falls silent is left, one that pings is not', async (t) => {
  const terms = { pingInterval: 300, pingTimeout: 200 } // ms; the board looks once a second
  const ends = new Inbox('the server')
  const url = await serveEngine(t, async (engine, n) => {
    await engine.open(terms)
    for (let i = 0; n === 1 && i < 8; i++) {
      await new Promise((resolve) => setTimeout(resolve, terms.pingInterval))
      engine.send('2')
      assert.equal(await engine.next(), '3')
    }
    await engine.peer.over // silence: nothing is sent from here on, nothing is answered
    ends.push(n)
  })
  const gone = '@sio.on("disconnect")\ndef gone():\n    print("gone", sio.error)'
  const board = new Console(t, client(gone, eager), [url])
  assert.deepEqual(await ends.take(3), [0, 1, 2])
  const { at } = await board.line('gone no heartbeat')
  await board.line('gone no heartbeat', { after: at })
})

test('what waits for a connection is bounded, the oldest gives way and is counted', async (t) => {
  let open = false
  const { io, url } = await serveSocketIO(t, { allowRequest: (_, done) => done(null, open) })
  const n = []
  io.on('connection', (socket) => socket.on('n', (value) => n.push(value)))
  const board = new Console(t, client('', 'reconnection_delay=1, reconnection_delay_max=1', ', wait=False'), [url])
  assert.equal(
    await board.say('for i in range(20):\n    await sio.emit("n", i)\nreturn sio.dropped, sio.connected'),
    '(4, False)',
  )
  open = true
  await until(() => n.length === 16, 'what waited')
  assert.deepEqual(
    n,
    Array.from({ length: 16 }, (_, i) => i + 4),
  )
  await board.say('await sio.emit("n", b"bytes")')
  await until(() => n.length === 17, 'what came after')
  assert.equal(await board.say('sio.dropped'), '4')
})

test('an event of 5,000 bytes is for clients that ask for it', async (t) => {
  const { url, next } = await serveSocketIO(t)
  const more = '@sio.on("long")\ndef long(value):\n    return len(value), value[-1:]'
  const long = 'x'.repeat(4999) + 'y'
  let arrived = next()
  const board = new Console(t, client(more, 'max_size=6000'), [url])
  let socket = await arrived
  const answer = new Promise((resolve) => socket.emit('long', long, (...all) => resolve(all)))
  assert.deepEqual(await within(answer, 'the ack'), [5000, 'y'])
  assert.deepEqual(
    await within(new Promise((resolve) => socket.emit('long', Buffer.from(long), (n) => resolve(n))), 'the ack'),
    5000,
  )
  const up = heard(socket, 'up')
  await board.say('await sio.emit("up", "z" * 5000)')
  assert.deepEqual(await up, ['z'.repeat(5000)])

  arrived = next()
  const small = new Console(t, client(more, eager), [url])
  socket = await arrived
  arrived = next()
  const gone = heard(socket, 'disconnect')
  socket.emit('long', long)
  await gone
  socket = await within(arrived, 'the board to be back')
  assert.deepEqual(
    await within(new Promise((resolve) => socket.emit('long', 'xy', (...all) => resolve(all))), 'the ack'),
    [2, 'y'],
  )
  assert(small.process.exitCode === null)
})

test('a handler that raises is reported, and the next event is handled', async (t) => {
  const { url, next } = await serveSocketIO(t)
  const more = `
@sio.on("sync")
def sync(value):
    raise ValueError(value)
@sio.on("async")
async def later(value):
    raise KeyError(value)
def failed(e, what):
    print("failed", type(e).__name__, e.args)
sio.failed = failed`
  const arrived = next()
  const board = new Console(t, client(more), [url])
  const socket = await arrived
  socket.emit('sync', 1)
  await board.line('failed ValueError (1,)')
  socket.emit('async', 2)
  await board.line('failed KeyError (2,)')
  socket.on('ask', (ack) => ack(3))
  await board.say('await sio.emit("ask", callback=lambda n: n.nothing)')
  await board.line(/^failed AttributeError/)
  assert.equal(await board.say('return await sio.call("ask")'), '3')
})
