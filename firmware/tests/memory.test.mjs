// What the agent takes of the chip's heap: the compiled library, connected, on the 32-bit build.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../test/lib/wait.mjs'
import { connected, settled } from './memory.mjs'

const LIMIT = 20 * 1024 + 256 // bytes: leaves 16 KiB of the chip's 38 with 2 KB of sketch; 256 are the sketch of this test
const SLACK = 512 // bytes: what the last messages left in frames that live on; a leak of a byte an event would be four times that

test('the agent leaves 16 KiB to the sketch, also after 2,000 events and 20 connections', async (t) => {
  const sketch =
    'from node import Node\nnode = Node()\n@node.on("x")\ndef x(value):\n    return len(value)\nnode.run()\n'
  const { board, server, ...start } = await connected(t, sketch)
  let { socket } = start
  for (let i = 0; i < 20; i++) await socket.timeout(5000).emitWithAck('$rpc', 'ping', i)
  const text = 'x'.repeat(100)
  for (let i = 0; i < 300; i++) await socket.timeout(5000).emitWithAck('x', text) // what is made once is made
  const reconnect = () =>
    server.next(() => [...server.io.of('/devices').sockets.values()].forEach((s) => s.disconnect(true)))
  socket = await reconnect()
  const first = await until(
    async () => ((n) => n <= LIMIT && n)(await settled(board)),
    `less than ${LIMIT} bytes, once it has said all`,
  )
  t.diagnostic(`${first} bytes connected`)

  for (let i = 0; i < 2000; i++) assert.equal(await socket.timeout(5000).emitWithAck('x', text), 100)
  const busy = await settled(board)
  t.diagnostic(`${busy} bytes after 2,000 events`)
  assert(Math.abs(busy - first) <= SLACK, `${first} bytes became ${busy}`)

  for (let i = 0; i < 20; i++) await reconnect()
  const rest = () => settled(board).then((n) => Math.abs(n - first) <= SLACK && n) // once it has said all
  const back = await until(rest, 'the heap to be as before').catch(() => settled(board))
  t.diagnostic(`${back} bytes after 20 connections`)
  assert(Math.abs(back - first) <= SLACK, `${first} bytes became ${back}`)
})

test('it comes as far as the gateway in a heap of 24 KiB', async (t) => {
  const { socket } = await connected(t, undefined, { heap: 24 * 1024 })
  assert.deepEqual(await socket.timeout(5000).emitWithAck('$rpc', 'ping', 1), { ok: true, result: 1 })
})
