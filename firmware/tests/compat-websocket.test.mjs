// The blocking WebSocket of 2016 alone, against a server that sends any frames.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { converse } from './peers/cases.mjs'
import { goodbye } from './peers/websocket.mjs'

const head = 'from uwebsockets.client import connect\nimport time'
const accepted = (f) => (peer) => f(peer.accept())
const receive = 'with connect(url) as ws:\n    return ws.recv()'

test('messages', (t) =>
  converse(t, head, {
    'text and bytes, both ways, at the lengths at which the header changes': {
      python: `
with connect(url) as ws:
    for message in ("", "x" * 125, "ü" * 63, b"\\x00\\xff" * 64):
        ws.send(message)
        assert ws.recv() == message
    return "all"`,
      peer: accepted(async (peer) => {
        for (let i = 0; i < 4; i++) {
          const { op, data } = await peer.next()
          peer.send(op, data)
        }
        assert.equal((await peer.goodbye()).code, 1000)
      }),
      says: "'all'",
    },
    'fragments, with a ping between them': {
      python: receive,
      peer: accepted(async (peer) => {
        peer.send(1, 'one ', { fin: 0 })
        peer.send(9, 'there?')
        assert.deepEqual(String((await peer.next()).data), 'there?')
        peer.send(0, 'message')
      }),
      says: "'one message'",
    },
    'a frame in pieces': {
      python: 'ws = connect(url)\nws.settimeout(0.2)\nreturn ws.recv()',
      peer: accepted(async (peer) => {
        const bytes = Buffer.from([0x81, 3, 97, 98, 99])
        for (const byte of bytes) {
          peer.write(Buffer.from([byte]))
          await new Promise((resolve) => setTimeout(resolve, 300)) // longer than its timeout
        }
      }),
      says: "'abc'",
    },
  }))

test('waiting', (t) =>
  converse(t, head, {
    'settimeout ends a recv, and the next one gets what comes then': {
      python: `
ws = connect(url)
ws.settimeout(0.1)
try:
    ws.recv()
except OSError as e:
    ws.send(str(e.errno))
ws.settimeout(None)
return ws.recv()`,
      peer: accepted(async (peer) => {
        const { data } = await peer.next()
        peer.send(1, `after ${data}`)
      }),
      says: "'after 110'",
    },
    'a ping is answered, and the wait goes on for no longer than was said': {
      python: `
ws = connect(url)
ws.settimeout(0.5)
try:
    ws.recv()
except OSError as e:
    return e.errno, ws.open`,
      peer: accepted(async (peer) => {
        peer.send(9, 'x')
        assert.equal((await peer.next()).op, 10)
      }),
      says: '(110, True)',
    },
    'nothing at all with a timeout of 0': {
      python: 'ws = connect(url)\nws.settimeout(0)\ntry:\n    ws.recv()\nexcept OSError as e:\n    return e.errno',
      peer: accepted(async () => {}),
      says: '11',
    },
  }))

test('endings', (t) =>
  converse(t, head, {
    'a goodbye of the server gives None, and is answered': {
      python: 'ws = connect(url)\nreturn ws.recv(), ws.open, ws.code',
      peer: accepted(async (peer) => {
        peer.send(8, goodbye(1001))
        assert.equal((await peer.goodbye()).code, 1001)
      }),
      says: '(None, False, 1001)',
    },
    'a connection that breaks gives an empty text': {
      python: 'ws = connect(url)\nreturn ws.recv(), ws.open',
      peer: accepted(async (peer) => peer.conn.end()),
      says: "('', False)",
    },
    'one that breaks within a frame, too': {
      python: 'ws = connect(url)\nreturn ws.recv(), ws.open',
      peer: accepted(async (peer) => peer.conn.end(Buffer.from([0x81, 9, 97]))),
      says: "('', False)",
    },
    'what is closed neither sends nor receives': {
      python: `
ws = connect(url)
ws.close(4000, "bye")
ws.close()
said = []
for f in (ws.recv, lambda: ws.send("x")):
    try:
        f()
    except OSError:
        said.append("OSError")
return said`,
      peer: accepted(async (peer) => assert.deepEqual(await peer.goodbye(), { code: 4000, reason: 'bye' })),
      says: "['OSError', 'OSError']",
    },
    'a frame that breaks the rules ends it': {
      python: 'ws = connect(url)\nreturn ws.recv(), ws.code',
      peer: accepted(async (peer) => {
        peer.send(3) // and nothing behind it: what is not read makes a reset of the end
        assert.equal((await peer.goodbye()).code, 1002)
      }),
      says: '(None, 1002)',
    },
    'so does one for which there is no memory': {
      python: `
import uwebsockets.client
uwebsockets.client.SIZE = 1 << 30
ws = connect(url)
uwebsockets.client.SIZE = 8192
return ws.recv(), ws.code`,
      peer: accepted(async (peer) => {
        peer.write(Buffer.from([0x82, 127, 0, 0, 0, 0, 0x3f, 0, 0, 0]))
        assert.equal((await peer.goodbye()).code, 1009)
      }),
      says: '(None, 1009)',
    },
    'and one that is too large': {
      python: 'ws = connect(url)\nreturn ws.recv(), ws.code',
      peer: accepted(async (peer) => {
        peer.write(Buffer.from([0x82, 126, 0x20, 0x01])) // 8193
        assert.equal((await peer.goodbye()).code, 1009)
      }),
      says: '(None, 1009)',
    },
  }))

test('connecting', (t) =>
  converse(t, head, {
    'a server that refuses': { python: receive, says: /^! InvalidStatus \(404,?/ },
    'an answer to somebody else': {
      python: receive,
      peer: async (peer) => peer.write(peer.answer([], 'AAAAAAAAAAAAAAAAAAAAAA==')),
      says: /^! InvalidHandshake/,
    },
    'no TLS': { python: 'connect("wss" + url[2:])', says: /^! InvalidURI/ },
    'no address': { python: 'connect("gateway.local")', says: /^! InvalidURI/ },
    'the request': {
      python: 'connect(url.replace("127.0.0.1", "localhost") + "?a=1")',
      peer: async (peer) => {
        assert.match(peer.path, /\?a=1$/)
        assert.match(peer.headers.host, /^localhost:\d+$/)
        peer.accept()
      },
      says: 'None',
    },
  }))
