// The examples run, with pins that a test presses.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { sharedGateway } from '../../test/lib/gateway.mjs'
import { publish, subscribe } from '../../test/lib/mosquitto.mjs'
import { until } from '../../test/lib/wait.mjs'
import { ask } from '../../test/device-api.mjs'
import { start } from './real.mjs'

const gateway = sharedGateway()
const examples = path.resolve(import.meta.dirname, '../examples')
const text = (name) => fs.readFileSync(path.join(examples, `${name}.py`), 'utf8')
const level = (board, n) => {
  board.run(`import machine\nprint("level", ${n}, machine.Pin.pins[${n}].value())`)
  return board.output
    .split('\n')
    .findLast((line) => line.startsWith(`level ${n} `))
    ?.at(-1)
}
const press = (board, n) => board.run(`import machine\nmachine.Pin.pins[${n}].press(0)`)
const online = (id) => until(async () => (await ask(gateway, 'GET', id))[1].state === 'online', `${id} to be online`)

test('each is shorter than 60 lines', () => {
  for (const name of fs.readdirSync(examples)) {
    assert(fs.readFileSync(path.join(examples, name), 'utf8').split('\n').length < 60, name)
  }
})

test('the lamp lights, and its button acknowledges', async (t) => {
  const { board, id } = await start(t, gateway, 'alert-lamp', text('lamp'))
  await online(id)
  await publish(gateway, `devices/${id}/alert`, 'red')
  await until(() => level(board, 14) === '1', 'the lamp to light')
  assert.notEqual(level(board, 12), '1')
  const heard = await subscribe(t, gateway, `devices/${id}/acknowledged`)
  press(board, 4)
  assert.deepEqual(await heard.line(), [`devices/${id}/acknowledged`, 'true'])
  await until(() => level(board, 14) === '0', 'the lamp to go out')
})

test('the button says down', async (t) => {
  const { board, id } = await start(t, gateway, 'push', text('button'))
  await online(id)
  const heard = await subscribe(t, gateway, `devices/${id}/button`)
  press(board, 4)
  assert.deepEqual(await heard.line(), [`devices/${id}/button`, 'down'])
})

test('the relay switches when it is desired', async (t) => {
  const { board, id } = await start(t, gateway, 'switch', text('relay'))
  await online(id)
  await publish(gateway, `devices/${id}/shadow/desired/set`, '{"on":true}')
  await until(() => level(board, 5) === '1', 'the relay to switch')
})
