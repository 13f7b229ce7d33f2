// Namespaces: who is let in, who is not and what they are told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clients, connect, open } from './lib/clients.mjs'
import { sharedServer } from './lib/server.mjs'

const server = sharedServer()

for (const which of clients) {
  test(which.name, async (t) => {
    await t.test('a good token', async (t) => {
      const client = await connect(t, server, which, '/private', { token: 'good' })
      assert.deepEqual(await client.ask('echo', 'in'), ['in'])
    })

    await t.test('a bad token, refused with data', async (t) => {
      const told = await open(t, server, which, '/private', { token: 'bad' }).refusal()
      const data = { code: 42, token: 'bad' }
      assert.deepEqual(told, which.version === 'v2' ? { data } : { message: 'bad token', data })
    })

    await t.test('no token, refused with a message', async (t) => {
      assert.deepEqual(await open(t, server, which, '/private').refusal(), { message: 'no token' })
    })

    await t.test('a namespace that does not exist', async (t) => {
      assert.deepEqual(await open(t, server, which, '/nowhere').refusal(), { message: 'Invalid namespace' })
    })

    await t.test('several namespaces on one connection', async (t) => {
      const root = await connect(t, server, which)
      for (const name of ['/room/a', '/room/ключ%20', '/private']) {
        const other = root.also(t, name, { token: name === '/private' ? 'good' : undefined })
        await other.next('connect')
        assert.deepEqual(await other.ask('echo', name, Buffer.from(name)), [name, Buffer.from(name)])
        other.emit('leave me')
        await other.next('disconnect')
        assert.equal(other.socket.connected, false)
        assert.deepEqual(await root.ask('echo', 'still here'), ['still here'])
      }
    })

    await t.test('the client leaves a namespace and comes back', async (t) => {
      const root = await connect(t, server, which)
      const room = root.also(t, '/room/b')
      await room.next('connect')
      room.socket.disconnect()
      assert.deepEqual(await root.ask('echo', 1), [1])
      room.socket.connect()
      await room.next('connect')
      assert.deepEqual(await room.ask('echo', 2), [2])
    })

    await t.test('the server closes the connection', async (t) => {
      const client = await connect(t, server, which)
      if (which.transport === 'upgrade') await client.upgraded() // what is cut in between may see only the transport end
      client.emit('cut me')
      assert.deepEqual((await client.next('disconnect')).slice(0, 1), ['io server disconnect'])
    })
  })
}
