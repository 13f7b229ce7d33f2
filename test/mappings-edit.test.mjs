// Mappings that people make while the gateway runs: in force at once, under connected clients, and still there after a crash.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, open, transports } from './lib/socketio.mjs'
import { claim } from './lib/people.mjs'

const file = `
[[mapping]]
name = "kept"
topic = "kept/{x}"
namespace = "/kept"
event = "{x}"
`
const rule = (name, more = {}) => ({
  name,
  topic: `${name}/{x}`,
  namespace: `/${name}`,
  event: '{x}',
  direction: 'mqtt_to_socketio',
  ...more,
})

for (const transport of Object.keys(transports)) {
  test(`a mapping takes effect when it is saved, and drops nobody (${transport})`, async (t) => {
    const gateway = await startGateway(t, file)
    const owner = await claim(gateway)
    const device = await connectMQTT(t, gateway)
    const client = await connect(t, gateway, '/kept', { transport })
    const { id } = client.socket
    await device.publish('made/early', 'last value')
    assert.equal((await open(t, gateway, '/made').refused()).message, 'Invalid namespace')

    const made = await owner.post('mappings', { rule: rule('made', { namespace: '/kept' }) }, { expect: 201 })
    assert.deepEqual([made.ok, made.enabled, made.origin, made.updated_by], [true, true, 'ui', 'user ann'])
    const [name, value, meta] = await client.next('the last value of the new mapping')
    assert.deepEqual([name, value, meta?.replayed], ['early', 'last value', true])
    await device.publish('made/a', '1')
    await device.publish('kept/b', '2')
    assert.deepEqual(await client.take(2), [
      ['a', 1],
      ['b', 2],
    ])

    const edited = { ...made.rule, transform: 'payload * 10' }
    const { revision } = await owner.put(
      `mappings/${made.id}`,
      { rule: edited, enabled: true },
      { revision: made.revision },
    )
    const again = await client.next('the last value, as the edited mapping makes it')
    assert.deepEqual([again[0], again[1], again[2]?.replayed], ['a', 10, true])
    await device.publish('made/c', '3')
    assert.deepEqual(await client.take(1), [['c', 30]])
    await owner.delete(`mappings/${made.id}`, { revision })
    await device.publish('made/d', '4')
    await device.publish('kept/e', '5')
    assert.deepEqual(await client.take(1), [['e', 5]])
    assert.deepEqual([client.socket.connected, client.socket.id], [true, id], 'the same connection as before')
  })
}

test('no message is lost, doubled or reordered while mappings are edited', async (t) => {
  const gateway = await startGateway(t, file)
  const owner = await claim(gateway)
  const device = await connectMQTT(t, gateway)
  const client = await connect(t, gateway, '/kept')
  let stopped = false
  const publishing = (async () => {
    let n = 0
    for (; !stopped; n++) await device.publish('kept/n', String(n))
    return n
  })()
  publishing.catch(() => {}) // for when an edit fails first
  for (let i = 0; i < 10; i++) {
    const { undo } = await owner.post('mappings', { rule: rule(`r${i}`) }, { expect: 201 })
    if (i % 2) await owner.post('mappings/undo', { undo })
  }
  stopped = true
  const total = await publishing
  assert.deepEqual(
    (await client.take(total)).map(([, n]) => n),
    [...Array(total).keys()],
  )
})

test('each change can be taken back', async (t) => {
  const gateway = await startGateway(t, file)
  const owner = await claim(gateway)
  const device = await connectMQTT(t, gateway)
  const made = await owner.post('mappings', { rule: rule('made') }, { expect: 201 })
  const client = await connect(t, gateway, '/made')
  const left = client.disconnected()
  const off = await owner.post(`mappings/${made.id}/enabled`, { enabled: false }, { revision: made.revision })
  assert.equal(await left, 'io server disconnect', 'nothing makes the namespace any more')
  const back = await owner.post('mappings/undo', { undo: off.undo })
  assert.deepEqual(
    back.items.map((m) => [m.rule.name, m.enabled]),
    [
      ['kept', true],
      ['made', true],
    ],
  )
  const again = await connect(t, gateway, '/made')
  await device.publish('made/a', '1')
  assert.deepEqual(await again.take(1), [['a', 1]])
  const problem = await owner.post('mappings/undo', { undo: made.undo }, { expect: 409 })
  assert.match(problem.detail, /has been changed since by user ann/)
  assert.equal(problem.code, 'invalid')
})

test('a lost update is refused', async (t) => {
  const gateway = await startGateway(t, file)
  const owner = await claim(gateway)
  const made = await owner.post('mappings', { rule: rule('made') }, { expect: 201 })
  const body = { rule: { ...made.rule, event: 'first-{x}' }, enabled: true }
  await owner.put(`mappings/${made.id}`, body, { expect: 428 })
  await owner.put(`mappings/${made.id}`, body, { revision: made.revision })
  const problem = await owner.put(`mappings/${made.id}`, body, { revision: made.revision, expect: 412 })
  assert.match(problem.detail, /somebody else changed it meanwhile/)
  await owner.delete(`mappings/${made.id}`, { revision: made.revision, expect: 412 })
  assert.equal((await owner.get(`mappings/${made.id}`)).rule.event, 'first-{x}')
})

test('mappings of the file are read-only, and a reload leaves the others alone', async (t) => {
  const gateway = await startGateway(t, file)
  const owner = await claim(gateway)
  const [kept] = (await owner.get('mappings')).items
  assert.deepEqual([kept.id, kept.origin], ['file:kept', 'file'])
  const path = `mappings/${encodeURIComponent(kept.id)}`
  const problem = await owner.put(path, { rule: kept.rule, enabled: false }, { revision: kept.revision, expect: 409 })
  assert.match(problem.detail, /written in the config file/)
  await owner.delete(path, { revision: kept.revision, expect: 409 })

  await owner.post('mappings', { rule: rule('made') }, { expect: 201 })
  const client = await connect(t, gateway, '/made')
  assert.match(await gateway.reload(file.replaceAll('kept', 'other')), /mappings reloaded/)
  const device = await connectMQTT(t, gateway)
  await device.publish('made/a', '1')
  assert.deepEqual(await client.take(1), [['a', 1]])
  const { items } = await owner.get('mappings')
  assert.deepEqual(
    items.map((m) => m.id.replace(/^[^:]*$/, 'ui')),
    ['file:other', 'ui'],
  )
})

test('what cannot run is refused field by field, or kept as a draft', async (t) => {
  const gateway = await startGateway(t, file)
  const owner = await claim(gateway)
  const bad = rule('bad', { when: 'payload >', rate: 'often' })
  const problem = await owner.post('mappings', { rule: bad }, { expect: 422 })
  assert.deepEqual(problem.errors.map((e) => e.field).sort(), ['rule.rate', 'rule.when'])
  const draft = await owner.post('mappings', { rule: bad, enabled: false }, { expect: 201 })
  assert.deepEqual([draft.ok, draft.problems.length], [false, 2])
  await owner.post(`mappings/${draft.id}/enabled`, { enabled: true }, { revision: draft.revision, expect: 422 })

  const pinned = rule('pinned', { test: [{ topic: 'pinned/a', payload: '1', expect: { event: 'b' } }] })
  const failing = await owner.post('mappings', { rule: pinned }, { expect: 422 })
  assert.deepEqual(
    failing.errors.map((e) => e.field),
    ['rule.test.0'],
  )
  const forced = await owner.post('mappings?force=true', { rule: pinned }, { expect: 201 })
  assert.match(forced.warnings[0].message, /the test fails/)
})

test('a mapping that was answered survives kill -9, and can still be taken back', async (t) => {
  const gateway = await startGateway(t, file)
  const owner = await claim(gateway)
  const made = await owner.post('mappings', { rule: rule('made') }, { expect: 201 })
  await gateway.kill9()
  await gateway.start()
  const device = await connectMQTT(t, gateway)
  const client = await connect(t, gateway, '/made')
  await device.publish('made/a', '1')
  assert.deepEqual(await client.take(1), [['a', 1]])
  const left = client.disconnected()
  const { items } = await owner.post('mappings/undo', { undo: made.undo })
  assert.deepEqual(
    items.map((m) => m.rule.name),
    ['kept'],
  )
  assert.equal(await left, 'io server disconnect')
})

test('a viewer reads mappings and changes none', async (t) => {
  const gateway = await startGateway(t, file)
  const owner = await claim(gateway)
  const viewer = await owner.invite('vic', 'viewer')
  assert.equal((await viewer.get('mappings')).items.length, 1)
  await viewer.post('mappings/preview', { rule: rule('made') })
  for (const [path, body] of [
    ['mappings', { rule: rule('made') }],
    ['mappings/undo', { undo: '1' }],
    ['mappings/import', { toml: file, apply: true }],
    ['mappings/dryrun', { rule: rule('made') }],
  ]) {
    const problem = await viewer.post(path, body, { expect: 403 })
    assert.equal(problem.code, 'denied')
  }
})
