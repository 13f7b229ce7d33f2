// uwebsockets alone: addresses, the upgrade, and servers that answer it wrongly, slowly or not at all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { converse } from './peers/cases.mjs'

const head = 'from uwebsockets import connect, InvalidHandshake, InvalidStatus, InvalidURI'
const open = (more = '') => `async with connect(url${more}) as ws:\n    return ws.subprotocol, await ws.recv()`

/** The server answers with text, then the board raises an exception and goes. */
const refused = (says, text) => ({
  python: open(),
  peer: async (peer) => {
    peer.write(typeof text === 'function' ? text(peer) : text)
    await peer.over
  },
  says,
})
const http = (line, ...headers) => [`HTTP/1.1 ${line}`, ...headers, 'Content-Length: 0', '', ''].join('\r\n')
const without = (name) => (peer) =>
  peer
    .answer()
    .split('\r\n')
    .filter((line) => !line.startsWith(name))
    .join('\r\n')

test('what the board asks for', (t) =>
  converse(t, head, {
    'the lines that RFC 6455 demands, and a new key each time': {
      python: `
async with connect(url) as ws:
    pass
return await connect(url).__aenter__() and None`,
      peer: (() => {
        let first
        return (peer) => {
          const { upgrade, connection, host } = peer.headers
          assert.deepEqual([upgrade, connection], ['websocket', 'Upgrade'])
          assert.match(host, /^127\.0\.0\.1:\d+$/)
          assert.equal(peer.headers['sec-websocket-version'], '13')
          assert.equal(Buffer.from(peer.headers['sec-websocket-key'], 'base64').length, 16)
          assert.notEqual(peer.headers['sec-websocket-key'], first)
          first = peer.headers['sec-websocket-key']
          peer.accept().conn.end()
        }
      })(),
      says: 'None',
    },
    'headers and subprotocols': {
      python: open(', ["one", "two"], {"Authorization": "Basic eDp5", "X-Y": "z"}'),
      peer: (peer) => {
        assert.equal(peer.headers['sec-websocket-protocol'], 'one, two')
        assert.equal(peer.headers.authorization, 'Basic eDp5')
        assert.equal(peer.headers['x-y'], 'z')
        peer.accept(['Sec-WebSocket-Protocol: two']).send(1, 'in')
      },
      says: "('two', 'in')",
    },
    'a server that takes none of the subprotocols': {
      python: open(', subprotocols=["one"]'),
      peer: (peer) => peer.accept().send(1, 'in'),
      says: "(None, 'in')",
    },
    'a query without a path': {
      python: 'async with connect(url[: url.rindex("/")] + "?a=/b") as ws:\n    return await ws.recv()',
      says: /InvalidStatus \(404,\)/,
    },
    'a path and a query': {
      python: 'async with connect(url + "?a=b&c=%20") as ws:\n    return await ws.recv()',
      peer: (peer) => peer.accept().send(1, peer.path),
      says: /'\/\d\?a=b&c=%20'/,
    },
    ...Object.fromEntries(
      ['ftp://host/', 'host', '', 'ws://', 'ws:///path', 'ws://host:port/', 'ws://host:/x:y'].map((uri) => [
        `no address: ${uri || 'an empty text'}`,
        {
          python: `return await connect("${uri}")`,
          says: uri.endsWith('x:y') ? /^!/ : `! InvalidURI ('${uri}',)`,
        },
      ]),
    ),
    'a port where nobody listens': { python: 'return await connect("ws://127.0.0.1:1/")', says: '! OSError (111,)' },
  }))

test('answers that are taken', (t) =>
  converse(t, head, {
    'a byte at a time': {
      python: open(),
      peer: async (peer) => {
        peer.conn.setNoDelay()
        for (const byte of Buffer.from(peer.answer())) {
          peer.write(Buffer.from([byte]))
          await new Promise(setImmediate)
        }
        peer.send(1, 'in')
      },
      says: "(None, 'in')",
    },
    'the first message in the same packet': {
      python: open(),
      peer: (peer) => {
        peer.conn.cork()
        peer.accept().send(1, 'in')
        peer.conn.uncork()
      },
      says: "(None, 'in')",
    },
    'names in other letters, more headers, lists': {
      python: open(),
      peer: (peer) => {
        const answer = peer
          .answer(['Server: x', 'Set-Cookie: a=b: c'])
          .replace('Connection: Upgrade', 'CONNECTION: keep-alive, upgrade')
        peer.write(answer.replace('Upgrade: websocket', 'upgrade:WebSocket'))
        peer.send(1, 'in')
      },
      says: "(None, 'in')",
    },
  }))

test('answers that are refused', (t) =>
  converse(t, head, {
    ...Object.fromEntries(
      [
        ['200 OK'],
        ['401 Unauthorized', 'WWW-Authenticate: Basic'],
        ['404 Not Found'],
        ['301 Moved Permanently', 'Location: /elsewhere'],
        ['307 Temporary Redirect', 'Location: /elsewhere'],
        ['503 Service Unavailable'],
      ].map(([line, ...more]) => [line, refused(`! InvalidStatus (${parseInt(line)},)`, http(line, ...more))]),
    ),
    'the status is in the exception, which is an InvalidHandshake': {
      python: `
try:
    await connect(url)
except InvalidHandshake as e:
    return isinstance(e, InvalidStatus), e.status`,
      peer: (peer) => peer.conn.end(http('418 I am a teapot')),
      says: '(True, 418)',
    },
    'an accept key for another': refused("! InvalidHandshake ('sec-websocket-accept',)", (peer) =>
      peer.answer([], 'dGhlIHNhbXBsZSBub25jZQ=='),
    ),
    'no accept key': refused("! InvalidHandshake ('incomplete',)", without('Sec-WebSocket-Accept')),
    'no Upgrade': refused("! InvalidHandshake ('incomplete',)", without('Upgrade')),
    'no Connection': refused("! InvalidHandshake ('incomplete',)", without('Connection')),
    'one of them twice is not both': refused("! InvalidHandshake ('incomplete',)", (peer) =>
      peer.answer().replace('Connection: Upgrade', 'Upgrade: websocket'),
    ),
    'a subprotocol that was not offered': refused("! InvalidHandshake ('sec-websocket-protocol',)", (peer) =>
      peer.answer(['Sec-WebSocket-Protocol: three']),
    ),
    'an extension that was not offered': refused("! InvalidHandshake ('sec-websocket-extensions',)", (peer) =>
      peer.answer(['Sec-WebSocket-Extensions: permessage-deflate']),
    ),
    'not HTTP': refused("! InvalidHandshake ('no HTTP answer',)", 'SSH-2.0-OpenSSH_9.6\r\n'),
    'a status that is no number': refused(/^! InvalidStatus/, 'HTTP/1.1 abc\r\n\r\n'),
    'an empty line': refused("! InvalidHandshake ('no HTTP answer',)", '\r\n\r\n'),
    'bytes that are no text': refused(/^! (UnicodeError|InvalidHandshake)/, (peer) =>
      Buffer.concat([Buffer.from(peer.answer().slice(0, -2)), Buffer.from([0x58, 0x3a, 0xff, 0xfe, 13, 10, 13, 10])]),
    ),
    'nothing, and it goes': {
      python: open(),
      peer: (peer) => peer.conn.end(),
      says: "! InvalidHandshake ('no HTTP answer',)",
    },
    'half an answer, and it goes': {
      python: open(),
      peer: (peer) => peer.conn.end(peer.answer().slice(0, 60)),
      says: "! InvalidHandshake ('incomplete',)",
    },
  }))

const within = 'return await connect(url, open_timeout=1)'
const silent = (text) => ({
  python: within,
  peer: async (peer) => {
    peer.write(text(peer))
    await peer.over // the board lets go
  },
  says: '! TimeoutError ()',
})

test('servers that keep the board waiting', (t) =>
  converse(t, head, {
    'no answer at all': silent(() => ''),
    'a status without its end': silent(() => 'HTTP/1.1 101'),
    'headers without an end': silent((peer) => peer.answer().slice(0, -2)),
    'a byte a while': {
      python: within,
      peer: async (peer) => {
        const timer = setInterval(() => peer.write('H'), 50)
        await peer.over
        clearInterval(timer)
      },
      says: '! TimeoutError ()',
    },
  }))
