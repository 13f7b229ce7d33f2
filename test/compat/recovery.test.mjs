// Connection state recovery, for the clients that know of it, next to those that do not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clients, connect } from './lib/clients.mjs'
import { sharedServer } from './lib/server.mjs'
import { until } from './lib/wait.mjs'

const server = sharedServer('-recovery', '1m')

/** Those that speak of recovery: they hand the offset, a string at the end, on to the listener. */
const knows = ({ version }) => version === 'v4'

for (const which of clients.filter(knows)) {
  test(`what was missed comes, in order (${which.name})`, async (t) => {
    const speaker = await connect(t, server, { version: 'v2', transport: 'websocket' }, '/room/a')
    const client = await connect(t, server, which, '/room/a', { reconnectionDelay: 300, reconnectionDelayMax: 300 })
    if (which.transport === 'upgrade') await client.upgraded()
    const { id } = client.socket
    const said = client.collect('said')
    await client.ask('join', 'r')
    await speaker.ask('say to all', 'before')
    await until('the first', () => said.length === 1)

    client.lose()
    await until('lost', () => !client.socket.connected)
    const back = client.next('connect')
    await speaker.ask('say to all', 1)
    await speaker.ask('say', 'r', 2, Buffer.from('two'))
    await speaker.ask('say', 'elsewhere', 'not for this one')
    await speaker.ask('say to all', { three: 'é😀' })
    await back
    assert.equal(client.socket.recovered, true)
    assert.equal(client.socket.id, id)
    await speaker.ask('say', 'r', 'after')
    await until('all', () => said.length >= 5)
    assert.deepEqual(
      said.map((args) => args.slice(0, -1)),
      [['before'], [1], [2, Buffer.from('two')], [{ three: 'é😀' }], ['after']],
    )
  })
}

for (const which of clients.filter((which) => !knows(which))) {
  test(`a client without recovery joins anew (${which.name})`, async (t) => {
    const client = await connect(t, server, which, '/room/b')
    const said = client.collect('said')
    await client.ask('say to all', 'before')
    const back = client.next('connect')
    client.lose()
    await back
    await client.ask('say to all', 'after', Buffer.from('x'))
    await until('both', () => said.length >= 2)
    const heard = [['before'], ['after', Buffer.from('x')]]
    // Revision 4 of the protocol carries no offset; revision 5 is told one that this client passes on.
    assert.deepEqual(which.version === 'v2' ? said : said.map((args) => args.slice(0, -1)), heard)
  })
}
