// A board proves its key, says something that an MQTT client hears, and obeys one. Whoever cannot prove it is refused alike.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Board, board, device, sign } from './lib/board.mjs'
import { sharedGateway } from './lib/gateway.mjs'
import { publish, subscribe } from './lib/mosquitto.mjs'

const gateway = sharedGateway()

test('a board says something to MQTT and hears from it', async (t) => {
  const lamp = await board(t, gateway, 'gate lamp')
  assert.equal(lamp.id, 'gate-lamp')
  assert(lamp.knowsGateway, 'the gateway did not prove that it knows the key')
  assert.equal(lamp.is.name, 'gate lamp')
  assert(Math.abs(lamp.is.time - Date.now() / 1000) < 60, `the time is ${lamp.is.time}`)

  const heard = await subscribe(t, gateway, `devices/${lamp.id}/button/#`)
  assert.deepEqual(await lamp.ask('button/left', { pushed: 1 }), { ok: true })
  assert.deepEqual(await heard.line(), [`devices/${lamp.id}/button/left`, '{"pushed":1}'])

  await publish(gateway, `devices/${lamp.id}/color`, 'red')
  assert.deepEqual(await lamp.next(), ['color', 'red'])
  await publish(gateway, `devices/${lamp.id}/level`, '0.5')
  assert.deepEqual(await lamp.next(), ['level', 0.5])
  await publish(gateway, `devices/${lamp.id}/raw/bytes`, Buffer.from([0xff, 0, 1]))
  const [name, bytes] = await lamp.next()
  assert.deepEqual([name, [...bytes]], ['raw/bytes', [0xff, 0, 1]])
})

test('what a board says does not come back to it', async (t) => {
  const lamp = await board(t, gateway, 'echo lamp')
  await lamp.ask('color', 'green')
  await publish(gateway, `devices/${lamp.id}/color`, 'red')
  assert.deepEqual(await lamp.next(), ['color', 'red'])
})

test('a board may not say what only the gateway knows, nor leave its own topics', async (t) => {
  const lamp = await board(t, gateway, 'liar')
  for (const name of ['status', 'shadow/desired', 'shadow/reported', 'shadow', '$nonsense', 'a/+/b', '#']) {
    const { ok, error } = await lamp.ask(name, 'x')
    assert.equal(ok, false, name)
    assert.match(error.code, /denied|invalid/, name)
  }
})

test('whoever cannot prove the key is refused alike, and is mute before', async (t) => {
  const { id, key } = await device(gateway, 'add', 'refused', '--json')
  const heard = await subscribe(t, gateway, 'devices/refused/#', ['-t', 'devices/nobody/#'])
  const proven = new Board(gateway, { id, key })
  t.after(() => proven.close())
  await proven.start()
  assert.deepEqual(await heard.line(), [`devices/${id}/status`, 'online'])

  const other = 'ab'.repeat(32)
  const attempts = {
    'wrong key': { id, key: other },
    'unknown id': { id: 'nobody', key },
    'replayed nonce': { id, key, useNonce: proven.sentNonce },
    'replayed proof': { id, key, useNonce: proven.sentNonce, prove: () => ({ proof: '00'.repeat(32) }) },
    'no proof at all': { id, key, prove: () => 'let me in' },
    'half a nonce': { id, key, useNonce: 'abcd' },
  }
  for (const [what, options] of Object.entries(attempts)) {
    const it = new Board(gateway, options)
    it.prove ??= (c, said) => {
      it.emit('button', what) // before it is in
      return { proof: sign(it.key, `device:${said}`) }
    }
    it.open()
    assert.equal(await it.gone(), 'io server disconnect', what)
    assert.equal(it.challenge?.nonce.length, 32, `${what}: it was not challenged`)
    assert.equal(it.is, undefined, what)
    it.close()
  }
  assert.deepEqual(await proven.ask('button', 'mine'), { ok: true })
  assert.deepEqual(await heard.line(), [`devices/${id}/button`, 'mine'], 'nothing that the others said')
})

test('a board that does not answer the challenge is cut', async (t) => {
  const { id, key } = await device(gateway, 'add', 'silent', '--json')
  const it = new Board(gateway, { id, key, prove: () => undefined })
  t.after(() => it.close())
  it.open()
  assert.equal(await it.gone(), 'io server disconnect')
})

test('without key or token nobody is a board', async () => {
  const it = new Board(gateway, { id: 'x', key: '', auth: {} })
  it.open()
  const why = await it.gone()
  it.close()
  assert.equal(why.data.code, 'denied')
})

test('a revoked board is cut, and stays out', async (t) => {
  const lamp = await board(t, gateway, 'revoked')
  const heard = await subscribe(t, gateway, `devices/${lamp.id}/#`)
  assert.deepEqual(await heard.line(), [`devices/${lamp.id}/status`, 'online'])
  await device(gateway, 'rm', lamp.id)
  await lamp.gone()
  assert.deepEqual(await heard.line(), [`devices/${lamp.id}/status`, ''])
  const again = new Board(gateway, { id: lamp.id, key: lamp.key })
  again.open()
  assert.equal(await again.gone(), 'io server disconnect')
  again.close()
  assert(!(await device(gateway, 'list')).includes(lamp.id))
})

test('the newest connection of a board is the one that counts', async (t) => {
  const lamp = await board(t, gateway, 'twice')
  const heard = await subscribe(t, gateway, `devices/${lamp.id}/status`)
  assert.equal((await heard.line())[1], 'online')
  const again = new Board(gateway, { id: lamp.id, key: lamp.key })
  t.after(() => again.close())
  await again.start()
  await lamp.gone()
  await publish(gateway, `devices/${lamp.id}/color`, 'blue')
  assert.deepEqual(await again.next(), ['color', 'blue'])
  again.close()
  const words = [await heard.line(), await heard.line()].map(([, word]) => word)
  assert.deepEqual(words, ['online', 'offline'])
})
