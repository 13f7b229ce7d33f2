// Boards that something is wrong with, flashed by command: what can be got over is, and the rest is said in a sentence.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fail, flash, Flashing, holdsImage, succeed } from './lib/flashing.mjs'
import { flashBoard } from './lib/flashboard.mjs'
import { binary, sharedGateway } from './lib/gateway.mjs'
import { publish } from './lib/mosquitto.mjs'
import { Process } from './lib/process.mjs'
import { Inbox } from './lib/wait.mjs'

const gateway = sharedGateway()

/** Asserts that a board obeys, which is then called name. */
async function obeys(board, name) {
  await publish(gateway, `devices/${name}/alert`, 'blue')
  await board.line(/^lamp blue/)
}

test('every 97th block fails: it is sent again', async (t) => {
  const board = await flashBoard(t, { faults: ['block97', 'noise'] })
  await succeed(gateway, board, { name: 'lossy' })
  await obeys(board, 'lossy')
})

test('a cable that is good for 115200 baud only is used at that speed', async (t) => {
  const board = await flashBoard(t, { faults: ['slow'] })
  assert.match(await succeed(gateway, board, { name: 'slow' }), /at 115200 baud/)
})

test('another chip is named, and left as it is', async (t) => {
  const board = await flashBoard(t, { faults: ['esp32'] })
  const before = board.flash()
  await fail(gateway, board, 1, /this is an ESP32/, { name: 'other' })
  assert(board.flash().equals(before), 'its flash was touched')
})

test('a flash that is too small is refused before a byte is erased', async (t) => {
  const board = await flashBoard(t, { faults: ['short'] })
  const before = board.flash()
  await fail(gateway, board, 1, /1 MiB/, { name: 'small' })
  assert(board.flash().equals(before), 'its flash was touched')
})

test('an image that was cut off is refused, and the board is not asked', async (t) => {
  const board = await flashBoard(t)
  await board.line(/^boot nothing/)
  const whole = readFileSync(board.image)
  const image = join(board.dir, 'cut.bin')
  const tooEarly = /the image ends too early/
  const sentences = { 0: /the file is empty/, 3: tooEarly, 30_000: tooEarly, 600_000: tooEarly }
  for (const [size, sentence] of Object.entries(sentences)) {
    writeFileSync(image, whole.subarray(0, size))
    await fail(gateway, board, 1, sentence, { name: 'cut', image })
  }
  assert.doesNotMatch(board.text(), /rom sync/)
})

test('a board that never answers: the buttons are named', async (t) => {
  const board = await flashBoard(t, { faults: ['neversync'] })
  await fail(gateway, board, 3, /FLASH[^]*RESET/, { name: 'silent' })
})

test('a board that has to be put into its loader by hand gets there', async (t) => {
  const board = await flashBoard(t, { faults: ['manual'] })
  const run = new Flashing(gateway, board, { name: 'by hand', more: ['--hands', '60s'] })
  await run.next(/FLASH.*RESET/)
  board.loader()
  const { code, output } = await run.done()
  assert.equal(code, 0, output)
  holdsImage(board)
  await obeys(board, 'by-hand')
})

test('a board that stays in its loader: RESET is named, and after it the files can be pushed', async (t) => {
  const board = await flashBoard(t, { faults: ['neverresets'] })
  await fail(gateway, board, 1, /press RESET/, { name: 'stays' })
  holdsImage(board)
  board.reset()
  await board.line(/^boot$/)
  const { code, output } = await flash(gateway, board, { name: 'stays', more: ['--files-only', '--id', 'stays'] })
  assert.equal(code, 0, output)
  await obeys(board, 'stays')
})

test('a board whose main.py ends in a restart, again and again, gets other files', async (t) => {
  const board = await flashBoard(t)
  await succeed(gateway, board, { name: 'crashing' })
  await board.unplug()
  const crash = 'import machine, time\nprint("wrong")\ntime.sleep_ms(300)\nmachine.reset()\n'
  writeFileSync(join(board.dir, 'flash', 'files', 'main.py'), crash)
  await board.plug()
  await board.line(/^boot$/)
  await board.line(/^boot$/)
  const { code, output } = await flash(gateway, board, { name: 'crashing', more: ['--files-only', '--id', 'crashing'] })
  assert.equal(code, 0, output)
  await obeys(board, 'crashing')
})

test('a wrong password of the Wi-Fi is told by the board, and said', async (t) => {
  const board = await flashBoard(t, { faults: ['wifi-wrong'] })
  const output = await fail(gateway, board, 5, /wifi: wrong password/, { name: 'outside' })
  assert.match(output, /^gateway: .*password/m)
})

test('a port that somebody listens to is busy, and who it is is said', async (t) => {
  const board = await flashBoard(t)
  const said = new Inbox('gateway monitor')
  const monitor = new Process(binary, ['monitor', '--port', board.port], { onLine: (line) => said.push(line) })
  t.after(() => monitor.end('SIGKILL'))
  assert.match(await said.next('that it listens'), /listening to/)
  await fail(gateway, board, 4, new RegExp(`in use by .*gateway.*${monitor.pid}`), { name: 'busy' })
  await monitor.end('SIGINT')
  await succeed(gateway, board, { name: 'busy' })
})
