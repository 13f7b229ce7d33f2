// uwebsockets alone: messages, pings and goodbyes, against a server that sends any frames.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { converse } from './peers/cases.mjs'
import { frame, goodbye } from './peers/websocket.mjs'

const head = 'from uwebsockets import connect, ConnectionClosed, ConnectionClosedOK, ConcurrencyError'
const accepted = (f) => (peer) => f(peer.accept())
const receive = 'async with connect(url) as ws:\n    return await ws.recv()'
const echo = accepted(async (peer) => {
  const { op, data } = await peer.next()
  peer.send(op, data)
})

test('messages', (t) =>
  converse(t, head, {
    'text there and back': {
      python:
        'async with connect(url) as ws:\n    await ws.send("grüße, 世界 🙂")\n    return await ws.recv() == "grüße, 世界 🙂"',
      peer: echo,
      says: 'True',
    },
    'bytes there and back': {
      python: 'async with connect(url) as ws:\n    await ws.send(b"\\x00\\xff")\n    return await ws.recv()',
      peer: echo,
      says: "bytearray(b'\\x00\\xff')",
    },
    'an empty message is one': {
      python: 'async with connect(url) as ws:\n    await ws.send("")\n    return await ws.recv()',
      peer: echo,
      says: "''",
    },
    'lengths at which the header changes, both ways': {
      python: `
async with connect(url, max_size=70000) as ws:
    for n in (125, 126, 127, 65535, 65536):
        await ws.send(bytes(n))
        assert len(await ws.recv()) == n, n
    return "all"`,
      peer: accepted(async (peer) => {
        for (const n of [125, 126, 127, 65535, 65536]) {
          const { op, data } = await peer.next()
          assert.deepEqual([op, data.length], [2, n])
          peer.send(2, data)
        }
      }),
      says: "'all'",
    },
    'fragments of the server, with a ping between them': {
      python: 'async with connect(url) as ws:\n    return await ws.recv() == "aß🙂z"',
      peer: accepted(async (peer) => {
        const text = Buffer.from('aß🙂z')
        peer.send(1, text.subarray(0, 2), { fin: 0 }) // within ß
        peer.send(9, 'are you there?')
        peer.send(0, text.subarray(2, 5), { fin: 0 }) // within the emoji
        peer.send(0, '', { fin: 0 })
        const pong = await peer.next()
        assert.deepEqual([pong.op, String(pong.data)], [10, 'are you there?'])
        peer.send(0, text.subarray(5))
      }),
      says: 'True',
    },
    'fragments of the board': {
      python: 'async with connect(url) as ws:\n    await ws.send(["a", "", "b"])\n    await ws.send([b"1", b"2"])',
      peer: accepted(async (peer) => {
        const seen = []
        while (seen.length < 5) seen.push(await peer.next())
        assert.deepEqual(
          seen.map(({ op, fin, data }) => [op, fin, String(data)]),
          [
            [1, 0, 'a'],
            [0, 0, ''],
            [0, 1, 'b'],
            [2, 0, '1'],
            [0, 1, '2'],
          ],
        )
      }),
      says: 'None',
    },
    'a frame that comes a byte at a time': {
      python: receive,
      peer: accepted(async (peer) => {
        peer.conn.setNoDelay()
        for (const byte of [0x81, 5, ...Buffer.from('hello')]) {
          peer.write(Buffer.from([byte]))
          await new Promise(setImmediate)
        }
      }),
      says: "'hello'",
    },
    'a hundred messages in one packet, read with async for': {
      python: `
all = []
async with connect(url) as ws:
    async for message in ws:
        all.append(int(message))
return all == list(range(100))`,
      peer: accepted(async (peer) => {
        peer.conn.cork()
        for (let i = 0; i < 100; i++) peer.send(1, String(i))
        peer.send(8, goodbye(1000))
        peer.conn.uncork()
        assert.equal((await peer.goodbye()).code, 1000)
      }),
      says: 'True',
    },
    'a ping of the board ends with the pong, and not before': {
      python: `
async with connect(url) as ws:
    reader = asyncio.create_task(ws.recv())
    pong = await ws.ping("x")
    await pong
    return await reader`,
      peer: accepted(async (peer) => {
        const { op, data } = await peer.next()
        assert.deepEqual([op, String(data)], [9, 'x'])
        peer.send(10, data)
        peer.send(1, 'after')
      }),
      says: "'after'",
    },
    'pongs that nobody asked for are passed over': {
      python: receive,
      peer: accepted((peer) => (peer.send(10, 'hm'), peer.send(1, 'text'))),
      says: "'text'",
    },
    'two tasks may not wait in recv': {
      python: `
async with connect(url) as ws:
    first = asyncio.create_task(ws.recv())
    await asyncio.sleep(0)
    try:
        await ws.recv()
    except ConcurrencyError as e:
        await ws.send("go on")
        return type(e).__name__, await first`,
      peer: accepted(async (peer) => (await peer.next(), peer.send(1, 'one'))),
      says: "('ConcurrencyError', 'one')",
    },
    'a recv that is cancelled leaves the connection usable': {
      python: `
async with connect(url) as ws:
    try:
        await asyncio.wait_for(ws.recv(), 0.1)
    except asyncio.TimeoutError:
        await ws.send("now")
    return await ws.recv()`,
      peer: accepted(async (peer) => (await peer.next(), peer.send(1, 'here'))),
      says: "'here'",
    },
    'a recv that is cancelled within a frame loses nothing of it': {
      python: `
async with connect(url) as ws:
    try:
        await asyncio.wait_for(ws.recv(), 0.1)
    except asyncio.TimeoutError:
        await ws.send("and the rest?")
    return await ws.recv(), await ws.recv()`,
      peer: accepted(async (peer) => {
        const data = frame(1, 'a whole message')
        peer.write(data.subarray(0, 6))
        await peer.next()
        peer.write(data.subarray(6))
        peer.send(1, 'the next')
      }),
      says: "('a whole message', 'the next')",
    },
    'sends of two tasks do not mix': {
      python: `
async with connect(url) as ws:
    async def many(letter):
        for _ in range(20):
            await ws.send(letter * 3000)
    await asyncio.gather(many("a"), many("b"))
    return await ws.recv()`,
      peer: accepted(async (peer) => {
        for (let i = 0; i < 40; i++) assert.match(String((await peer.next()).data), /^(a{3000}|b{3000})$/)
        peer.send(1, 'fine')
      }),
      says: "'fine'",
    },
  }))

const closing = (code, reason) =>
  accepted(async (peer) => {
    peer.send(8, code ? goodbye(code, reason) : '')
    const answer = await peer.goodbye()
    assert.equal(answer.code, code ?? 1000, 'the goodbye is answered with its code')
    await peer.over // the board lets go as well
  })
const why = `
async with connect(url) as ws:
    try:
        await ws.recv()
    except ConnectionClosed as e:
        return type(e).__name__, e.code, e.reason, ws.close_code, ws.close_reason`

test('goodbyes', (t) =>
  converse(t, head, {
    ...Object.fromEntries(
      [
        [1000, 'done', 'OK'],
        [1001, 'going', 'OK'],
        [1002, 'protocol', 'Error'],
        [1007, 'text', 'Error'],
        [1009, 'size', 'Error'],
        [1011, '', 'Error'],
        [3000, 'mine', 'Error'],
        [4999, 'x'.repeat(123), 'Error'],
      ].map(([code, reason, kind]) => [
        `the server says ${code}`,
        {
          python: why,
          peer: closing(code, reason),
          says: `('ConnectionClosed${kind}', ${code}, '${reason}', ${code}, '${reason}')`,
        },
      ]),
    ),
    'the server says no code': { python: why, peer: closing(), says: "('ConnectionClosedOK', 1005, '', 1005, '')" },
    'the server says nothing': {
      python: why,
      peer: accepted((peer) => peer.conn.end()),
      says: "('ConnectionClosedError', 1006, '', 1006, '')",
    },
    'the server goes within a frame': {
      python: why,
      peer: accepted((peer) => peer.conn.end(Buffer.from([0x81, 100, 65]))),
      says: "('ConnectionClosedError', 1006, '', 1006, '')",
    },
    'the connection is reset': {
      python: why,
      peer: accepted((peer) => peer.conn.resetAndDestroy()),
      says: "('ConnectionClosedError', 1006, '', 1006, '')",
    },
    'the board says a code and a reason, and gives the answer': {
      python: `
ws = await connect(url)
await ws.close(4000, "enough")
await ws.wait_closed()
return ws.close_code, ws.close_reason`,
      peer: accepted(async (peer) => {
        assert.deepEqual(await peer.goodbye(), { code: 4000, reason: 'enough' })
        peer.send(1, 'this was on its way')
        peer.send(8, goodbye(4001, 'well'))
        await peer.over
      }),
      says: "(4001, 'well')",
    },
    'a task in recv is told of our own goodbye': {
      python: `
ws = await connect(url)
reader = asyncio.create_task(ws.recv())
await asyncio.sleep(0)
await ws.close()
try:
    await reader
except ConnectionClosedOK as e:
    return e.code`,
      peer: accepted(async (peer) => (await peer.goodbye(), peer.send(8, goodbye(1000)))),
      says: '1000',
    },
    'the server does not answer our goodbye': {
      python: 'ws = await connect(url, close_timeout=1)\nawait ws.close()\nreturn ws.close_code',
      peer: accepted(async (peer) => (await peer.goodbye(), await peer.over)),
      says: '1006',
    },
    'the server answers our goodbye with pings without end': {
      python: 'ws = await connect(url, close_timeout=1)\nawait ws.close()\nreturn ws.close_code',
      peer: accepted(async (peer) => {
        await peer.goodbye()
        const timer = setInterval(() => peer.send(9), 20)
        await peer.over
        clearInterval(timer)
      }),
      says: '1006',
    },
    'closed twice is closed once': {
      python: 'ws = await connect(url)\nawait ws.close()\nawait ws.close(1001)\nreturn ws.close_code',
      peer: accepted(async (peer) => {
        await peer.goodbye()
        peer.send(8, goodbye(1000))
        await peer.over
        await assert.rejects(peer.read(1))
      }),
      says: '1000',
    },
    'send and recv after the end': {
      python: `
ws = await connect(url)
await ws.close()
said = []
for f in (ws.recv, lambda: ws.send("x"), lambda: ws.ping()):
    try:
        await f()
    except ConnectionClosedOK as e:
        said.append(e.code)
return said`,
      peer: accepted(async (peer) => (await peer.goodbye(), peer.send(8, goodbye(1000)))),
      says: '[1000, 1000, 1000]',
    },
    'async for ends with a fault as an exception': {
      python: 'async with connect(url) as ws:\n    async for _ in ws:\n        pass',
      peer: accepted((peer) => peer.send(8, goodbye(1011, 'bug'))),
      says: "! ConnectionClosedError (1011, 'bug')",
    },
    'an exception in the block says goodbye too': {
      python: 'async with connect(url) as ws:\n    raise ValueError("mine")',
      peer: accepted(async (peer) => (assert.equal((await peer.goodbye()).code, 1000), peer.send(8, goodbye(1000)))),
      says: "! ValueError ('mine',)",
    },
  }))
