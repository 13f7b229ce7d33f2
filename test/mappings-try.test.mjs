// What a mapping would do, before it does it; and mappings as text.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, open } from './lib/socketio.mjs'
import { until, within } from './lib/wait.mjs'
import { claim } from './lib/people.mjs'

const hot = {
  name: 'hot',
  topic: 'home/{room}/temp',
  namespace: '/hot',
  event: '{room}',
  direction: 'mqtt_to_socketio',
}

test('a preview tells what an edit would have made of the messages that came', async (t) => {
  const gateway = await startGateway(t)
  const owner = await claim(gateway)
  const device = await connectMQTT(t, gateway)
  const saved = await owner.post('mappings', { rule: { ...hot, when: 'payload > 20' } }, { expect: 201 })
  const client = await connect(t, gateway, '/hot')
  for (const [room, temp] of [
    ['attic', 15],
    ['bath', 25],
    ['cellar', 35],
  ])
    await device.publish(`home/${room}/temp`, String(temp))
  assert.deepEqual(await client.take(2), [
    ['bath', 25],
    ['cellar', 35],
  ])
  const preview = await owner.post('mappings/preview', { rule: { ...hot, when: 'payload > 30' }, replaces: saved.id })
  const rows = preview.rows.map(({ topic, payload, new: is, old, differs = false }) => [
    topic,
    payload,
    is.drop ?? [is.namespace, is.event, is.value],
    old.drop ?? [old.namespace, old.event, old.value],
    differs,
  ])
  assert.deepEqual(rows, [
    ['home/cellar/temp', '35', ['/hot', 'cellar', '35'], ['/hot', 'cellar', '35'], false],
    ['home/bath/temp', '25', 'when', ['/hot', 'bath', '25'], true],
    ['home/attic/temp', '15', 'when', 'when', false],
  ])
  assert.deepEqual([preview.ok, preview.counts.sent, preview.counts.old_sent, preview.counts.differ], [true, 1, 2, 1])
  await device.publish('home/bath/temp', '26')
  assert.deepEqual(await client.take(1), [['bath', 26]], 'the mapping in force is the old one')

  const wrong = await owner.post('mappings/preview', { rule: { ...hot, name: 'x', when: 'payload >' } })
  assert.deepEqual([wrong.ok, wrong.problems.map((p) => p.field)], [false, ['when']])
})

test('a dry run counts what comes, and sends nothing', async (t) => {
  const gateway = await startGateway(t)
  const owner = await claim(gateway)
  const device = await connectMQTT(t, gateway)
  const rule = { ...hot, when: 'payload > 20' }
  const { id } = await owner.post('mappings/dryrun', { rule, seconds: 60 }, { expect: 201 })
  for (const temp of ['15', '25', 'warm']) await device.publish('home/bath/temp', temp)
  await device.publish('other', '1')
  let now
  await until(async () => {
    now = await owner.get(`mappings/dryrun/${id}`)
    return now.sent + now.filtered + now.failed === 3
  }, 'three messages to be tried')
  assert.deepEqual([now.matched, now.sent, now.filtered, now.failed, now.done], [3, 1, 1, 1, false])
  assert.deepEqual(
    now.last.map((r) => r.new.drop ?? r.new.value),
    ['when_error', '25', 'when'],
  )
  await owner.delete(`mappings/dryrun/${id}`, { expect: 204 })
  await until(async () => (await owner.get(`mappings/dryrun/${id}`)).done, 'the dry run to end')
  assert.equal((await owner.get('mappings')).items.length, 0, 'nothing was saved')
})

test('pages are told of changed mappings, and how a dry run goes', async (t) => {
  const gateway = await startGateway(t)
  const owner = await claim(gateway)
  const { token } = await owner.post('tokens', { name: 'page', kind: 'api', role: 'viewer' }, { expect: 201 })
  const page = open(t, gateway, '/admin', { auth: { token } })
  await page.connected()
  const told = (event, wanted) =>
    within(
      new Promise((resolve) => page.socket.on(event, (value) => wanted(value) && resolve(value))),
      `${event} at /admin`,
    )
  const changed = told('changed', ({ what }) => what === 'mappings')
  const saved = await owner.post('mappings', { rule: hot }, { expect: 201 })
  const { revision } = await owner.get('mappings')
  assert.deepEqual(await changed, { what: 'mappings', id: saved.id, revision })

  const device = await connectMQTT(t, gateway)
  const rule = { ...hot, when: 'payload > 20' }
  const over = told('dryrun', (d) => d.done)
  const { id } = await owner.post('mappings/dryrun', { rule, replaces: saved.id, seconds: 2 }, { expect: 201 })
  await device.publish('home/bath/temp', '15')
  const end = await over
  assert.deepEqual([end.id, end.matched, end.filtered, end.old_sent, end.differ], [id, 1, 1, 1, 1])
})

test('mappings are exported as TOML and come back as they were', async (t) => {
  const gateway = await startGateway(t)
  const owner = await claim(gateway)
  const templates = await owner.get('mappings/templates')
  const rules = templates.items.find((item) => item.id === 'tasmota').rules
  for (const rule of rules) await owner.post('mappings', { rule }, { expect: 201 })
  const before = (await owner.get('mappings')).items
  const toml = await owner.get('mappings/export')
  assert.match(toml, /\[\[mapping\.test\]\]/)
  for (const { id, revision } of before) await owner.delete(`mappings/${id}`, { revision })

  const look = await owner.post('mappings/import', { toml })
  assert.deepEqual(
    [look.applied, look.problems, new Set(look.changes.map((c) => c.kind))],
    [false, [], new Set(['create'])],
  )
  assert.equal((await owner.get('mappings')).items.length, 0)
  const done = await owner.post('mappings/import', { toml, apply: true })
  assert.equal(done.applied, true)
  const after = (await owner.get('mappings')).items
  assert.deepEqual(
    after.map((m) => m.rule),
    before.map((m) => m.rule),
  )
  assert.equal(await owner.get('mappings/export'), toml)
  assert.equal((await owner.post('mappings/undo', { undo: done.undo })).items.length, 0)

  const broken = await owner.post('mappings/import', {
    toml: `${toml}\n[[mapping]]\nname = "x"\ncolour = 1\n`,
    apply: true,
  })
  assert.equal(broken.applied, false)
  assert.match(JSON.stringify(broken.problems), /unknown key/)
  assert.equal((await owner.get('mappings')).items.length, 0)
})

test('templates see the devices there are, and their rules work on them', async (t) => {
  const gateway = await startGateway(t)
  const owner = await claim(gateway)
  const device = await connectMQTT(t, gateway)
  await device.publish('tele/plug/LWT', 'Online', { retain: true })
  await device.publish('zigbee2mqtt/hall', '{"temperature":20.5}')
  const { items } = await owner.get('mappings/templates')
  assert.deepEqual(Object.fromEntries(items.map((item) => [item.id, item.seen])), {
    tasmota: ['plug'],
    zigbee2mqtt: ['hall'],
    esphome: [],
    'shelly-gen1': [],
    'shelly-gen2': [],
    homeassistant: [],
  })
  for (const rule of items.find((item) => item.id === 'tasmota').rules)
    await owner.post('mappings', { rule }, { expect: 201 })
  const client = await connect(t, gateway, '/tasmota/plug')
  assert.deepEqual((await client.next('the last will')).slice(0, 2), ['online', true])
  await device.subscribe('cmnd/plug/POWER')
  const acked = client.socket.timeout(5000).emitWithAck('cmnd/POWER', true)
  acked.catch(() => {}) // for when the command does not come
  assert.deepEqual(await device.line(), ['cmnd/plug/POWER', 'ON'])
  await device.publish('stat/plug/RESULT', '{"POWER":"ON"}')
  await device.publish('stat/plug/POWER', 'ON')
  const ack = await acked
  assert.deepEqual([ack.ok, ack.payload], [true, { POWER: 'ON' }])
  assert.deepEqual(await client.take(1), [['POWER', 'ON']])

  const suggested = await owner.post('mappings/suggest', { topic: 'tele/plug/STATE' })
  assert.equal(suggested.rule.topic.startsWith('tele/{'), true)
})
