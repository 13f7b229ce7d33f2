// What a board is to be, set while it is away or there, over REST and over MQTT; what it says that it is; and all of it on the bus.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Board, board, device } from './lib/board.mjs'
import { sharedGateway, startGateway } from './lib/gateway.mjs'
import { publish, subscribe } from './lib/mosquitto.mjs'
import { until } from './lib/wait.mjs'
import { ask } from './device-api.mjs'

const gateway = sharedGateway()

test('what is set while a board is away is there when it comes, through kill -9', async (t) => {
  const gateway = await startGateway(t)
  const { id, key } = await device(gateway, 'add', 'away', '--json')
  const [status, shadow] = await ask(gateway, 'PATCH', `${id}/shadow/desired`, { relay: { on: true }, color: 'red' })
  assert.equal(status, 200, JSON.stringify(shadow))
  assert.deepEqual(shadow.delta, { relay: { on: true }, color: 'red' })
  await gateway.kill9()
  await gateway.start()

  const relay = new Board(gateway, { id, key })
  t.after(() => relay.close())
  await relay.start()
  assert.deepEqual(relay.is.desired, { relay: { on: true }, color: 'red' })
  assert.deepEqual(relay.is.shadow_delta, { relay: { on: true }, color: 'red' })
  assert.equal(relay.is.version, 1)
  assert.deepEqual(await relay.report({ relay: { on: true }, color: 'red', uptime: 3 }), { ok: true, version: 1 })
  const [, after] = await ask(gateway, 'GET', `${id}/shadow`)
  assert.deepEqual([after.delta, after.applied, after.delivered], [{}, 1, true])
  assert.deepEqual(after.reported, { relay: { on: true }, color: 'red', uptime: 3 })
})

test('a board that is there gets patches, and all of it when it has missed something', async (t) => {
  const lamp = await board(t, gateway, 'patched')
  const changes = []
  lamp.changed = ({ desired, version }) => changes.push([version, desired])
  await ask(gateway, 'PATCH', `${lamp.id}/shadow/desired`, { a: 1, b: { c: 2, d: 3 } })
  await until(() => changes.length === 1, 'the first change to arrive')
  await ask(gateway, 'PATCH', `${lamp.id}/shadow/desired`, { b: { c: null }, e: [1] })
  await until(() => changes.length === 2, 'the second change to arrive')
  assert.deepEqual(changes[1], [2, { a: 1, b: { d: 3 }, e: [1] }])

  lamp.shadow = { desired: { wrong: true }, version: 0 } // as if its flash had been lost
  await ask(gateway, 'PATCH', `${lamp.id}/shadow/desired`, { a: null })
  await until(() => changes.length === 3, 'the third change to arrive')
  assert.deepEqual(changes[2], [3, { b: { d: 3 }, e: [1] }])
})

test('shadows are on the bus, and can be set from there', async (t) => {
  const lamp = await board(t, gateway, 'bus lamp')
  const heard = await subscribe(t, gateway, `devices/${lamp.id}/shadow/+`)
  await publish(gateway, `devices/${lamp.id}/shadow/desired/set`, '{"color":"blue"}', ['-q', '1'])
  const said = Object.fromEntries([await heard.line(), await heard.line()])
  assert.deepEqual(said, {
    [`devices/${lamp.id}/shadow/desired`]: '{"color":"blue"}',
    [`devices/${lamp.id}/shadow/delta`]: '{"color":"blue"}',
  })
  await until(() => lamp.shadow.desired.color === 'blue', 'the board to be told')
  await lamp.report({ color: 'blue' })
  assert.deepEqual(Object.fromEntries([await heard.line(), await heard.line()]), {
    [`devices/${lamp.id}/shadow/reported`]: '{"color":"blue"}',
    [`devices/${lamp.id}/shadow/delta`]: '{}',
  })
  const late = await subscribe(t, gateway, `devices/${lamp.id}/#`)
  const retained = Object.fromEntries((await late.take(4)).map(({ topic, payload, retain }) => [topic, [`${payload}`, retain]]))
  assert.deepEqual(retained, {
    [`devices/${lamp.id}/status`]: ['online', true],
    [`devices/${lamp.id}/shadow/desired`]: ['{"color":"blue"}', true],
    [`devices/${lamp.id}/shadow/reported`]: ['{"color":"blue"}', true],
    [`devices/${lamp.id}/shadow/delta`]: ['{}', true],
  })
})

test('what is no document is refused', async (t) => {
  const lamp = await board(t, gateway, 'strict')
  for (const [body, want] of [
    [[1], 400],
    ['text', 400],
    [{ big: 'x'.repeat(9000) }, 413],
    [{ a: { b: { c: { d: { e: { f: { g: { h: { i: 1 } } } } } } } } }, 400],
  ]) {
    const [status, problem] = await ask(gateway, 'PATCH', `${lamp.id}/shadow/desired`, body)
    assert.equal(status, want, JSON.stringify(problem))
  }
  const { ok, error } = await lamp.ask('$shadow', { reported: [1], version: 0 })
  assert.deepEqual([ok, error.code], [false, 'invalid'])
  assert.equal((await ask(gateway, 'PATCH', 'nobody/shadow/desired', {}))[0], 404)
})

test('after a crash of the gateway it says offline of whom it does not know to be there', async (t) => {
  const gateway = await startGateway(t, '[state]\nflush_interval = "200ms"\n')
  const lamp = await board(t, gateway, 'crashed')
  await lamp.report({ n: 7 })
  await gateway.flushed()
  await gateway.kill9()
  await gateway.start()
  const heard = await subscribe(t, gateway, `devices/${lamp.id}/status`)
  await until(async () => (await heard.line())[1] === 'offline', 'it to say offline')
  const [, { reported }] = await ask(gateway, 'GET', `${lamp.id}/shadow`)
  assert.deepEqual(reported, { n: 7 })
})
