// Updates over the air: good, corrupt, forged, crashing, hanging, and the power lost at every kilobyte.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { ask, upload } from '../../test/device-api.mjs'
import { sharedGateway } from '../../test/lib/gateway.mjs'
import { until } from '../../test/lib/wait.mjs'
import { KEY, serve } from './gateway.mjs'
import { cfg, register } from './real.mjs'
import { Board, makeFlash, POWER, RESET } from './rig/board.mjs'

const gateway = sharedGateway()
const sketch = (word) => `from node import Node\nprint("build", "${word}")\nNode().run()\n`
const main = fs.readFileSync(path.join(import.meta.dirname, '../main.py'), 'utf8')
const sha256 = (data) => crypto.createHash('sha256').update(data).digest('hex')
const flashOf = (t, settings) => makeFlash(t, { 'main.py': main, 'cfg.json': settings, 'a/app.py': sketch('one') })
const slots = (flash) => JSON.parse(fs.readFileSync(path.join(flash, 'slot.json'), 'utf8'))
const stateIs = (id, state) =>
  until(async () => (await ask(gateway, 'GET', id))[1].state === state, `${id} to be ${state}`)
const update = async (id) => (await ask(gateway, 'GET', id))[1].update

/** A board that runs build one, and is told to take the files. */
async function offered(t, name, files, options) {
  const who = await register(gateway, name)
  const flash = flashOf(t, cfg(gateway, who))
  const board = new Board(t, flash, options)
  await board.line('build one')
  await stateIs(who.id, 'online')
  const [, { version }] = await upload(gateway, files)
  assert.equal((await ask(gateway, 'POST', `${who.id}/update`, { version }))[0], 202)
  return { id: who.id, flash, board, version }
}

async function boots(t, flash, word, options) {
  const board = new Board(t, flash, options)
  await board.line(`build ${word}`)
  return board
}

test('a good build stays, and the board says so', async (t) => {
  const { id, flash, board, version } = await offered(t, 'good', {
    'app.py': sketch('two'),
    'lib/blob.bin': crypto.randomBytes(2000),
  })
  assert.equal(await board.exit, RESET)
  assert.equal((await update(id)).state, 'restarting')
  const second = await boots(t, flash, 'two')
  await until(async () => (await update(id)).state === 'done', 'the update to be done')
  await until(
    () => (second.run('import json\nprint(json.load(open("/slot.json")))'), /'cur': 'b'/.test(second.output)),
    'the commit',
  )
  await second.stop()
  assert.equal(slots(flash).try, undefined)
  await boots(t, flash, 'two')
  await until(async () => (await ask(gateway, 'GET', id))[1].build.version === version, 'the version to be said')
})

test('a build that crashes three times is given up', async (t) => {
  const { id, flash, board } = await offered(t, 'crashing', {
    'app.py': 'print("build bad")\nraise ValueError("broken")\n',
  })
  assert.equal(await board.exit, RESET)
  for (let n = 0; n < 3; n++) assert.equal(await (await boots(t, flash, 'bad')).exit, RESET)
  await boots(t, flash, 'one')
  await until(async () => (await update(id)).state === 'failed', 'the update to have failed')
  assert.match((await update(id)).reason, /went back/)
})

test('a build that the watchdog ended is given up', async (t) => {
  const { flash, board } = await offered(t, 'hanging', { 'app.py': 'print("build hangs")\nwhile True: pass\n' })
  assert.equal(await board.exit, RESET)
  await boots(t, flash, 'one', { cause: 1 })
})

test('an update of the library alone keeps the sketch', async (t) => {
  const { flash, board } = await offered(t, 'library', { 'lib/more.py': 'more = 1\n' })
  assert.equal(await board.exit, RESET)
  await boots(t, flash, 'one')
  assert.equal(fs.readFileSync(path.join(flash, 'b/app.py'), 'utf8'), sketch('one'))
})

test('power lost at every kilobyte leaves a build that runs', async (t) => {
  const files = { 'app.py': sketch('two'), 'lib/blob.bin': crypto.randomBytes(3000) }
  let cuts = 0
  for (let at = 1024; ; at += 1024) {
    const { id, flash, board } = await offered(t, `cut-${at}`, files, { cut: at })
    const code = await board.exit
    const next = new Board(t, flash)
    await next.line(/^build (one|two)$/)
    await stateIs(id, 'online')
    await next.stop()
    if (code === RESET) break
    assert.equal(code, POWER)
    assert.match(next.output, /^build one$/m, `the old build after a cut at ${at}`)
    cuts++
  }
  assert(cuts >= 3, `${cuts} cuts`)
})

test('a corrupt file and a forged manifest are refused', async (t) => {
  const data = Buffer.from(sketch('two'))
  let here
  const connected = new Promise((resolve) => (here = resolve))
  const server = await serve(t, {
    welcome: (socket) => socket.on('$hello', (h, ack) => (ack({ ok: true }), here(socket))),
  })
  const flash = flashOf(t, { id: 'lamp', key: KEY, urls: [server.url], wifi: [['home', 'secret']] })
  const board = new Board(t, flash)
  const socket = await connected
  const files = [['app.py', data.length, sha256(data)]]
  const text = `two\n${files.map((f) => f.join(' ')).join('\n')}\n`
  const offer = (mac) => socket.timeout(10_000).emitWithAck('$ota', { version: 'two', files, mac })

  assert.match((await offer('00'.repeat(32))).error, /not signed/)
  const failed = new Promise((resolve) => {
    socket.on('$ota', (m, ack) => (m.failed ? resolve(m.failed) : ack(Buffer.from(data.map((b) => b ^ 1)))))
  })
  assert.equal((await offer(server.sign(text))).ok, true)
  assert.match(await failed, /sha256 of app.py differs/)
  await board.stop()
  assert.deepEqual(fs.readdirSync(path.join(flash, 'b')), [], 'half a build takes no room')
  await boots(t, flash, 'one')
})
