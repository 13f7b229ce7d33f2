// New firmware for boards: signed, fetched by the board, done when the new build says so, failed with the reason in all other ends.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { test } from 'node:test'
import { Board, board, sign } from './lib/board.mjs'
import { sharedGateway, startGateway } from './lib/gateway.mjs'
import { until } from './lib/wait.mjs'
import { ask, upload } from './device-api.mjs'

const gateway = sharedGateway()
const files = { 'app.py': 'print("two")', 'lib/big.mpy': crypto.randomBytes(5000) }
const sha256 = (data) => crypto.createHash('sha256').update(data).digest('hex')

/** The board's part: checks the manifest, fetches every file, and says so. Resolves with what came. */
function takes(it, { stopAfter = Infinity } = {}) {
  return new Promise((resolve, reject) => {
    it.update = async (manifest, ack) => {
      const text = manifest.files.map(([name, size, digest]) => `${name} ${size} ${digest}\n`).join('')
      if (manifest.mac !== sign(it.key, `${manifest.version}\n${text}`)) return reject(new Error('not signed with my key'))
      ack({ ok: true, slot: 'b' })
      const got = {}
      let n = 0
      for (const [name, size] of manifest.files) {
        const parts = []
        for (let off = 0; off < size; off += parts.at(-1).length) {
          if (n++ >= stopAfter) return resolve(got)
          parts.push(await it.ask('$ota', { get: name, off, n: 512 }))
          assert(Buffer.isBuffer(parts.at(-1)), JSON.stringify(parts.at(-1)))
        }
        got[name] = Buffer.concat(parts)
      }
      resolve(got)
    }
  })
}

const updateOf = async (gateway, id) => (await ask(gateway, 'GET', id))[1].update
const reaches = async (gateway, id, state) => {
  await until(async () => (await updateOf(gateway, id))?.state === state, `the update to be ${state}`)
  return updateOf(gateway, id)
}

async function begin(gateway, it, options) {
  const [, bundle] = await upload(gateway, files, '?name=two')
  const taken = takes(it, options)
  const [status, update] = await ask(gateway, 'POST', `${it.id}/update`, { version: bundle.version })
  assert.deepEqual([status, update.state, update.from], [202, 'offered', 'one'])
  return [bundle, await taken]
}

test('a board is updated when its new build says so', async (t) => {
  const it = await board(t, gateway, 'updated')
  const [bundle, got] = await begin(gateway, it)
  assert.deepEqual(Object.fromEntries(Object.entries(got).map(([n, d]) => [n, sha256(d)])), {
    'app.py': sha256(files['app.py']),
    'lib/big.mpy': sha256(files['lib/big.mpy']),
  })
  const sending = await reaches(gateway, it.id, 'sending')
  assert.deepEqual([sending.sent, sending.total], [5012, 5012])
  assert.deepEqual(await it.ask('$ota', { ready: true, slot: 'b' }), { ok: true, restart: true })
  assert.equal((await updateOf(gateway, it.id)).state, 'restarting')
  it.close()
  const after = new Board(gateway, { id: it.id, key: it.key })
  t.after(() => after.close())
  after.open()
  await after.welcome()
  assert.equal((await updateOf(gateway, it.id)).state, 'restarting', 'it has not said hello')
  assert.deepEqual(await after.hello({ version: bundle.version, slot: 'b', trial: true }), { ok: true })
  const done = await updateOf(gateway, it.id)
  assert.deepEqual([done.state, done.version, done.reason], ['done', bundle.version, undefined])
})

test('a board that comes back with its old build was not updated', async (t) => {
  const it = await board(t, gateway, 'rolled back')
  await begin(gateway, it)
  await it.ask('$ota', { ready: true, slot: 'b' })
  it.close()
  const after = new Board(gateway, { id: it.id, key: it.key })
  t.after(() => after.close())
  after.build = { ...after.build, reset: 'wdt' }
  await after.start()
  const { state, reason } = await updateOf(gateway, it.id)
  assert.equal(state, 'failed')
  assert.match(reason, /went back to one.*wdt/)
})

test('what a board finds wrong is the reason', async (t) => {
  const it = await board(t, gateway, 'picky')
  await begin(gateway, it)
  await it.ask('$ota', { failed: 'sha256 of app.py differs' })
  assert.deepEqual(((u) => [u.state, u.reason])(await updateOf(gateway, it.id)), ['failed', 'sha256 of app.py differs'])
  const refused = await it.ask('$ota', { get: 'app.py', off: 0, n: 512 })
  assert.deepEqual([refused.ok, refused.error.code], [false, 'invalid'])

  it.update = (_, ack) => ack({ ok: false, error: 'no room' })
  const [, bundle] = await upload(gateway, files)
  await ask(gateway, 'POST', `${it.id}/update`, { version: bundle.version })
  assert.match((await reaches(gateway, it.id, 'failed')).reason, /no room/)
})

test('a lost connection, a cancellation, a restart of the gateway: each ends it, and another can begin', async (t) => {
  const gateway = await startGateway(t)
  const it = await board(t, gateway, 'unlucky')
  await begin(gateway, it, { stopAfter: 3 })
  it.close()
  assert.match((await reaches(gateway, it.id, 'failed')).reason, /connection was lost/)

  await it.start()
  const [bundle] = await begin(gateway, it, { stopAfter: 3 })
  assert.equal((await ask(gateway, 'POST', `${it.id}/update`, { version: bundle.version }))[0], 409)
  assert.equal((await ask(gateway, 'DELETE', `${it.id}/update`))[0], 204)
  assert.equal((await updateOf(gateway, it.id)).state, 'cancelled')
  assert.equal((await ask(gateway, 'DELETE', `${it.id}/update`))[0], 409)

  await begin(gateway, it)
  await it.ask('$ota', { ready: true, slot: 'b' })
  await gateway.kill9()
  await gateway.start()
  assert.equal((await updateOf(gateway, it.id)).state, 'restarting', 'the new build may still say that it runs')
  it.build.version = bundle.version
  await it.start()
  assert.equal((await updateOf(gateway, it.id)).state, 'done')
})

test('bundles are bounded, and named by what is in them', async (t) => {
  const it = await board(t, gateway, 'bundled')
  const [status, first] = await upload(gateway, files)
  assert.equal(status, 201)
  assert.deepEqual(first.files.map((f) => [f.name, f.size]), [['app.py', 12], ['lib/big.mpy', 5000]])
  assert.equal((await upload(gateway, files))[1].version, first.version)
  for (const [entries, want] of [
    [{ '../main.py': 'x' }, 400],
    [{ '/main.py': 'x' }, 400],
    [{ 'a b.py': 'x' }, 400],
    [{}, 400],
    [{ 'big.py': Buffer.alloc(600_000) }, 413],
    [Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`f${i}.py`, 'x'])), 413],
  ]) {
    const [code, problem] = await upload(gateway, entries)
    assert.equal(code, want, JSON.stringify(problem))
  }
  assert.equal((await ask(gateway, 'POST', `${it.id}/update`, { version: 'nonsense' }))[0], 404)
  it.close()
  await until(async () => (await ask(gateway, 'GET', it.id))[1].state === 'offline', 'it to be gone')
  const [away, problem] = await ask(gateway, 'POST', `${it.id}/update`, { version: first.version })
  assert.deepEqual([away, problem.code], [503, 'offline'])
})
