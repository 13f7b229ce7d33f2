// The agent where the world is not as it should be: networks, addresses, gateways that are none, rubbish.
import assert from 'node:assert/strict'
import http from 'node:http'
import net from 'node:net'
import { test } from 'node:test'
import { Server } from 'socket.io'
import { ask } from '../../test/device-api.mjs'
import { sharedGateway } from '../../test/lib/gateway.mjs'
import { until, within } from '../../test/lib/wait.mjs'
import { KEY, serve } from './gateway.mjs'
import { proxy } from './peers/proxy.mjs'
import { cfg, register } from './real.mjs'
import { Board, makeFlash } from './rig/board.mjs'

const gateway = sharedGateway('[socketio]\nping_interval = "1s"\nping_timeout = "1s"\n')
const NOBODY = 'http://127.0.0.1:1'
const sketch = `
from node import Node
import network
node = Node()
@node.on("color")
def color(value):
    print("color", value)
    return value
@node.changed
def changed(desired):
    print("desired", desired)
    return desired
node.run()
`
const settings = (urls, more) => ({ id: 'lamp', key: KEY, urls: [].concat(urls), wifi: [['home', 'secret']], ...more })
const boot = (t, cfg, text = sketch) =>
  new Board(t, makeFlash(t, { 'app.py': text, 'cfg.json': cfg }), { script: '/flash/app.py' })

/** A server; arrived() resolves with the socket of the next board that said $hello. */
async function host(t) {
  let arrive
  const server = await serve(t, {
    welcome: (socket) => {
      socket.on('$hello', (hello, ack) => (ack({ ok: true }), arrive?.(socket)))
      socket.on('$shadow', (_, ack) => ack?.({ ok: true }))
    },
  })
  return { ...server, arrived: () => within(new Promise((resolve) => (arrive = resolve)), 'a board') }
}

test('the networks are tried in turn', async (t) => {
  const { url, arrived } = await host(t)
  const networks = [
    ['nowhere', ''],
    ['cellar', 'wrong'],
    ['home', 'secret'],
  ]
  const board = boot(t, settings(url, { wifi: networks }))
  await arrived()
  board.run('print("tried", network.WLAN().tries)')
  await board.line("tried ['nowhere', 'cellar', 'home']")
  for (const why of ['wifi: not found', 'wifi: wrong password']) await board.line(why)
  assert(!board.output.includes('secret'), 'passwords are not printed')
})

test('without networks in its settings it waits for the one that the chip remembers', async (t) => {
  const { url, arrived } = await host(t)
  const board = boot(t, settings(url, { wifi: [] }))
  await board.line(/^desired/)
  board.run('print("tried", network.WLAN().tries)\nnetwork.WLAN()._status = network.STAT_GOT_IP')
  await arrived()
  await board.line('tried []')
})

test('the addresses are tried in turn, also one that is no gateway, and again when the good one is gone', async (t) => {
  const page = http.createServer((_, answer) => answer.writeHead(404).end('a page'))
  page.on('upgrade', (_, socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n'))
  await new Promise((resolve) => page.listen(0, '127.0.0.1', resolve))
  t.after(() => page.close())
  const [first, second] = [await host(t), await host(t)]
  const arrived = first.arrived()
  boot(t, settings([NOBODY, `http://127.0.0.1:${page.address().port}`, first.url, second.url]))
  await arrived
  const next = second.arrived()
  await first.io.close()
  await next
})

test('an answer without end does not end the board', async (t) => {
  const endless = net.createServer((conn) => {
    conn.write('HTTP/1.1 101 Switching Protocols\r\nX: ')
    const timer = setInterval(() => conn.write('x'.repeat(1000)), 50)
    conn.on('error', () => {}).on('close', () => clearInterval(timer))
  })
  await new Promise((resolve) => endless.listen(0, '127.0.0.1', resolve))
  t.after(() => endless.close())
  const { url, arrived } = await host(t)
  const next = arrived()
  const board = boot(t, settings([`http://127.0.0.1:${endless.address().port}`, url]))
  await next
  board.run('print("free", node.connected)')
  await board.line('free True')
})

test('the waits between tries grow to 30 s, each with chance in it', async (t) => {
  const record = `
import asyncio
waits = []
pause = asyncio.sleep_ms
def sleep_ms(ms):
    if ms == 1000:  # the agent's look at the heartbeat
        return pause(ms)
    waits.append(ms)
    return pause(0)
asyncio.sleep_ms = sleep_ms
node.run()`
  const board = boot(t, settings(NOBODY), sketch.replace('node.run()', record))
  const waits = await until(() => {
    board.run('print("waits", waits[:40])')
    const line = board.output.split('\n').findLast((l) => l.startsWith('waits '))
    return line && ((all) => all.length === 40 && all)(JSON.parse(line.slice(6)))
  }, '40 waits')
  for (const [i, ms] of waits.entries()) {
    const most = 1000 * Math.min(2 ** i, 30)
    assert(ms >= most / 2 && ms <= most, `wait ${i} is ${ms} ms, of ${most}`)
  }
  assert(new Set(waits.slice(5)).size > 10)
})

test('a gateway that does not prove itself is not obeyed, and told nothing', async (t) => {
  const server = http.createServer()
  const io = new Server(server)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => io.close())
  const heard = []
  const connected = new Promise((resolve) => io.of('/devices').on('connection', resolve))
  const told = '\nimport asyncio\nasyncio.create_task(node.emit("secret", 1))\nnode.run()'
  const board = boot(t, settings(`http://127.0.0.1:${server.address().port}`), sketch.replace('\nnode.run()', told))
  const socket = await connected
  socket.onAny((event) => heard.push(event))
  socket.emit('color', 'red')
  socket.emit('$rpc', 'restart')
  socket.emit('$shadow', { full: true, desired: { on: true }, version: 9 })
  socket.emit('$welcome', { time: 0, name: 'x', desired: { on: true }, version: 9 })
  const gone = new Promise((resolve) => socket.on('disconnect', resolve))
  socket.emit('$challenge', { nonce: '00'.repeat(16), proof: '00'.repeat(32) }) // taken in order, so the rest was before
  await gone
  board.run('print("end", node.error)')
  await board.line(/^end .*this is not my gateway/)
  assert.deepEqual(heard, [])
  assert(!/color|'on'/.test(board.output), board.output)
})

test('rubbish from the gateway is survived', async (t) => {
  const { url, arrived } = await host(t)
  const next = arrived()
  const board = boot(t, settings(url))
  const socket = await next
  const things = [[], [null], ['x'], [{ desired: 1, full: true, files: [[1]], version: 1 }], [Buffer.from('x')]]
  const more = [
    ['$ota', { version: 'x', files: [['../main.py', 1, 'x']], mac: 1 }],
    ['$rpc', 'config', { key: 'x' }],
    ['$rpc', 'config', 'key'],
    ['$rpc', 'identify', 5],
  ]
  for (const args of more) socket.emit(...args)
  for (const event of ['$shadow', '$rpc', '$ota', '$log', '$nothing', '$', '$core', '$wifi', 'color']) {
    for (const args of things) socket.emit(event, ...args)
  }
  for (const event of ['$welcome', '$challenge']) socket.emit(event)
  const answer = await socket.timeout(60_000).emitWithAck('$rpc', 'ping', 'alive')
  assert.deepEqual(answer, { ok: true, result: 'alive' })
  assert(socket.connected)
  board.run('print("key", node.cfg["key"] == "' + KEY + '")')
  await board.line('key True')
})

test('a link that falls silent is left, and the gateway hears of the board again', async (t) => {
  const who = await register(gateway, 'half-open')
  const way = await proxy(t, new URL(gateway.url).port)
  const board = boot(t, { ...cfg(gateway, who), urls: [way.url] })
  const state = async () => (await ask(gateway, 'GET', who.id))[1].state
  await until(async () => (await state()) === 'online', 'it to be online')
  const before = way.accepted()
  way.silence()
  await until(() => way.accepted() > before, 'the board to try anew')
  await until(async () => (await state()) === 'online', 'it to be online again')
  board.run('print("up", node.connected)')
  await board.line('up True')
})

test('settings of the sketch can be read and set from afar, what a board is lost without cannot', async (t) => {
  const who = await register(gateway, 'settings')
  const flash = makeFlash(t, { 'app.py': sketch, 'cfg.json': { ...cfg(gateway, who), every: 30, room: 'hall' } })
  const board = new Board(t, flash, { script: '/flash/app.py' })
  const call = async (params) => (await ask(gateway, 'POST', `${who.id}/call`, { method: 'config', params }))[1]
  await until(async () => (await ask(gateway, 'GET', who.id))[1].state === 'online', 'it to be online')
  const { id } = who
  const { urls } = cfg(gateway, who)
  assert.deepEqual((await call()).result, { id, urls, every: 30, room: 'hall' })
  const changed = { id, urls, every: 5, names: ['a', { b: null }] }
  assert.deepEqual((await call({ every: 5, room: null, names: ['a', { b: null }] })).result, changed)
  for (const key of ['id', 'key', 'urls', 'wifi']) {
    const answer = await call({ every: 1, [key]: 'x' })
    assert.equal(answer.error?.code ?? answer.code, 'invalid', JSON.stringify(answer))
  }
  await board.stop()
  const again = new Board(t, flash, { script: '/flash/app.py' })
  await again.line(/^desired/)
  await until(async () => (await call()).result?.every === 5, 'the board to be back')
  assert.deepEqual((await call()).result, changed)
  again.run('print("kept", node.cfg["key"] == "' + who.key + '", node.cfg["wifi"])')
  await again.line("kept True [['home', 'secret']]")
})

test('a board that cannot say how it is goes on looking after its connection', async (t) => {
  const { url, arrived } = await host(t)
  const board = boot(
    t,
    settings(url),
    `
import asyncio
sleep = asyncio.sleep_ms
asyncio.sleep_ms = lambda ms: sleep(ms // 100)  # a minute is 0.6 s
from node import Node
class Short(Node):
    async def use(self, part, name, *args):
        if name == "health":
            print("no memory")
            raise MemoryError()
        return await super().use(part, name, *args)
Short().run()
`,
  )
  await arrived()
  const { at } = await board.line('no memory')
  await board.line('no memory', { after: at })
})
