// The raw bus at /mqtt: subscribe, unsubscribe, publish.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGateway } from './lib/gateway.mjs'
import { subscribe } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, transports } from './lib/socketio.mjs'

const gateway = sharedGateway()

/** What a message event says, without its meta. */
const said = ([event, topic, payload]) => {
  assert.equal(event, 'message')
  return [topic, payload]
}

const granted = (...filters) => ({ ok: true, filters: filters.map((filter) => ({ filter, ok: true })) })

for (const transport of Object.keys(transports)) {
  test(`subscribe with one filter and with a list, publish, unsubscribe (${transport})`, async (t) => {
    const at = (topic) => `${transport}/${topic}`
    const client = await connect(t, gateway, '/mqtt', { transport })
    const speaker = await connect(t, gateway, '/mqtt', { transport })
    assert.deepEqual(await client.ask('subscribe', at('one')), granted(at('one')))
    const list = [at('two/+'), at('three/#')]
    assert.deepEqual(await client.ask('subscribe', list), granted(...list))

    for (const topic of ['other', 'one', 'two/a', 'two/a/b', 'three', 'three/a/b']) {
      assert.deepEqual(await speaker.ask('publish', at(topic), { n: 1 }), { ok: true })
    }
    const heard = (await client.take(4)).map(said)
    assert.deepEqual(
      heard,
      ['one', 'two/a', 'three', 'three/a/b'].map((topic) => [at(topic), { n: 1 }]),
    )

    assert.deepEqual(await client.ask('unsubscribe', at('one')), granted(at('one')))
    assert.deepEqual(await client.ask('unsubscribe', [at('three/#')]), granted(at('three/#')))
    for (const topic of ['one', 'three/x', 'two/z']) await speaker.ask('publish', at(topic), 'x')
    assert.deepEqual(said(await client.next('the filter that is left')), [at('two/z'), 'x'])
  })
}

test('meta tells topic, time, QoS and flags of a live message', async (t) => {
  const client = await connect(t, gateway, '/mqtt')
  await client.ask('subscribe', 'meta/#')
  const device = await connectMQTT(t, gateway)
  await device.publish('meta/a', '1', { qos: 2, retain: true })
  const [, , , { seq, at, ...rest }] = await client.next()
  assert.deepEqual(rest, { topic: 'meta/a', qos: 2, retained: true, replayed: false })
  assert(Number.isSafeInteger(seq), `seq ${seq}`)
  assert(Math.abs(Date.now() - at) < 60_000, `at ${at}`)
})

test('filters that overlap give one copy, over several subscribe calls too', async (t) => {
  const client = await connect(t, gateway, '/mqtt')
  await client.ask('subscribe', ['lap/#', 'lap/+', 'lap/a'])

  await client.ask('subscribe', 'lap/+/#')
  const device = await connectMQTT(t, gateway)
  const topics = ['lap/a', 'lap/b', 'lap/b/a', 'lap/end']
  for (const topic of topics) await device.publish(topic, '1')
  assert.deepEqual(
    (await client.take(4)).map(said),
    topics.map((topic) => [topic, 1]),
  )
})

test('a client hears itself, as in MQTT, unless it asks for no_local', async (t) => {
  const client = await connect(t, gateway, '/mqtt')
  const other = await connect(t, gateway, '/mqtt')
  await client.ask('subscribe', 'echo/#')
  await client.ask('subscribe', 'quiet/#', { no_local: true })
  await client.ask('publish', 'quiet/a', 'own')
  await client.ask('publish', 'echo/a', 'own')
  await other.ask('publish', 'quiet/a', 'other')
  assert.deepEqual((await client.take(2)).map(said), [
    ['echo/a', 'own'],
    ['quiet/a', 'other'],
  ])
})

test('the payload option pins what arguments are', async (t) => {
  const device = await connectMQTT(t, gateway)
  for (const [payload, wanted] of [
    ['text', '21.5'],
    ['binary', Buffer.from('21.5')],
    ['json', 21.5],
    ['auto', 21.5],
  ]) {
    const client = await connect(t, gateway, '/mqtt')
    assert.equal((await client.ask('subscribe', `pin/${payload}`, { payload })).ok, true)
    await device.publish(`pin/${payload}`, '21.5')
    assert.deepEqual(said(await client.next(payload)), [`pin/${payload}`, wanted])
  }
  const client = await connect(t, gateway, '/mqtt')
  const { ok, error } = await client.ask('subscribe', 'pin/x', { payload: 'xml' })
  assert.deepEqual([ok, error?.code], [false, 'invalid'])
  assert.match(error.message, /use auto, json, text or binary/)
})

test('publish sets QoS and retain, and takes binary, text and JSON', async (t) => {
  const client = await connect(t, gateway, '/mqtt')
  const live = await subscribe(t, gateway, 'pub/#', ['-q', '2'])
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  for (const [payload, wanted] of [
    ['text ü', 'text ü'],
    [{ a: 1 }, '{"a":1}'],
    [bytes, bytes],
    [null, ''],
  ]) {
    assert.deepEqual(await client.ask('publish', 'pub/a', payload, { qos: 2, retain: false }), { ok: true })
    const message = await live.next()
    assert.deepEqual([message.payload, message.qos], [Buffer.from(wanted), 2])
  }
  assert.deepEqual(await client.ask('publish', 'pub/kept', 'k', { qos: 1, retain: true }), { ok: true })
  const late = await subscribe(t, gateway, 'pub/#', ['-q', '2'])
  const kept = await late.next('the retained message')
  assert.deepEqual([kept.topic, kept.payload.toString(), kept.qos, kept.retain], ['pub/kept', 'k', 1, true])
})

test('what cannot be published is refused with a code and a sentence', async (t) => {
  const client = await connect(t, gateway, '/mqtt')
  for (const [code, ...args] of [
    ['invalid', 'a/+', 'x'],
    ['invalid', 'a/#', 'x'],
    ['invalid', '', 'x'],
    ['invalid', 'nul\0', 'x'],
    ['denied', '$SYS/broker/uptime', 'x'],
    ['invalid', 'a', 'x', { qos: 3 }],
    ['invalid', 'a', 'x', { retain: 'yes' }],
    ['invalid', 7, 'x'],
    ['invalid'],
    ['invalid', 'a', 'x', {}, 'more'],
    ['invalid', 'a', { in: Buffer.from('x') }],
  ]) {
    const { ok, error } = await client.ask('publish', ...args)
    assert.deepEqual([ok, error?.code], [false, code], `publish ${JSON.stringify(args)}`)
    assert(error.message.length > 10, error.message)
  }
})

test('invalid and forbidden filters are refused one by one; the others stand', async (t) => {
  const client = await connect(t, gateway, '/mqtt')
  const filters = ['bad/#/more', 'bad+', '', '$SYS/#', 'good/#']
  const { ok, filters: answers } = await client.ask('subscribe', filters)
  assert.equal(ok, false)
  assert.deepEqual(
    answers.map(({ filter, ok, error }) => [filter, ok, error?.code]),
    [
      ['bad/#/more', false, 'invalid'],
      ['bad+', false, 'invalid'],
      ['', false, 'invalid'],
      ['$SYS/#', false, 'denied'],
      ['good/#', true, undefined],
    ],
  )
  await client.ask('publish', 'good/x', 1)
  assert.deepEqual(said(await client.next()), ['good/x', 1])
  const none = await client.ask('unsubscribe', 'never/asked/for')
  assert.deepEqual([none.ok, none.filters[0].error?.code], [false, 'invalid'])
})
