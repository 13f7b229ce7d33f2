// usocketio.polling: a session that begins by long-polling, through a proxy that does not let WebSockets pass at once.
import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import { sharedGateway } from '../../test/lib/gateway.mjs'
import { publish, subscribe } from '../../test/lib/mosquitto.mjs'
import { Board, makeFlash } from './rig/board.mjs'

const gateway = sharedGateway(`
[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"
`)

const sketch = `
import asyncio, sys
import usocketio.polling
from usocketio import AsyncClient
sio = AsyncClient()
@sio.on("lamp", namespace="/home/kitchen")
def lamp(value, meta=None):
    print("lamp", value)
@sio.on("connect", namespace="/home/kitchen")
def connect():
    print("connected")
async def main():
    await sio.connect(sys.argv[1], wait_timeout=20)
    await sio.emit("temperature", 21.5, namespace="/home/kitchen")
    await sio.wait()
asyncio.run(main())
`

const start = (t, port) =>
  new Board(t, makeFlash(t, { 'app.py': sketch }), { script: '/flash/app.py', args: [`http://127.0.0.1:${port}`] })

/** A proxy to the gateway. upgrades: what happens to one WebSocket after the other: pass, refuse, cut, mute; the last for all more. */
async function startProxy(t, upgrades) {
  const proxy = { requests: [] }
  const open = new Set()
  const server = net.createServer((client) => {
    open.add(client)
    client.on('error', () => {})
    client.once('data', (head) => {
      const [first] = head.toString().split('\r\n')
      const upgrade = /\r\nUpgrade: websocket\r\n/.test(head)
      const fate = upgrade ? (upgrades.length > 1 ? upgrades.shift() : upgrades[0]) : 'pass'
      proxy.requests.push(`${upgrade ? `${fate} ` : ''}${first.replace(/sid=[\w-]{20}/, 'sid=...')}`)
      if (fate === 'refuse') return client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n')
      if (fate === 'cut') return client.destroy()
      const server = net.connect(gateway.httpPort, '127.0.0.1', () => server.write(head))
      open.add(server)
      server.on('error', () => {})
      server.on('close', () => client.end())
      client.on('close', () => server.end())
      server.pipe(client)
      if (fate === 'pass') client.pipe(server) // else what the client says after its request gets nowhere
    })
  })
  t.after(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy.port = server.address().port
  proxy.cut = () => open.forEach((socket) => socket.destroy())
  return proxy
}

const poll = 'GET /socket.io/?EIO=4&transport=polling HTTP/1.0'
const move = 'GET /socket.io/?EIO=4&transport=websocket&sid=... HTTP/1.1'

async function thereAndBack(t, upgrades) {
  const proxy = await startProxy(t, upgrades)
  const subscriber = await subscribe(t, gateway, 'home/kitchen/temperature', ['-R'])
  const board = start(t, proxy.port)
  assert.deepEqual(await subscriber.line(), ['home/kitchen/temperature', '21.5'])
  await publish(gateway, 'home/kitchen/lamp', 'red')
  await board.line('lamp red')
  return { proxy, board }
}

test('it polls once, moves to a WebSocket, and does so again after a break', async (t) => {
  const { proxy, board } = await thereAndBack(t, ['pass'])
  assert.deepEqual(proxy.requests, [poll, `pass ${move}`])
  const { at } = await board.line('connected')
  proxy.cut()
  await board.line('connected', { after: at })
  assert.deepEqual(proxy.requests, [poll, `pass ${move}`, poll, `pass ${move}`])
})

test('WebSockets that do not get through at first', async (t) => {
  const { proxy } = await thereAndBack(t, ['refuse', 'cut', 'pass'])
  assert.deepEqual(proxy.requests, [poll, `refuse ${move}`, `cut ${move}`, `pass ${move}`])
})

test('one that is let through and then swallowed', async (t) => {
  const { proxy } = await thereAndBack(t, ['mute', 'pass'])
  assert.deepEqual(proxy.requests, [poll, `mute ${move}`, `pass ${move}`])
})

test('where none gets through, connect() says so', async (t) => {
  const proxy = await startProxy(t, ['refuse'])
  const board = start(t, proxy.port)
  await board.line(/ConnectionError: .*502/)
  assert.deepEqual(proxy.requests, [poll, ...Array(3).fill(`refuse ${move}`)])
})

test('a gateway that is not there', async (t) => {
  await start(t, 1).line(/ConnectionError/)
})
