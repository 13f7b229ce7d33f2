// What of a board's own configuration can be seen and changed from the gateway.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bearer } from './acl-tokens.mjs'
import { board, merge } from './lib/board.mjs'
import { sharedGateway } from './lib/gateway.mjs'
import { until } from './lib/wait.mjs'
import { ask } from './device-api.mjs'

const gateway = sharedGateway()

test('the configuration of a board is read and changed, but for what it needs to find back', async (t) => {
  const it = await board(t, gateway, 'configured')
  let config = { id: it.id, key: 'secret', wifi: [['home', 'secret']], urls: ['http://x'], pin: 2 }
  it.calls.config = (params) => (config = merge(config, params ?? {})) // an old library, which says too much
  const path = `${it.id}/config`
  assert.deepEqual(await ask(gateway, 'GET', path), [200, { id: it.id, urls: ['http://x'], pin: 2 }])
  assert.deepEqual(await ask(gateway, 'PATCH', path, { pin: 4, name: 'x' }), [200, { id: it.id, urls: ['http://x'], pin: 4, name: 'x' }])
  assert.deepEqual((await ask(gateway, 'PATCH', path, { name: null }))[1], { id: it.id, urls: ['http://x'], pin: 4 })
  for (const key of ['id', 'key', 'urls', 'wifi']) {
    const [status, { detail }] = await ask(gateway, 'PATCH', path, { [key]: 'other' })
    assert.equal(status, 400)
    assert.match(detail, /might not find back/)
  }
  assert.equal((await ask(gateway, 'PATCH', path, { text: 'x'.repeat(2000) }))[0], 413)
  assert.equal((await ask(gateway, 'PATCH', path, [1]))[0], 400)
  assert.equal(config.key, 'secret')

  const viewer = await bearer(gateway, 'viewer')
  assert.equal((await viewer.ask('GET', `boards/${path}`)).status, 403)
  it.calls.config = () => 'text'
  assert.equal((await ask(gateway, 'GET', path))[0], 503)
  delete it.calls.config
  assert.match((await ask(gateway, 'GET', path))[1].detail, /no method config/)
  it.close()
  await until(async () => (await ask(gateway, 'GET', it.id))[1].state === 'offline', 'it to be gone')
  assert.equal((await ask(gateway, 'GET', path))[1].code, 'offline')
})
