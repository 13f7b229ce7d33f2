// What a board has to say of itself reaches the gateway, whatever breaks in between.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { ask } from '../../test/device-api.mjs'
import { sharedGateway } from '../../test/lib/gateway.mjs'
import { publish } from '../../test/lib/mosquitto.mjs'
import { Inbox, until } from '../../test/lib/wait.mjs'
import { KEY, serve } from './gateway.mjs'
import { flashFor, register } from './real.mjs'
import { Board, makeFlash, RESET } from './rig/board.mjs'

const gateway = sharedGateway()
const sketch = `
from node import Node
import machine
node = Node()
@node.on("sync")
def sync(value):
    raise ValueError(value)
@node.on("later")
async def later(value):
    raise KeyError(value)
@node.rpc
def broken():
    return 1 // 0
@node.on("crash")
def crash(value):
    machine.reset()
node.run()
`
const offline =
  sketch.replace('node.run()', '') +
  `
import asyncio
node.cfg["wifi"][:] = [["nowhere", ""]]
end = asyncio.Event()
async def main():
    await end.wait()
    raise KeyError("end")
node.run(main())
`
const lines = async (id) => (await ask(gateway, 'GET', `${id}/log`))[1].items
const boot = (t, flash) => new Board(t, flash, { script: '/flash/app.py' })
const online = (id) => until(async () => (await ask(gateway, 'GET', id))[1].state === 'online', `${id} to be online`)

/** What the server was sent by $log, acknowledged only as long as answer() says so. */
async function listener(t, answer = () => true) {
  const packets = new Inbox('$log')
  const { io, url } = await serve(t, {
    welcome: (socket) => {
      socket.on('$hello', (_, ack) => ack({ ok: true }))
      socket.on('$log', (part, ack) => {
        packets.push(part)
        if (answer()) ack({ ok: true })
      })
    },
  })
  const cfg = { id: 'lamp', key: KEY, urls: [url], wifi: [['home', 'secret']] }
  return { packets, url, cfg, cut: () => io.of('/devices').sockets.forEach((s) => s.conn.close()) }
}

test('exceptions of handlers, coroutines and calls reach the log of the gateway', async (t) => {
  const who = await register(gateway, 'clumsy')
  const board = boot(t, flashFor(t, gateway, who, sketch))
  await online(who.id)
  await publish(gateway, `devices/${who.id}/sync`, 'because')
  await publish(gateway, `devices/${who.id}/later`, 'thing')
  const [, answer] = await ask(gateway, 'POST', `${who.id}/call`, { method: 'broken' })
  assert.match(JSON.stringify(answer), /ZeroDivisionError/)
  board.run('import asyncio\nasyncio.create_task(node.log("hello", "warning"))')
  const items = await until(async () => ((all) => all.length === 4 && all)(await lines(who.id)), 'four lines')
  const of = (pattern) => items.find(({ text }) => pattern.test(text))
  for (const pattern of [/ValueError: because/, /KeyError: thing/, /ZeroDivisionError/]) {
    assert.equal(of(pattern).level, 'exception')
    assert.match(of(pattern).text, /^Traceback/)
  }
  assert.equal(of(/^hello$/).level, 'warning')
})

test('the last 50 lines before a crash come after it, once, and only exceptions write to the flash', async (t) => {
  const who = await register(gateway, 'crashed')
  const flash = flashFor(t, gateway, who, offline)
  const crash = path.join(flash, 'crash.json')
  const board = boot(t, flash)
  await board.line(/wifi: not found/)
  board.run('async def say():\n    for i in range(60):\n        await node.log("line %d" % i)\n    print("said")')
  board.run('import asyncio\nasyncio.create_task(say())')
  await board.line('said')
  assert.equal((await board.stop(), fs.existsSync(crash)), false)

  const again = boot(t, flash)
  await again.line(/wifi: not found/)
  again.run('async def say():\n    for i in range(60):\n        await node.log("line %d" % i)\n    print("said")')
  again.run('import asyncio\nasyncio.create_task(say())')
  await again.line('said')
  again.run('end.set()')
  await again.line(/KeyError: end/)
  again.run('machine.reset()')
  assert.equal(await again.exit, RESET)
  assert.equal(fs.existsSync(crash), true)

  fs.writeFileSync(path.join(flash, 'app.py'), sketch)
  const third = boot(t, flash)
  const items = await until(async () => ((all) => all.length >= 50 && all)(await lines(who.id)), '50 lines')
  assert.equal(items.length, 50)
  const texts = items.map(({ text }) => text).sort()
  for (let i = 11; i < 60; i++) assert(texts.includes(`line ${i}`), `line ${i} of\n${texts.join('\n')}`)
  assert.match(items.find(({ level }) => level === 'exception').text, /KeyError: end/)
  third.run('import asyncio\nasyncio.create_task(node.log("alive"))')
  await until(async () => (await lines(who.id)).some(({ text }) => text === 'alive'), 'the next line')
  assert.equal((await third.stop(), fs.existsSync(crash)), false, 'what has arrived is not kept')
  assert.equal((await lines(who.id)).length, 51)
})

test('a handler that fails again and again does not wear out the flash', async (t) => {
  const { packets, cfg } = await listener(t)
  const counted = `
import os
writes = 0
rename = os.rename
def count(old, new):
    global writes
    writes += new == "/crash.json"
    rename(old, new)
os.rename = count
async def fail():
    for i in range(20):
        node.failed(ValueError(i), "test")
    await node.log("end")
node.run()`
  const board = boot(t, makeFlash(t, { 'app.py': sketch.replace('\nnode.run()', counted), 'cfg.json': cfg }))
  await board.line(/^wifi: 127/)
  board.run('import asyncio\nasyncio.create_task(fail())')
  const texts = []
  while (!texts.includes('end') || texts.length < 21) texts.push(...(await packets.next()).map((line) => line[3]))
  assert.equal(texts.filter((text) => /ValueError/.test(text)).length, 20, 'all are told')
  board.run('print("writes", writes)')
  const [, writes] = await board.line(/^writes (\d+)$/)
  assert(writes >= 1 && writes < 10, `${writes} writes`)
})

test('lines go out again with each connection until they are acknowledged', async (t) => {
  let answer = false
  const { packets, cfg, cut } = await listener(t, () => answer)
  const board = boot(t, makeFlash(t, { 'app.py': sketch, 'cfg.json': cfg }))
  board.run('import asyncio\nasyncio.create_task(node.log("first"))')
  const [first] = await packets.next()
  assert.equal(first[3], 'first')
  cut()
  assert.deepEqual(await packets.next(), [first])
  answer = true
  cut()
  assert.deepEqual(await packets.next(), [first])
  board.run('asyncio.create_task(node.log("second"))')
  const rest = await packets.next()
  assert.deepEqual(
    rest.map((l) => l[3]),
    ['second'],
    'what is acknowledged is not sent again',
  )
  assert(rest[0][0] > first[0], 'lines are numbered')
})

test('the gateway has a line once, however often it is sent', async (t) => {
  const who = await register(gateway, 'again')
  const board = boot(t, flashFor(t, gateway, who, sketch))
  await online(who.id)
  const part = '([[7, 1000, "info", "seven"], [8, 1001, "info", "eight"]],)'
  board.run(`import asyncio
async def twice():
    for _ in range(3):
        print("ok", await node.call("$log", ${part}))
    await node.log("end")
asyncio.create_task(twice())`)
  const items = await until(
    async () => ((all) => all.some(({ text }) => text === 'end') && all)(await lines(who.id)),
    'the end',
  )
  assert.deepEqual(
    items
      .map(({ text }) => text)
      .filter((text) => text !== 'end')
      .sort(),
    ['eight', 'seven'],
  )
  assert.equal(board.output.match(/^ok \{'ok': True\}$/gm).length, 3)
})

test('a sketch that does not even start is told of by the next one', async (t) => {
  const { packets, cfg } = await listener(t)
  const main = fs.readFileSync(path.join(import.meta.dirname, '../main.py'), 'utf8')
  const flash = makeFlash(t, { 'main.py': main, 'a/app.py': 'import nothing_there\n', 'cfg.json': cfg })
  assert.equal(await new Board(t, flash).exit, RESET)
  fs.writeFileSync(path.join(flash, 'a/app.py'), sketch)
  const board = new Board(t, flash)
  const [line] = await packets.next()
  assert.equal(line[2], 'exception')
  assert.match(line[3], /ImportError: no module named 'nothing_there'/)
  await board.stop()
  assert.equal(fs.existsSync(path.join(flash, 'crash.txt')), false)
})
