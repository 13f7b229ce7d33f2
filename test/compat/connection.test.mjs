// Connections that are lost, refused, or upgraded.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clients, connect } from './lib/clients.mjs'
import { sharedServer } from './lib/server.mjs'
import { until } from './lib/wait.mjs'

const server = sharedServer()
const impatient = sharedServer('-ping-interval', '100ms')

for (const which of clients) {
  test(`a lost connection is made anew (${which.name})`, async (t) => {
    const client = await connect(t, server, which)
    if (which.transport === 'upgrade') await client.upgraded()
    for (let i = 0; i < 3; i++) {
      const again = client.next('connect')
      client.lose()
      await again
      assert.deepEqual(await client.ask('echo', i), [i])
    }
  })

  test(`what is too large costs the connection, and only that (${which.name})`, async (t) => {
    const witness = await connect(t, server, which)
    const client = await connect(t, server, which, '/', { reconnection: false })
    const gone = client.next('disconnect')
    client.emit('echo', 'x'.repeat(1_100_000))
    await gone
    assert.deepEqual(await witness.ask('echo', 'well'), ['well'])
  })
}

test('a server that comes back', async (t) => {
  const all = await Promise.all(clients.map((which) => connect(t, server, which, '/room/x')))
  const gone = all.map((client) => client.next('disconnect'))
  await server.stop()
  await Promise.all(gone)
  const back = all.map((client) => client.next('connect'))
  await server.start()
  await Promise.all(back)
  for (const [i, client] of all.entries()) assert.deepEqual(await client.ask('echo', i), [i])
})

for (const which of clients.filter(({ transport }) => transport === 'upgrade')) {
  test(`nothing is lost or turned around by an upgrade (${which.name})`, async (t) => {
    for (let round = 0; round < 10; round++) {
      const client = await connect(t, server, which)
      const items = client.collect('item')
      client.emit('burst', 300)
      let sent = 0
      for (; client.transport !== 'websocket'; sent++) {
        client.emit('item', sent)
        await new Promise((done) => setImmediate(done))
      }
      assert.deepEqual(await client.ask('items'), [sent, true])
      assert.deepEqual(
        items,
        Array.from({ length: 300 }, (_, i) => [i]),
      )
    }
  })
}

for (const which of clients) {
  test(`a quiet client stays (${which.name})`, async (t) => {
    const client = await connect(t, impatient, which)
    const gone = client.collect('disconnect')
    if (which.transport === 'upgrade') await client.upgraded()
    let beats = 0
    for (const beat of ['ping', 'pong']) client.socket.io.engine.on(beat, () => beats++)
    await until('some heartbeats', () => beats >= 10)
    assert.deepEqual(gone, [])
    assert.deepEqual(await client.ask('echo', 1), [1])
  })
}
