// The agent on the real gateway: who is let in, what goes to and fro, what is remembered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../../test/device-api.mjs'
import { sharedGateway, startGateway } from '../../test/lib/gateway.mjs'
import { publish, subscribe } from '../../test/lib/mosquitto.mjs'
import { run } from '../../test/lib/process.mjs'
import { until } from '../../test/lib/wait.mjs'
import { Board } from './rig/board.mjs'
import { flashFor, register, start } from './real.mjs'

const gateway = sharedGateway()

const sketch = `
from node import Node
node = Node()
@node.on("color")
def color(value):
    print("color", value)
    return value
@node.on("fail")
def fail(value):
    raise ValueError(value)
@node.changed
def changed(desired):
    print("desired", sorted(desired.items()))
    return desired
@node.rpc
def add(params):
    return params["a"] + params["b"]
async def main():
    await node.emit("temperature", 21.5)
    print("ack", await node.call("button/left", {"pushed": 1}, timeout=15))
    print("binary", await node.call("raw", b"\\x00\\xff\\x01"))
node.run(main())
`

const info = async (id) => (await ask(gateway, 'GET', id))[1]
const online = (id) => until(async () => (await info(id)).state === 'online', `${id} to be online`)

test('a board proves itself, says something to MQTT, and obeys', async (t) => {
  const heard = await subscribe(t, gateway, 'devices/lamp/#')
  const { board } = await start(t, gateway, 'lamp', sketch)
  const said = new Map((await heard.take(4)).map(({ topic, payload }) => [topic, payload]))
  assert.equal(String(said.get('devices/lamp/temperature')), '21.5')
  assert.equal(String(said.get('devices/lamp/status')), 'online')
  assert.equal(String(said.get('devices/lamp/button/left')), '{"pushed":1}')
  assert.deepEqual(said.get('devices/lamp/raw'), Buffer.from([0, 255, 1]))
  await board.line("ack {'ok': True}")
  await board.line("binary {'ok': True}")

  await publish(gateway, 'devices/lamp/color', 'red')
  await board.line('color red')
  await publish(gateway, 'devices/lamp/color', '{"r":1}')
  await board.line("color {'r': 1}")
  await publish(gateway, 'devices/lamp/color', Buffer.from([1, 2, 255]))
  await board.line("color bytearray(b'\\x01\\x02\\xff')")
  const long = 'x'.repeat(5000)
  await publish(gateway, 'devices/lamp/color', long)
  await until(async () => {
    await publish(gateway, 'devices/lamp/color', 'after') // while it is away nobody keeps it
    return board.output.includes('color after')
  }, 'the board to be back')
  assert(!board.output.includes(long), 'it is more than the board takes')
})

test('calls, and what the board says of itself', async (t) => {
  const { board, id } = await start(t, gateway, 'called', sketch)
  await board.line(/^binary/)
  await online(id)
  const call = async (method, params) => (await ask(gateway, 'POST', `${id}/call`, { method, params }))[1]
  assert.equal((await call('add', { a: 1, b: 2 })).result, 3)
  assert.equal((await call('ping', 'x')).result, 'x')
  assert.equal((await call('info')).result.slot, 'a')
  for (const [method, params, code] of [
    ['nothing', null, 'invalid'],
    ['add', {}, 'unavailable'],
  ]) {
    const answer = await call(method, params)
    assert.equal(answer.error?.code ?? answer.code, code, JSON.stringify(answer))
  }
  const { build } = await info(id)
  assert.equal(build.reset, 'power')
})

test('exceptions and lines of the board are in the log of the gateway', async (t) => {
  const { board, id } = await start(t, gateway, 'clumsy', sketch)
  await board.line(/^binary/)
  await publish(gateway, `devices/${id}/fail`, 'because')
  const [line] = await until(async () => {
    const [, { items }] = await ask(gateway, 'GET', `${id}/log`)
    return items.length > 0 && items
  }, 'the exception to be in the log')
  assert.equal(line.level, 'exception')
  assert.match(line.text, /ValueError: because/)
  await publish(gateway, `devices/${id}/color`, 'still here')
  await board.line('color still here')
})

test('what is desired while a board is away comes true when it is back, and is reported', async (t) => {
  const who = await register(gateway, 'relay')
  const flash = flashFor(t, gateway, who, sketch)
  const first = new Board(t, flash, { script: '/flash/app.py' })
  await first.line('desired []')
  await online(who.id)
  await first.stop()
  await until(async () => (await info(who.id)).state === 'offline', 'it to be offline')

  const [status] = await ask(gateway, 'PATCH', `${who.id}/shadow/desired`, { on: true, level: 3 })
  assert.equal(status, 200)
  const reported = await subscribe(t, gateway, `devices/${who.id}/shadow/delta`)
  assert.equal(String((await reported.next()).payload), '{"level":3,"on":true}')
  const second = new Board(t, flash, { script: '/flash/app.py' })
  await second.line("desired [('level', 3), ('on', True)]")
  assert.equal(String((await reported.next()).payload), '{}')

  await ask(gateway, 'PATCH', `${who.id}/shadow/desired`, { on: null })
  await second.line("desired [('level', 3)]")
  await second.stop()
  const third = new Board(t, flash, { script: '/flash/app.py' })
  await third.line("desired [('level', 3)]") // from its flash, before it has a connection
})

test('a wrong key, a replayed nonce and a revoked board are not let in', async (t) => {
  const heard = await subscribe(t, gateway, 'devices/refused/temperature')
  const who = await register(gateway, 'refused')
  const begin = (key, text) =>
    new Board(t, flashFor(t, gateway, { id: who.id, key }, text), { script: '/flash/app.py' })
  const fixed = 'node.who = lambda _: {"id": "refused", "nonce": "00" * 16}\nnode.nonce = "00" * 16\nnode.run'

  const stranger = begin('ab'.repeat(32), sketch.replace('21.5', '1'))
  await refused(stranger, /not my gateway/)
  await stranger.stop()
  const first = begin(who.key, sketch.replace('node.run', fixed).replace('21.5', '2'))
  assert.deepEqual(await heard.line(), ['devices/refused/temperature', '2'], 'nothing came from the stranger')
  await first.line(/^binary/)
  await first.stop()
  const replay = begin(who.key, sketch.replace('node.run', fixed).replace('21.5', '3'))
  await refused(replay, /not my gateway/)
  await replay.stop()
  const good = begin(who.key, sketch.replace('21.5', '4'))
  assert.deepEqual(await heard.line(), ['devices/refused/temperature', '4'], 'nothing came from the replay')
  await good.line(/^binary/)
  await run(gateway.commandLine()[0], ['device', 'rm', who.id, '--data', `${gateway.dir}/data`])
  await refused(good, /not my gateway|closed/)
})

/** Waits until the board has no connection, and says why. */
function refused(board, why) {
  return until(() => {
    board.run('print("error", node.error)')
    return board.output.split('\n').some((line) => line.startsWith('error ') && why.test(line))
  }, `${why} from the board`).catch((e) => assert.fail(`${e.message}, which said:\n${board.output}`))
}

test('a board comes back after the gateway was restarted, and what it said meanwhile arrives', async (t) => {
  const gateway = await startGateway(t)
  const { board, id } = await start(t, gateway, 'patient', sketch)
  await board.line(/^binary/)
  // Out of reach until somebody listens: what a board says is no state, so nobody hears it later.
  board.run('node.cfg["wifi"][:] = [["nowhere", ""]]\nimport network\nnetwork.WLAN()._status = 0')
  await gateway.kill9()
  await until(async () => {
    board.run('print("connected", node.connected)')
    return /^connected False$/m.test(board.output)
  }, 'the board to notice')
  board.run('import asyncio\nasyncio.create_task(node.emit("waited", 1))')
  await gateway.start()
  const heard = await subscribe(t, gateway, `devices/${id}/waited`)
  board.run('node.cfg["wifi"][:] = [["home", "secret"]]')
  assert.deepEqual(await heard.line(), [`devices/${id}/waited`, '1'])
})
