// The agent against a socket.io server that speaks the boards' protocol.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Board, makeFlash } from './rig/board.mjs'
import { KEY, serve } from './gateway.mjs'

const sketch = `
from node import Node
node = Node()
@node.on("color")
def color(value):
    print("color", value)
    return {"shown": value}
@node.changed
def changed(desired):
    print("desired", desired)
    return desired
@node.rpc
def add(params):
    return params["a"] + params["b"]
async def main():
    await node.emit("temperature", 21.5)
    print("emitted")
node.run(main())
`

const flash = (t, url, key = KEY) =>
  makeFlash(t, { 'app.py': sketch, 'cfg.json': { id: 'lamp', key, urls: [url], wifi: [['home', 'secret']] } })

test('a board proves itself, sends, obeys, is called', async (t) => {
  const heard = []
  let arrived
  const hello = new Promise((resolve) => (arrived = resolve))
  const server = await serve(t, {
    desired: { on: true },
    version: 3,
    welcome: (socket) => {
      socket.onAny((event, ...args) => heard.push([event, ...args.filter((a) => typeof a !== 'function')]))
      socket.on('$hello', (h, ack) => (ack({ ok: true }), arrived([socket, h])))
      socket.on('$shadow', (s, ack) => ack?.({ ok: true }))
    },
  })
  const board = new Board(t, flash(t, server.url), { script: '/flash/app.py' })
  const [socket, h] = await hello
  assert.equal(h.board, 'webassembly')
  await board.line("desired {'on': True}")
  assert.deepEqual(await socket.timeout(5000).emitWithAck('color', 'red'), { shown: 'red' })
  await board.line('color red')
  assert.deepEqual(await socket.timeout(5000).emitWithAck('$rpc', 'add', { a: 1, b: 2 }), { ok: true, result: 3 })
  assert.deepEqual(await socket.timeout(5000).emitWithAck('$rpc', 'ping', 'x'), { ok: true, result: 'x' })
  assert.equal((await socket.timeout(5000).emitWithAck('$rpc', 'nothing')).error.code, 'invalid')
  assert.ok(heard.some(([event, value]) => event === 'temperature' && value === 21.5))
  assert.deepEqual(heard.find(([event]) => event === '$shadow')[1].reported, { on: true })
})

test('a gateway that does not know the key hears nothing', async (t) => {
  const server = await serve(t, { key: KEY.replaceAll('0', '1'), welcome: () => assert.fail('let in') })
  const board = new Board(t, flash(t, server.url), { script: '/flash/app.py' })
  await board.line('emitted')
  await new Promise((resolve) => server.io.of('/devices').once('connection', (s) => s.on('disconnect', resolve)))
})
