// What clients send comes back as it was, by every road.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clients, connect } from './lib/clients.mjs'
import { sharedServer } from './lib/server.mjs'
import { until } from './lib/wait.mjs'

const server = sharedServer()

const bytes = (n) => Buffer.from({ length: n }, (_, i) => (i * 7 + (i >> 8)) & 255)

const shapes = {
  nothing: [],
  null: [null],
  booleans: [true, false],
  numbers: [0, -1.5, 1e21, 2 ** 53, 5e-324],
  'a number beyond 2^53, as text': ['9007199254740993'],
  'empty text': [''],
  text: ['text', 'é€', '😀 in the middle 😀', '漢字', '\u2028\u2029\u0000\u001f"\\/', '\ufeff', '\u{10ffff}'],
  'half a surrogate pair': ['\ud83d', 'a\udc00b'],
  'what looks like a packet': ['42["x"]', '3:4xx', '\u001e', 'b4AQI=', '51-'],
  arrays: [[], [[]], [1, [2, [3, [null]]]]],
  objects: [{}, { a: { b: { c: [1, { d: null }] } }, 'ключ 😀': 'v', '': 0 }],
  'many arguments': Array.from({ length: 50 }, (_, i) => i),
  bytes: [bytes(256)],
  'no bytes': [Buffer.alloc(0)],
  'bytes and text': ['a😀', bytes(3), { x: [bytes(1), 'y', { z: bytes(2) }] }, null],
  '10 attachments': Array.from({ length: 10 }, (_, i) => bytes(i * 100 + 1)),
  '900 kB of text': ['0123456789'.repeat(90_000)],
  '700 kB of bytes': [bytes(700_000)],
}

for (const which of clients) {
  test(which.name, async (t) => {
    const client = await connect(t, server, which)

    for (const [name, args] of Object.entries(shapes)) {
      await t.test(name, async () => {
        const back = client.next('echo')
        client.emit('echo', ...args)
        assert.deepEqual(await back, args)
        assert.deepEqual(await client.ask('echo', ...args), args)
      })
    }

    // The clients take no more than 10 themselves.
    await t.test('12 attachments', async () => {
      const sizes = Array.from({ length: 12 }, (_, i) => i * 100)
      assert.deepEqual(await client.ask('sizes', ...sizes.map(bytes)), sizes)
    })

    await t.test('the name of an event', async () => {
      for (const name of ['any:', 'any:ü 😀', 'any:"\\', 'any:message', 'any:1']) {
        const back = client.next(name)
        client.emit(name, name)
        assert.deepEqual(await back, [name])
      }
    })

    await t.test('the server awaits an answer inside a handler', async () => {
      client.socket.on('question', (...args) => args.pop()('answer', ...args))
      for (const args of [[], [1, 'é😀'], [bytes(10), { b: bytes(1) }]]) {
        assert.deepEqual(await client.ask('ask me', ...args), ['answer', ...args])
      }
    })

    await t.test('1,000 events in order each way', async () => {
      const items = client.collect('item')
      client.emit('burst', 1000)
      for (let i = 0; i < 1000; i++) client.emit('item', i)
      assert.deepEqual(await client.ask('items'), [1000, true])
      await until('all items', () => items.length >= 1000)
      assert.deepEqual(
        items,
        Array.from({ length: 1000 }, (_, i) => [i]),
      )
    })

    await t.test('it is on the transport it should be on', async () => {
      if (which.transport === 'upgrade') await client.upgraded()
      else assert.equal(client.transport, which.transport)
    })
  })
}

test('clients of all versions hear the same, once', async (t) => {
  const all = await Promise.all(clients.map((which) => connect(t, server, which, '/room/all')))
  for (const client of all) await client.ask('join', 'r😀')
  const heard = all.map((client) => client.collect('said'))
  const args = [['text'], ['é😀', 1], [bytes(5), { x: bytes(300) }], [null]]
  for (const said of args) assert.deepEqual(await all[0].ask('say', 'r😀', ...said), [all.length])
  await until('everyone has heard', () => heard.every((said) => said.length >= args.length))
  for (const said of heard) assert.deepEqual(said, args)
})
