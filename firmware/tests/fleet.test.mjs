// Many boards are updated over the air by the gateway, a few at a time; the first that goes back to its old build stops it.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { bearer } from '../../test/acl-tokens.mjs'
import { ask, upload } from '../../test/device-api.mjs'
import { sharedGateway } from '../../test/lib/gateway.mjs'
import { until } from '../../test/lib/wait.mjs'
import { cfg, register } from './real.mjs'
import { Board, makeFlash, RESET } from './rig/board.mjs'

const gateway = sharedGateway()
const main = fs.readFileSync(path.join(import.meta.dirname, '../main.py'), 'utf8')
const sketch = (word) => `from node import Node\nprint("build", "${word}")\nNode().run()\n`

/** A board that starts anew whenever it resets itself, as the chip does. */
async function powered(t, name) {
  const who = await register(gateway, name)
  const flash = makeFlash(t, { 'main.py': main, 'cfg.json': cfg(gateway, who), 'a/app.py': sketch('one') })
  const it = { id: who.id, builds: [] }
  const start = () => {
    it.board = new Board(t, flash)
    it.board.exit.then((code) => {
      it.builds.push(/^build (\w+)$/m.exec(it.board.output)?.[1])
      if (code === RESET) start()
    })
  }
  start()
  await until(async () => (await ask(gateway, 'GET', who.id))[1].state === 'online', `${name} to be online`)
  return it
}

/** Rolls files out and resolves with how it ended. */
async function roll(boards, files, more) {
  const admin = await bearer(gateway, 'admin')
  const [, { version }] = await upload(gateway, files)
  const ids = boards.map(({ id }) => id)
  const { status, body } = await admin.ask('POST', 'rollouts', { version, boards: ids, ...more })
  assert.equal(status, 201, JSON.stringify(body))
  let r = body
  const over = async () => !['running', 'stopping'].includes((r = await admin.get(`rollouts/${body.id}`)).state)
  await until(over, `the end of the rollout of ${version}`, 120_000)
  return [version, r]
}

const turns = (r) => r.boards.map((b) => b.state)
const runs = async (id) => (await ask(gateway, 'GET', id))[1].build.version

test('three boards, two at a time', { timeout: 200_000 }, async (t) => {
  const boards = []
  for (const name of ['one', 'two', 'three']) boards.push(await powered(t, name))
  const [version, r] = await roll(boards, { 'app.py': sketch('two') }, { at_once: 2 })
  assert.deepEqual([r.state, ...turns(r)], ['done', 'done', 'done', 'done'], JSON.stringify(r))
  for (const { id, board } of boards) {
    assert.equal(await runs(id), version)
    assert.match(board.output, /^build two$/m)
  }
})

test('a build that does not run stops it at the first board, which goes back', { timeout: 200_000 }, async (t) => {
  const boards = [await powered(t, 'first'), await powered(t, 'second')]
  const broken = { 'app.py': 'print("build bad")\nraise ValueError("broken")\n' }
  const [version, r] = await roll(boards, broken, { at_once: 1 })
  assert.deepEqual([r.state, ...turns(r)], ['failed', 'failed', 'skipped'], JSON.stringify(r))
  assert.match(r.reason, /^first: the board went back/)
  assert.deepEqual(boards[0].builds.slice(0, 2), ['one', 'bad'])
  assert.match(boards[0].board.output, /^build one$/m)
  assert.deepEqual(boards[1].builds, [], 'the second was left alone')
  for (const { id } of boards) assert.notEqual(await runs(id), version)
})
