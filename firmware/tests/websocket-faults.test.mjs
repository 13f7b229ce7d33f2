// uwebsockets alone: what a server may not send ends the connection with the code that RFC 6455 gives it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { converse } from './peers/cases.mjs'
import { frame, goodbye } from './peers/websocket.mjs'

const head = 'from uwebsockets import connect, ConnectionClosedError'
const python = `
async with connect(url, max_size=1000) as ws:
    while True:
        await ws.recv()`

/** The server sends frames; the board says goodbye with code, and goes without waiting for an answer. */
const fault = (code, ...frames) => ({
  python,
  peer: async (peer) => {
    peer.accept()
    for (const f of frames) peer.write(f)
    assert.equal((await peer.goodbye()).code, code)
    await peer.over
  },
  says: new RegExp(`^! ConnectionClosedError \\(${code}, `),
})

test('frames that may not be', (t) =>
  converse(t, head, {
    'a masked frame': fault(1002, frame(1, 'x', { mask: true })),
    ...Object.fromEntries([1, 2, 4].map((rsv) => [`reserved bit ${rsv}`, fault(1002, frame(1, 'x', { rsv }))])),
    ...Object.fromEntries([3, 7, 11, 15].map((op) => [`reserved opcode ${op}`, fault(1002, frame(op, 'x'))])),
    'a ping in fragments': fault(1002, frame(9, 'x', { fin: 0 })),
    'a ping of 126 bytes': fault(1002, frame(9, 'x'.repeat(126))),
    'a goodbye of 126 bytes': fault(1002, frame(8, goodbye(1000, 'x'.repeat(124)))),
    'a continuation of nothing': fault(1002, frame(0, 'x')),
    'a continuation of what is complete': fault(1002, frame(1, 'x'), frame(0, 'x')),
    'a message within another': fault(1002, frame(1, 'x', { fin: 0 }), frame(2, 'x')),
    'a goodbye of one byte': fault(1002, frame(8, 'x')),
    ...Object.fromEntries(
      [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535].map((code) => [
        `a goodbye with code ${code}`,
        fault(1002, frame(8, goodbye(code))),
      ]),
    ),
  }))

const utf8 = (text) => Buffer.from(text, 'hex')

test('text that is not UTF-8', (t) =>
  converse(t, head, {
    'a lone continuation byte': fault(1007, frame(1, utf8('80'))),
    'a character cut off': fault(1007, frame(1, utf8('61c3'))),
    'a byte that never occurs': fault(1007, frame(1, utf8('ff'))),
    'wrong only across fragments': fault(1007, frame(1, utf8('c3'), { fin: 0 }), frame(0, utf8('41'))),
    'in the reason of a goodbye': fault(1007, frame(8, Buffer.concat([goodbye(1000), utf8('ff')]))),
  }))

test('messages over the limit', (t) =>
  converse(t, head, {
    'one frame': fault(1009, frame(1, 'x'.repeat(1001))),
    'fragments that are too much together': fault(
      1009,
      frame(1, 'x'.repeat(600), { fin: 0 }),
      frame(0, 'x'.repeat(401)),
    ),
    'a length of 5 GB': fault(1009, frame(2, '', { length: 5e9 })),
    'a length of 2^63': fault(1009, Buffer.from('827f8000000000000000', 'hex')),
    'the limit itself is taken': {
      python: `async with connect(url, max_size=1000) as ws:\n    return len(await ws.recv())`,
      peer: (peer) => peer.accept().send(1, 'x'.repeat(1000)),
      says: '1000',
    },
  }))
