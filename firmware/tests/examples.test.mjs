// The examples run, with pins that a test presses.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { sharedGateway } from '../../test/lib/gateway.mjs'
import { publish, subscribe } from '../../test/lib/mosquitto.mjs'
import { until } from '../../test/lib/wait.mjs'
import { ask } from '../../test/device-api.mjs'
import { cfg, register } from './real.mjs'
import { Board, makeFlash } from './rig/board.mjs'

const gateway = sharedGateway()
const examples = path.resolve(import.meta.dirname, '../examples')
const read = (...file) => fs.readFileSync(path.join(...file), 'utf8')
const fakes = Object.fromEntries(
  ['onewire', 'ds18x20', 'dht', 'ssd1306'].map((name) => [
    `${name}.py`,
    read(import.meta.dirname, 'fakes', `${name}.py`),
  ]),
)

/** A board that runs an example, with drivers of parts that are not there; more goes into its settings. */
async function start(t, id, example, more = {}) {
  const who = await register(gateway, id)
  const files = { ...fakes, 'app.py': read(examples, `${example}.py`), 'cfg.json': { ...cfg(gateway, who), ...more } }
  return { id, board: new Board(t, makeFlash(t, files), { script: '/flash/app.py' }) }
}
const level = (board, n) => {
  board.run(`import machine\nprint("level", ${n}, machine.Pin.pins[${n}].value())`)
  return board.output
    .split('\n')
    .findLast((line) => line.startsWith(`level ${n} `))
    ?.at(-1)
}
const press = (board, n) => board.run(`import machine\nmachine.Pin.pins[${n}].press(0)`)
const online = (id) => until(async () => (await ask(gateway, 'GET', id))[1].state === 'online', `${id} to be online`)

test('each is shorter than 60 lines, and says how it is wired', () => {
  for (const name of fs.readdirSync(examples)) {
    const text = read(examples, name)
    assert(text.split('\n').length < 60, name)
    assert.match(text.split('"""')[1], /^Wiring[ (:]/m, name)
  }
})

test('the lamp lights, and its button acknowledges', async (t) => {
  const { board, id } = await start(t, 'alert-lamp', 'lamp')
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
  const { board, id } = await start(t, 'push', 'button')
  await online(id)
  const heard = await subscribe(t, gateway, `devices/${id}/button`)
  press(board, 4)
  assert.deepEqual(await heard.line(), [`devices/${id}/button`, 'down'])
})

test('the relay switches when it is desired', async (t) => {
  const { board, id } = await start(t, 'switch', 'relay')
  await online(id)
  await publish(gateway, `devices/${id}/shadow/desired/set`, '{"on":true}')
  await until(() => level(board, 5) === '1', 'the relay to switch')
})

test('the thermometer measures, says so when it cannot, and goes on', async (t) => {
  const heard = await subscribe(t, gateway, 'devices/cellar/temperature')
  const { board, id } = await start(t, 'cellar', 'thermometer', { every: 0.1 })
  assert.deepEqual(await heard.line(), [`devices/${id}/temperature`, '21.6'])
  board.run('import ds18x20\nds18x20.celsius = None')
  const log = () => ask(gateway, 'GET', `${id}/log`).then(([, { items }]) => items)
  await until(
    async () => (await log()).some(({ level, text }) => level === 'warning' && /^no reading/.test(text)),
    'a warning',
  )
  board.run('ds18x20.celsius = -10.0625')
  await until(async () => (await heard.line())[1] === '-10.1', 'the next value')
})

test('the climate is temperature and humidity', async (t) => {
  const temperature = await subscribe(t, gateway, 'devices/attic/temperature')
  const humidity = await subscribe(t, gateway, 'devices/attic/humidity')
  const { board } = await start(t, 'attic', 'climate', { every: 0.1 })
  assert.equal((await temperature.line())[1], '20.5')
  assert.equal((await humidity.line())[1], '55.5')
  board.run('import dht\ndht.reading = None')
  const log = () => ask(gateway, 'GET', 'attic/log').then(([, { items }]) => items)
  await until(async () => (await log()).some(({ text }) => /OSError/.test(text)), 'a warning')
  board.run('dht.reading = (-5.5, 88.5)')
  await until(async () => (await humidity.line())[1] === '88.5', 'the next value')
})

test('the display shows what is published, and what follows instead of it', async (t) => {
  const { board, id } = await start(t, 'shown', 'display')
  await online(id)
  const shows = (...lines) =>
    until(() => {
      board.run('import ssd1306\nprint("seen", "|".join(ssd1306.seen()))')
      return board.output.split('\n').findLast((line) => line.startsWith('seen ')) === `seen ${lines.join('|')}`
    }, `the display to show ${lines}; it is ${board.output}`)
  await publish(gateway, `devices/${id}/text`, 'Hello, world')
  await shows('Hello, world', '', '', '')
  await publish(gateway, `devices/${id}/text`, 'a line that is longer than the display\nsecond\n\n21.5 C\nnot seen')
  await shows('a line that is l', 'second', '', '21.5 C')
  await publish(gateway, `devices/${id}/text`, '42')
  await shows('42', '', '', '')
})
