// SIGHUP: mappings come and go under connected clients.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, open, transports } from './lib/socketio.mjs'

const rule = (name, topic, namespace) => `
[[mapping]]
name = "${name}"
topic = "${topic}"
namespace = "${namespace}"
event = "{x}"
`
const kept = rule('kept', 'kept/{x}', '/kept')
const going = rule('going', 'going/{x}', '/kept')
const coming = rule('coming', 'coming/{x}', '/kept')
const elsewhere = rule('elsewhere', 'elsewhere/{x}', '/elsewhere')

for (const transport of Object.keys(transports)) {
  test(`a reload adds and removes mappings under a connected client (${transport})`, async (t) => {
    const gateway = await startGateway(t, kept + going + elsewhere)
    const device = await connectMQTT(t, gateway)
    await device.publish('coming/early', 'last value')
    const client = await connect(t, gateway, '/kept', { transport })
    const doomed = await client.also('/elsewhere')
    const { id } = client.socket
    await device.publish('kept/a', '1')
    await device.publish('going/a', '2')
    assert.deepEqual(await client.take(2), [
      ['a', 1],
      ['a', 2],
    ])

    const left = doomed.disconnected()
    assert.match(await gateway.reload(kept + coming), /mappings reloaded/)
    assert.equal(await left, 'io server disconnect', 'the namespace that no rule makes any more')
    const [name, value, meta] = await client.next('the last value of the rule that came')
    assert.deepEqual([name, value, meta?.replayed], ['early', 'last value', true])
    await device.publish('going/b', '3')
    await device.publish('kept/b', '4')
    await device.publish('coming/b', '5')
    assert.deepEqual(await client.take(2), [
      ['b', 4],
      ['b', 5],
    ])
    assert.equal((await open(t, gateway, '/elsewhere').refused()).message, 'Invalid namespace')
    assert.deepEqual([client.socket.connected, client.socket.id], [true, id], 'the same connection as before')
    assert.equal(device.raw.connected, true)
  })
}

test('no message is lost or doubled while mappings are reloaded', async (t) => {
  const gateway = await startGateway(t, kept)
  const device = await connectMQTT(t, gateway)
  const client = await connect(t, gateway, '/kept')
  let stopped = false
  const publishing = (async () => {
    let n = 0
    for (; !stopped; n++) await device.publish('kept/n', String(n))
    return n
  })()
  publishing.catch(() => {}) // for when a reload fails first
  for (const config of [kept + going, kept + coming, kept])
    assert.match(await gateway.reload(config), /mappings reloaded/)
  stopped = true
  const total = await publishing
  const numbers = (await client.take(total)).map(([, n]) => n)
  assert.deepEqual(numbers, [...Array(total).keys()])
})

const mistakes = {
  'a rule that cannot stand':
    kept.replace('direction', 'x') + rule('broken', 'a/+/{x}', '/broken').replace('a/+', 'a/#'),
  'an unknown key': kept + 'colour = "red"\n',
  'no TOML at all': '[[mapping',
}

for (const [what, config] of Object.entries(mistakes)) {
  test(`a file with ${what} changes nothing at a reload`, async (t) => {
    const gateway = await startGateway(t, kept + going)
    const device = await connectMQTT(t, gateway)
    const client = await connect(t, gateway, '/kept')
    const log = JSON.parse(await gateway.reload(config))
    assert.equal(log.level, 'ERROR')
    assert.match(log.msg, /reload refused, the mappings stay as they were/)
    assert.match(log.err, /config\.toml:\d+/, 'the line of the mistake')
    await device.publish('kept/a', '1')
    await device.publish('going/a', '2')
    assert.deepEqual(await client.take(2), [
      ['a', 1],
      ['a', 2],
    ])
  })
}
