// The cable is pulled, or Ctrl-C pressed, at every phase of flashing: a sentence says so, and the next attempt works.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Flashing, succeed } from './lib/flashing.mjs'
import { flashBoard } from './lib/flashboard.mjs'
import { sharedGateway } from './lib/gateway.mjs'
import { publish } from './lib/mosquitto.mjs'

const gateway = sharedGateway()

// What is to be seen when a phase has begun: on the command's output, or on the board.
const phases = {
  connect: { board: /^loader$/ },
  erase: { board: /^flash begin [1-9]\d* 0$/ },
  write: { board: /^flash begin 0 [1-9]/ },
  verify: { board: /^boot$/ },
  files: { output: /^files 50%/ },
  online: { output: /^online$/ },
}

async function reach(run, board, { board: line, output }) {
  await (line ? board.line(line) : run.next(output))
}

test('the cable is pulled', async (t) => {
  const board = await flashBoard(t)
  for (const [phase, sign] of Object.entries(phases)) {
    await t.test(`at ${phase}`, async () => {
      const run = new Flashing(gateway, board, { name: 'pulled', more: ['--id', 'pulled', '--erase'] })
      await reach(run, board, sign)
      await board.unplug()
      const { code, output } = await run.done()
      assert.notEqual(code, 0, output)
      assert.match(output, /^gateway: .*unplugged.*: plug it in again/m)
      await board.plug()
    })
  }
  await succeed(gateway, board, { name: 'pulled', more: ['--id', 'pulled'] })
  await publish(gateway, 'devices/pulled/alert', 'green')
  await board.line(/^lamp green/)
})

test('Ctrl-C is pressed', async (t) => {
  const board = await flashBoard(t)
  for (const phase of ['write', 'files', 'online']) {
    await t.test(`at ${phase}`, async () => {
      const run = new Flashing(gateway, board, { name: 'stopped', more: ['--id', 'stopped'] })
      await reach(run, board, phases[phase])
      run.interrupt()
      const { code, output } = await run.done()
      assert.equal(code, 130, output)
      assert.match(output, /can be flashed again/)
    })
  }
  await succeed(gateway, board, { name: 'stopped', more: ['--id', 'stopped'] })
})
