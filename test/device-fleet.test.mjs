// Many boards are updated: a few at a time, until one fails or all are through, and through a restart of the gateway.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { join } from 'node:path'
import { bearer } from './acl-tokens.mjs'
import { Board, board, device } from './lib/board.mjs'
import { binary, startGateway } from './lib/gateway.mjs'
import { run } from './lib/process.mjs'
import { open } from './lib/socketio.mjs'
import { until } from './lib/wait.mjs'
import { upload } from './device-api.mjs'

const files = { 'app.py': 'print("two")' }

/** Has a board take updates: it fetches all, restarts, and says what it runs; resolves what it is offered. */
function follows(t, gateway, it, { fails } = {}) {
  return new Promise((resolve) => {
    it.update = async (manifest, ack) => {
      if (fails) return ack({ ok: false, error: fails })
      ack({ ok: true, slot: 'b' })
      for (const [name, size] of manifest.files) await it.ask('$ota', { get: name, off: 0, n: size })
      await it.ask('$ota', { ready: true, slot: 'b' })
      it.close()
      it.build = { ...it.build, version: manifest.version, trial: true }
      await it.start()
      resolve(manifest.version)
    }
  })
}

async function fleet(t, names) {
  const gateway = await startGateway(t)
  const boards = []
  for (const name of names) boards.push(await board(t, gateway, name))
  const admin = await bearer(gateway, 'admin')
  const [, { version }] = await upload(gateway, files)
  const begin = async (more) => {
    const { status, body } = await admin.ask('POST', 'rollouts', { version, ...more })
    assert.equal(status, 201, JSON.stringify(body))
    return body
  }
  const over = async ({ id }) => {
    let r
    await until(async () => !['running', 'stopping'].includes((r = await admin.get(`rollouts/${id}`)).state), 'the end of the rollout')
    return r
  }
  return { gateway, boards, admin, version, begin, over }
}

const turns = (r) => [r.state, ...r.boards.map((b) => `${b.id} ${b.state}`)].join(', ')

test('all boards are updated, and pages hear of each', async (t) => {
  const { gateway, boards, admin, version, begin, over } = await fleet(t, ['a', 'b', 'c'])
  const page = open(t, gateway, '/admin', { auth: { token: admin.token } })
  const heard = []
  page.socket.on('rollout', (change) => heard.push(change))
  await new Promise((resolve) => page.socket.once('hello', resolve))
  for (const it of boards) follows(t, gateway, it)
  const r = await begin({ at_once: 2 })
  assert.deepEqual([r.state, r.at_once, r.stop_on_failure, r.boards.length], ['running', 2, true, 3])
  assert.equal((await admin.ask('POST', 'rollouts', { version })).status, 409)
  const done = await over(r)
  assert.equal(turns(done), 'done, a done, b done, c done')
  assert.deepEqual(done.boards.map((b) => b.from), ['one', 'one', 'one'])
  for (const { id } of boards) assert.equal((await admin.get(`boards/${id}`)).build.version, version)
  await until(() => heard.at(-1)?.rollout.state === 'done', 'pages to hear of the end')
  assert(heard.every(({ rollout }) => rollout.counts.updating <= 2 && !rollout.boards))
  assert.deepEqual((await admin.get('rollouts')).items.map((i) => [i.id, i.counts.done]), [[r.id, 3]])
  assert.equal(turns(await over(await begin({ boards: ['b'] }))), 'done, b skipped')
})

test('the first failure stops it, and says why; without that it goes on', async (t) => {
  const { gateway, boards, begin, over } = await fleet(t, ['a', 'b', 'c'])
  follows(t, gateway, boards[0], { fails: 'no room' })
  follows(t, gateway, boards[1])
  follows(t, gateway, boards[2])
  const r = await over(await begin())
  assert.equal(turns(r), 'failed, a failed, b skipped, c skipped')
  assert.match(r.boards[0].reason, /no room/)
  assert.match(r.reason, /^a: .*no room/)
  assert.equal(turns(await over(await begin({ stop_on_failure: false }))), 'failed, a failed, b done, c done')
})

test('a restart of the gateway and a power cut do not end it; boards that were away get it when they come', async (t) => {
  const { gateway, boards, admin, begin, over } = await fleet(t, ['a', 'b'])
  const [a, b] = boards
  const { id, key } = await device(gateway, 'add', 'later', '--json')
  const offered = new Promise((resolve) => (a.update = (_, ack) => resolve(ack({ ok: true, slot: 'b' })))) // and fetches nothing
  const r = await begin()
  await offered
  await gateway.restart()
  const now = async () => turns(await admin.get(`rollouts/${r.id}`))
  await until(async () => (await now()) === 'running, a waiting, b waiting, later waiting', 'a to have its turn once more')
  const taken = follows(t, gateway, a)
  await a.start()
  await taken
  await until(async () => (await admin.get(`rollouts/${r.id}`)).counts.done === 1, 'a to be through')
  await gateway.kill9()
  await gateway.start()
  follows(t, gateway, b)
  await b.start()
  const later = new Board(gateway, { id, key })
  t.after(() => later.close())
  follows(t, gateway, later)
  await later.start()
  assert.equal(turns(await over(r)), 'done, a done, b done, later done')
})

test('it is cancelled; who may not begin one is refused', async (t) => {
  const { gateway, boards, admin, version, begin, over } = await fleet(t, ['a', 'b'])
  boards[0].update = (_, ack) => ack({ ok: true, slot: 'b' })
  const r = await begin()
  await until(async () => (await admin.get('boards/a')).update?.state === 'sending', 'a to be under way')
  assert.equal((await admin.ask('POST', `rollouts/${r.id}/cancel`)).status, 200)
  assert.equal(turns(await over(r)), 'cancelled, a cancelled, b skipped')
  assert.equal((await admin.ask('POST', `rollouts/${r.id}/cancel`)).status, 409)
  const viewer = await bearer(gateway, 'viewer')
  assert.equal((await viewer.ask('POST', 'rollouts', { version })).status, 403)
  assert.equal((await viewer.ask('GET', 'rollouts')).status, 200)
  for (const [body, want] of [
    [{ version, boards: [] }, 422],
    [{ version, boards: ['nobody'] }, 404],
    [{ version: 'nonsense' }, 404],
    [{ version, at_once: 100 }, 422],
  ]) {
    assert.equal((await admin.ask('POST', 'rollouts', body)).status, want, JSON.stringify(body))
  }
})

test('on the command line', async (t) => {
  const { gateway, boards, version } = await fleet(t, ['a', 'b'])
  const update = (...args) => run(binary, ['device', 'update', ...args, '--data', join(gateway.dir, 'data')])
  follows(t, gateway, boards[0])
  follows(t, gateway, boards[1], { fails: 'no room' })
  const bad = await update('--all', '--version', version)
  assert.equal(bad.code, 1)
  assert.match(bad.output, /^updating 2 boards to \w+, 1 at a time$/m)
  assert.match(bad.output, /^a: done$/m)
  assert.match(bad.output, /^b: failed, .*no room$/m)
  assert.match(bad.output, /1 board of 2 failed, 0 were not begun/)
  follows(t, gateway, boards[1])
  const { code, output } = await update('b', '--version', version, '--at-once', '2')
  assert.equal(code, 0, output)
  assert.match(output, /^b: done$/m)
  const { code: ok, output: list } = await run(binary, ['device', 'list', '--data', join(gateway.dir, 'data')])
  assert.equal(ok, 0)
  assert.equal(list.match(new RegExp(version, 'g')).length, 2)
  await device(gateway, 'add', 'away')
  const away = await update('away', '--version', version)
  assert.deepEqual([away.code, /1 board not connected: updated when it comes back/.test(away.output)], [0, true], away.output)
  assert.match((await update('--cancel')).output, /^cancelled the update to/m)
})
