// /admin: what pages are told of the gateway while it runs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bearer, claim } from './acl-tokens.mjs'
import { sharedGateway } from './lib/gateway.mjs'
import { publish } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, open } from './lib/socketio.mjs'
import { within } from './lib/wait.mjs'

const gateway = sharedGateway(`
[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"
`)

/** Connects to /admin; the page's inbox has everything but what comes each second. */
async function page(t, { token }, names = ['hello', 'history', 'drops', 'traffic', 'changed']) {
  const client = open(t, gateway, '/admin', { auth: { token } })
  await client.connected()
  return {
    ask: (...args) => client.ask(...args),
    client,
    async next(name) {
      for (;;) {
        const [event, data] = await client.next(name ?? 'an event of /admin')
        if (event === name || (!name && names.includes(event))) return data
      }
    },
  }
}

/** Takes batches of traffic until there are n messages. */
async function traffic(admin, n) {
  const items = []
  while (items.length < n) items.push(...(await admin.next('traffic')).items)
  return items
}

test('people and programs of their roles are let in, clients and strangers are not', async (t) => {
  const admin = await bearer(gateway)
  for (const role of ['viewer', 'operator']) await page(t, await bearer(gateway, role))
  const client = await admin.client('nosy', ['#'], ['#'])
  for (const auth of [{ token: client.token }, {}, { token: 'a.b' }]) {
    const refusal = await open(t, gateway, '/admin', { auth }).refused()
    assert.equal(refusal.data.code, 'denied')
  }
})

test('a page is greeted with everything, then told each second', async (t) => {
  await connect(t, gateway, '/home/kitchen')
  await publish(gateway, 'home/kitchen/temp', '21')
  const admin = await page(t, await bearer(gateway, 'viewer'))
  const hello = await admin.next('hello')
  assert.equal(typeof hello.revision.mappings, 'string')
  const history = await admin.next('history')
  assert.equal(history.step_s, 10)
  assert(history.series.mqtt_in.length <= 360)
  const first = await admin.next('stats')
  assert.equal(first.clients.admin, 1)
  assert.equal(Object.values(first.rules)[0].out, 1, 'all rules in the first')
  await admin.next('stats')
  await publish(gateway, 'home/kitchen/temp', '22')
  for (;;) {
    const stats = await admin.next('stats')
    if (stats.rates.mqtt_in === 0) continue
    assert.equal(Object.values(stats.rules)[0].out, 2)
    assert(stats.rates.socketio_out > 0 && stats.memory.heap > 0 && stats.seq > first.seq)
    break
  }
})

test('traffic comes while it is watched, as the filter and the text say', async (t) => {
  const admin = await page(t, await bearer(gateway, 'viewer'))
  const device = await connectMQTT(t, gateway)
  assert.deepEqual(await admin.ask('watch', { filter: 'w/+/a', text: 'Needle' }), { ok: true })
  const long = 'needle' + 'x'.repeat(3000)
  for (const [topic, payload] of [
    ['w/1/a', 'hay'],
    ['w/1/b', 'needle'],
    ['w/needle/a', '1'],
    ['w/2/a', long],
    ['w/3/a', Buffer.from([0xff, ...Buffer.from('needle')])],
  ]) {
    await device.publish(topic, payload, { qos: 1 })
  }
  const [first, second, third] = await traffic(admin, 3)
  assert.deepEqual(
    [first.topic, first.payload, first.encoding, first.origin.adapter],
    ['w/needle/a', '1', 'utf8', 'mqtt'],
  )
  assert.deepEqual([second.payload.length, second.size, second.truncated], [1024, 3006, true])
  assert.deepEqual([third.encoding, Buffer.from(third.payload, 'base64')[0]], ['base64', 0xff])

  await admin.ask('watch', { filter: 'v/#' }) // another filter takes its place
  await device.publish('w/needle/a', '2')
  await device.publish('v/1', 'x')
  assert.equal((await traffic(admin, 1))[0].topic, 'v/1')
  await admin.ask('unwatch')
  admin.client.drain()
  await device.publish('v/2', 'x', { qos: 1 })
  await admin.next('stats')
  await admin.next('stats')
  assert(!admin.client.drain().some(([name]) => name === 'traffic'))

  for (const wrong of [{ filter: 'a/#/b' }, 5, { filter: 'x'.repeat(2000) }]) {
    assert.equal((await admin.ask('watch', wrong)).ok, false, JSON.stringify(wrong))
  }
})

test('above its rate a page gets a sample, and is told how many it did not get', async (t) => {
  const admin = await page(t, await bearer(gateway, 'viewer'))
  await admin.ask('watch', { filter: 'many/#', max_per_s: 50 })
  const device = await connectMQTT(t, gateway)
  const n = 3000
  for (let i = 0; i < n; i++) device.publish('many/a', String(i))
  await device.publish('many/end', 'end', { qos: 1 })
  let got = 0
  let missed = 0
  let sampled = false
  let last
  while (got + missed < n + 1) {
    const batch = await admin.next('traffic')
    got += batch.items.length
    missed += batch.missed
    sampled ||= batch.sampled
    assert(batch.items.length <= 5, `${batch.items.length} in a batch`)
    for (const { seq } of batch.items) {
      assert(seq > (last ?? 0), 'in order')
      last = seq
    }
  }
  assert.equal(got + missed, n + 1)
  assert(sampled && missed > got)
})

test('the tree of topics, a level at a time', async (t) => {
  const admin = await page(t, await bearer(gateway, 'viewer'))
  for (const topic of ['tree/a/x', 'tree/a/y', 'tree/b', 'tree//e']) await publish(gateway, topic, topic, ['-q', '1'])
  const below = async (prefix) => (await admin.ask('topics', { prefix })).items.map(({ at, ...rest }) => rest)
  assert.equal((await below()).find(({ name }) => name === 'tree').children, 4)
  assert.deepEqual(await below('tree'), [
    { name: '', children: 1 },
    { name: 'a', children: 2 },
    { name: 'b', topic: 'tree/b', children: 0, payload: 'tree/b', encoding: 'utf8' },
  ])
  assert.equal((await admin.ask('topics', { prefix: 'a/#' })).error.code, 'invalid')
})

test('changes and drops are told as they happen', async (t) => {
  const api = await bearer(gateway)
  const admin = await page(t, api)
  await admin.next('drops')
  const [created] = await Promise.all([
    api.ask('POST', 'mappings', { rule: { name: 'new', topic: 'new/{x}', namespace: '/new', event: '{x}' } }),
    (async () => {
      for (;;) if ((await admin.next('changed')).what === 'mappings') return
    })(),
  ])
  assert.equal(created.status, 201)
  await within(open(t, gateway, '/home/kitchen', { auth: { token: 'a.b' } }).refused(), 'a refusal')
  for (;;) {
    const { items } = await admin.next('drops')
    if (items.some(({ where, reason, n }) => where === 'socketio' && reason === 'denied' && n > 0)) break
  }
})

test('a token that is taken back ends its page', async (t) => {
  const api = await bearer(gateway)
  const { body } = await api.ask('POST', 'tokens', { name: 'brief', kind: 'api', role: 'viewer' })
  const admin = await page(t, body)
  const ended = admin.client.disconnected()
  await api.remove(body)
  await ended
})

test('a login that ends takes its page along', async (t) => {
  const headers = { cookie: await claim(gateway) }
  const client = open(t, gateway, '/admin', { headers })
  await client.connected()
  const ended = client.disconnected()
  const { status } = await fetch(gateway.at('api/v1/session'), { method: 'DELETE', headers })
  assert.equal(status, 204)
  await ended
  client.socket.connect()
  assert.equal((await client.refused()).data.code, 'denied')
})
