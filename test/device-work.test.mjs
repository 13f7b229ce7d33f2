// Boards at work: calls, log, health, what people see of them, and rights.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Board, board, device } from './lib/board.mjs'
import { sharedGateway, startGateway } from './lib/gateway.mjs'
import { publish, subscribe } from './lib/mosquitto.mjs'
import { connect } from './lib/socketio.mjs'
import { run } from './lib/process.mjs'
import { binary } from './lib/gateway.mjs'
import { bearer } from './acl-tokens.mjs'
import { ask } from './device-api.mjs'
import { join } from 'node:path'

const gateway = sharedGateway()

test('a call is answered by the board, by its absence, or by the clock', async (t) => {
  const lamp = await board(t, gateway, 'called')
  lamp.calls.sum = ({ a, b }) => a + b
  lamp.calls.ping = (...args) => args.length
  lamp.calls.sleep = () => undefined
  const call = (method, more) => ask(gateway, 'POST', `${lamp.id}/call`, { method, ...more })
  const [status, { result }] = await call('sum', { params: { a: 1, b: 2 } })
  assert.deepEqual([status, result], [200, 3])
  assert.equal((await call('ping'))[1].result, 0)
  const [unknown, problem] = await call('fly')
  assert.deepEqual([unknown, problem.code, problem.detail], [400, 'invalid', `${lamp.id}: no method fly`])
  const [late, { code }] = await call('sleep', { timeout_ms: 200 })
  assert.deepEqual([late, code], [504, 'timeout'])

  const hanging = call('sleep', { timeout_ms: 20_000 })
  lamp.calls.sleep = () => void lamp.close()
  await call('sleep', { timeout_ms: 5000 })
  assert.equal((await hanging)[1].code, 'offline')
  const [off, away] = await call('ping')
  assert.deepEqual([off, away.code], [503, 'offline'])
  assert.equal((await ask(gateway, 'POST', 'nobody/call', { method: 'ping' }))[0], 404)
})

test('a board is online, and offline when it has gone', async (t) => {
  const { id, key } = await device(gateway, 'add', 'present', '--json')
  const state = async () => (await ask(gateway, 'GET', id))[1].state
  assert.equal(await state(), 'never')
  const heard = await subscribe(t, gateway, `devices/${id}/status`)
  const it = new Board(gateway, { id, key })
  t.after(() => it.close())
  it.open()
  await it.welcome()
  assert.equal(await state(), 'offline', 'before its hello')
  await it.hello()
  assert.deepEqual(await heard.line(), [`devices/${id}/status`, 'online'])
  assert.equal(await state(), 'online')
  const [, seen] = await ask(gateway, 'GET', id)
  assert.deepEqual([seen.build.version, seen.build.mp, seen.health.heap_free, seen.health.rssi], ['one', '1.27.0', 20000, -60])
  it.close()
  assert.deepEqual(await heard.line(), [`devices/${id}/status`, 'offline'])
  assert.equal(await state(), 'offline')
})

test('log lines are kept once, and errors over a restart', async (t) => {
  const gateway = await startGateway(t)
  const lamp = await board(t, gateway, 'logging')
  const lines = [
    [1, 10, 'info', 'hello'],
    [2, 20, 'exception', 'ValueError: 7'],
  ]
  assert.deepEqual(await lamp.ask('$log', lines), { ok: true })
  assert.deepEqual(await lamp.ask('$log', [...lines, [3, 30, 'debug', 'x'.repeat(5000)]]), { ok: true })
  const [, log] = await ask(gateway, 'GET', `${lamp.id}/log`)
  assert.deepEqual(log.items.map((l) => [l.n, l.level, l.text.length]), [[1, 'info', 5], [2, 'exception', 13], [3, 'debug', 1000]])
  assert.equal((await ask(gateway, 'GET', lamp.id))[1].errors, 1)
  for (const bad of ['text', [['x']], [[1, 2, 3, 4]], Array.from({ length: 60 }, (_, i) => [i, i, 'info', 'x'])]) {
    assert.equal((await lamp.ask('$log', bad)).ok, false, JSON.stringify(bad).slice(0, 40))
  }
  for (let i = 0; i < 60; i++) await lamp.ask('$log', Array.from({ length: 10 }, (_, k) => [100 + 10 * i + k, i, 'info', 'more']))
  assert.equal((await ask(gateway, 'GET', `${lamp.id}/log?limit=500`))[1].items.length, 500)
  await lamp.ask('$log', [[1000, 5, 'error', 'at last']])
  await gateway.restart()
  const [, after] = await ask(gateway, 'GET', `${lamp.id}/log`)
  assert.deepEqual(after.items.map((l) => l.text), ['at last'])
})

test('health is a series', async (t) => {
  const lamp = await board(t, gateway, 'healthy')
  for (let i = 1; i <= 3; i++) lamp.emit('$health', { heap_free: 1000 * i, rssi: null, uptime_s: i, lag_ms: 2, queued: 0, dropped: i })
  await lamp.ask('$log', []) // in order behind it
  const [, { items }] = await ask(gateway, 'GET', `${lamp.id}/health`)
  assert.deepEqual(items.map((v) => [v.heap_free, v.rssi, v.dropped]), [[20000, -60, 0], [1000, undefined, 1], [2000, undefined, 2], [3000, undefined, 3]])
})

test('names change with their revision, keys at once', async (t) => {
  const lamp = await board(t, gateway, 'old name')
  const admin = await bearer(gateway, 'admin')
  const path = `boards/${lamp.id}`
  const { body } = await admin.ask('GET', path)
  const named = await admin.ask('PATCH', path, { name: 'new name' }, { 'if-match': `"${body.revision}"` })
  assert.deepEqual([named.status, named.body.name, named.body.id], [200, 'new name', lamp.id])
  assert.equal((await admin.ask('PATCH', path, { name: 'x' }, { 'if-match': `"${body.revision}"` })).status, 412)
  assert.equal((await admin.ask('PATCH', path, { name: 'x' })).status, 428)
  const made = await admin.ask('POST', `${path}/key`, undefined, { 'if-match': '*' })
  assert.equal(made.status, 200, JSON.stringify(made.body))
  await lamp.gone()
  const old = new Board(gateway, { id: lamp.id, key: lamp.key })
  old.open()
  assert.equal(await old.gone(), 'io server disconnect')
  old.close()
  const again = new Board(gateway, { id: lamp.id, key: made.body.config.key })
  t.after(() => again.close())
  await again.start()
  assert.equal(again.is.name, 'new name')
})

test('one id never names two', async () => {
  const { id } = await device(gateway, 'add', 'unique', '--json')
  assert.equal((await device(gateway, 'add', 'unique', '--json')).id, 'unique-2')
  const admin = await bearer(gateway, 'admin')
  const token = await admin.ask('POST', 'tokens', { name: id, kind: 'device' })
  assert.equal(token.body.id, 'unique-3')
  assert.equal((await admin.ask('POST', 'boards', { name: 'x', id: 'unique-3' })).status, 409)
  assert.equal((await admin.ask('POST', 'boards', { name: 'x', id: 'a/b' })).status, 422)
})

test('who may do what with boards', async () => {
  const { id } = await device(gateway, 'add', 'guarded', '--json')
  const want = {
    viewer: { GET: 200, call: 403, shadow: 403, add: 403, remove: 403, bundle: 403 },
    operator: { GET: 200, call: 503, shadow: 200, add: 403, remove: 403, bundle: 403 },
  }
  for (const [role, may] of Object.entries(want)) {
    const who = await bearer(gateway, role)
    const any = { 'if-match': '*' }
    assert.equal((await who.ask('GET', `boards/${id}/shadow`)).status, may.GET, role)
    assert.equal((await who.ask('POST', `boards/${id}/call`, { method: 'ping' })).status, may.call, role)
    assert.equal((await who.ask('PATCH', `boards/${id}/shadow/desired`, {})).status, may.shadow, role)
    assert.equal((await who.ask('POST', 'boards', { name: 'x' })).status, may.add, role)
    assert.equal((await who.ask('DELETE', `boards/${id}`, undefined, any)).status, may.remove, role)
    assert.equal((await who.ask('POST', 'bundles', {})).status, may.bundle, role)
  }
})

test('an old client comes with a device token, and no challenge', async (t) => {
  const { code, output } = await run(binary, ['token', 'add', 'old lamp', '--kind', 'device', '--data', join(gateway.dir, 'data')])
  assert.equal(code, 0, output)
  const token = output.match(/^ +token +(\S+)$/m)[1]
  const lamp = new Board(gateway, { id: 'old-lamp', auth: { token } })
  t.after(() => lamp.close())
  lamp.open()
  await lamp.welcome()
  const heard = await subscribe(t, gateway, 'devices/old-lamp/#')
  assert.deepEqual(await heard.line(), ['devices/old-lamp/status', 'online'])
  assert.deepEqual(await lamp.ask('pushed', true), { ok: true })
  assert.deepEqual(await heard.line(), ['devices/old-lamp/pushed', 'true'])
  await publish(gateway, 'devices/old-lamp/color', 'red')
  assert.deepEqual(await lamp.next(), ['color', 'red'])
  assert.equal((await ask(gateway, 'POST', 'old-lamp/update', { version: 'x' }))[0], 404)
  await run(binary, ['token', 'rm', 'old-lamp', '--data', join(gateway.dir, 'data')])
  await lamp.gone()
})

test('who sends a command hears whether the board has it', async (t) => {
  const gateway = await startGateway(
    t,
    '[[mapping]]\nname = "lamp"\ntopic = "devices/heard/{what}"\nnamespace = "/lamp"\nevent = "{what}"\n',
  )
  const lamp = await board(t, gateway, 'heard')
  const page = await connect(t, gateway, '/lamp')
  assert.deepEqual(await page.ask('color', 'red'), { ok: true })
  assert.deepEqual(await lamp.next(), ['color', 'red'])
  await lamp.ask('pushed', 1)
  for (;;) {
    const [name, value] = await page.next('the push')
    if (name === 'pushed') return assert.equal(value, 1)
  }
})
