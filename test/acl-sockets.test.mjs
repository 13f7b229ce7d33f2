// Who a socket belongs to, and what it may hear and say by that.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import io2 from 'socket.io-client-2'
import { bearer } from './acl-tokens.mjs'
import { sharedGateway, startGateway } from './lib/gateway.mjs'
import { connect, open, transports } from './lib/socketio.mjs'
import { until, within } from './lib/wait.mjs'

const mappings = `
[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"

[[mapping]]
name = "house"
topic = "house/{room}/{sensor}"
namespace = "/house"
event = "{sensor}"
room = "{room}"
direction = "mqtt_to_socketio"

[[mapping]]
name = "mine"
topic = "users/{client.id}/{what}"
namespace = "/me"
event = "{what}"
`
const gateway = sharedGateway(`${mappings}\n[auth]\nanonymous = "never"\n`)
let all
/** The tokens that the tests share, made by the first that needs them. */
const tokens = () => (all ??= makeTokens())
async function makeTokens() {
  const admin = await bearer(gateway)
  const kitchen = await admin.client('kitchen panel', ['home/kitchen/+', 'house/kitchen/#'], ['home/kitchen/light'])
  return { admin, kitchen, everything: await admin.client('everything', ['#'], ['#']) }
}

const with_ = (token) => ({ auth: { token: token.token } })
const refusedAs = async (client) => (await client.refused()).data.code
const code = ({ ok, error }) => (ok ? 'ok' : error.code)

for (const transport of Object.keys(transports)) {
  test(`a token in auth, for each namespace by itself (${transport})`, async (t) => {
    const { admin, kitchen, everything } = await tokens()
    const panel = await connect(t, gateway, '/home/kitchen', { transport, ...with_(kitchen) })
    const speaker = await connect(t, gateway, '/mqtt', with_(everything))
    panel.drain()
    await speaker.ask('publish', 'home/kitchen/temp', 21)
    assert.deepEqual(await panel.next(), ['temp', 21])
    assert.equal(code(await panel.ask('light', true)), 'ok')
    assert.equal(code(await panel.ask('door', 'open')), 'denied', 'a topic that it may not write')

    const other = panel.manager.socket('/home/attic', { auth: {} })
    const refused = new Promise((resolve) => other.once('connect_error', resolve))
    other.connect()
    const refusal = await within(refused, 'a refusal')
    assert.equal(refusal.data.code, 'denied', 'a socket of the same connection that brings no token')
    other.auth = { token: everything.token }
    other.connect()
    await within(new Promise((resolve) => other.once('connect', resolve)), 'another principal on the same connection')
    const deaf = await admin.client(`deaf ${transport}`, ['other/#'])
    assert.equal(await refusedAs(open(t, gateway, '/house', with_(deaf))), 'denied', 'nothing to hear there')
  })

  test(`?token= and Authorization in the handshake (${transport})`, async (t) => {
    const { kitchen } = await tokens()
    const headers = { authorization: `Bearer ${kitchen.token}` }
    const client = await connect(t, gateway, '/home/kitchen', { transport, headers })
    assert.equal(code(await client.ask('light', false)), 'ok')
  })
}

test('an old client says its token in the URL, and the log does not', async (t) => {
  const { kitchen } = await tokens()
  const url = new URL('/home/kitchen', gateway.url).href
  const client = io2(url, {
    query: { token: kitchen.token },
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  })
  t.after(() => client.close())
  await within(new Promise((resolve, reject) => client.on('connect', resolve).on('error', reject)), 'the old client')
  const answer = await within(new Promise((resolve) => client.emit('light', 1, resolve)), 'an ack')
  assert.equal(code(answer), 'ok')
  assert(!gateway.lines.join('').includes(kitchen.secret), 'a token in the log')
})

test('a wrong token is refused with a code and a sentence, and counted', async (t) => {
  const { admin, kitchen } = await tokens()
  const dropped = async () =>
    (await (await fetch(gateway.at('metrics'), { headers: { authorization: `Bearer ${admin.token}` } })).text()).match(
      /gateway_dropped_total\{.*reason="denied".*where="socketio".*\} (\d+)/,
    )?.[1] ?? 0
  const before = Number(await dropped())
  for (const token of ['kitchen-panel.wrong', 'nobody.x', 'x', `${kitchen.id}.`]) {
    const error = await open(t, gateway, '/home/kitchen', { auth: { token } }).refused()
    assert.equal(error.data.code, 'denied', token)
    assert.match(error.message, /token/)
  }
  assert.equal(await refusedAs(open(t, gateway, '/home/kitchen', { auth: { token: 5 } })), 'denied')
  assert.equal(await refusedAs(open(t, gateway, '/home/kitchen', { auth: { mine: 5 } })), 'denied', 'without one')
  assert(Number(await dropped()) >= before + 6)
})

test('patterns bound joins, subscriptions and publishing', async (t) => {
  const { kitchen, everything } = await tokens()
  const panel = await connect(t, gateway, '/house', with_(kitchen))
  const voice = await connect(t, gateway, '/mqtt', with_(everything))
  for (const room of ['kitchen', 'attic']) await panel.ask('join', room)
  await voice.ask('publish', 'house/attic/temp', 1)
  await voice.ask('publish', 'house/kitchen/temp', 2)
  assert.deepEqual(await panel.next(), ['temp', 2], 'what it may not read does not come')

  const raw = await connect(t, gateway, '/mqtt', with_(kitchen))
  const answer = await raw.ask('subscribe', ['secret/#', '#', 'home/kitchen/temp'])
  assert.deepEqual(
    answer.filters.map(({ filter, ok, error }) => [filter, ok || error.code]),
    [
      ['secret/#', 'denied'],
      ['#', true],
      ['home/kitchen/temp', true],
    ],
  )
  raw.drain()
  await voice.ask('publish', 'secret/a', 1)
  await voice.ask('publish', 'home/kitchen/hum', 2)
  assert.equal((await raw.next())[1], 'home/kitchen/hum')
  assert.equal(code(await raw.ask('publish', 'home/attic/light', 1)), 'denied')
})

test('{client.id} is the id of the token', async (t) => {
  const { admin, everything } = await tokens()
  const ann = await admin.client('ann', ['users/{client.id}/+'], ['users/{client.id}/+'])
  const bob = await admin.client('bob', ['users/{client.id}/+'], ['users/{client.id}/+'])
  const voice = await connect(t, gateway, '/mqtt', with_(everything))
  const [hers, his] = [await connect(t, gateway, '/me', with_(ann)), await connect(t, gateway, '/me', with_(bob))]
  await voice.ask('subscribe', 'users/#')
  assert.equal(code(await hers.ask('mood', 'good')), 'ok')
  assert.deepEqual((await voice.next()).slice(0, 3), ['message', `users/${ann.id}/mood`, 'good'])
  for (const who of [ann, bob]) await voice.ask('publish', `users/${who.id}/news`, who.id)
  assert.deepEqual(await hers.next(), ['news', ann.id])
  assert.deepEqual(await his.next(), ['news', bob.id])
})

test('a token that is taken back ends its sockets at once', async (t) => {
  const { admin, everything } = await tokens()
  const gone = await admin.client('gone', ['#'], ['#'])
  const sockets = await Promise.all(['/mqtt', '/home/kitchen'].map((n) => connect(t, gateway, n, with_(gone))))
  const stays = await connect(t, gateway, '/mqtt', with_(everything))
  const ended = sockets.map((client) => client.disconnected())
  await admin.remove(gone)
  await Promise.all(ended)
  sockets[0].socket.connect()
  assert.equal((await sockets[0].refused()).data.code, 'denied', 'it comes back with the same token')
  assert.equal(code(await stays.ask('publish', 'x', 1)), 'ok')
})

test('a token that expires ends its sockets', async (t) => {
  const { admin } = await tokens()
  const { body } = await admin.ask('POST', 'tokens', { name: 'short', kind: 'client', read: ['#'], expires_in: '2s' })
  const client = await connect(t, gateway, '/mqtt', with_(body))
  await client.disconnected()
})

test('patterns that change act on live sockets', async (t) => {
  const { admin, everything } = await tokens()
  const token = await admin.client('changing', ['home/#', 'house/#'], ['#'])
  const [room, raw, house] = [
    await connect(t, gateway, '/home/hall', with_(token)),
    await connect(t, gateway, '/mqtt', with_(token)),
    await connect(t, gateway, '/house', with_(token)),
  ]
  await raw.ask('subscribe', ['home/#', 'house/hall/#'])
  await house.ask('join', 'hall')
  raw.drain()
  await admin.change(token, { read: ['house/hall/temp'], write: ['house/#'] })

  const voice = await connect(t, gateway, '/mqtt', with_(everything))
  for (const topic of ['home/hall/a', 'house/hall/secret', 'house/hall/temp']) await voice.ask('publish', topic, 1)
  assert.equal((await raw.next())[1], 'house/hall/temp')
  assert.deepEqual(await house.next(), ['temp', 1])
  assert.equal(code(await raw.ask('publish', 'home/x', 1)), 'denied')
  assert.equal(code(await raw.ask('publish', 'house/x', 1)), 'ok')
  assert.equal(code(await room.ask('a', 2)), 'denied', 'which comes after everything that was sent to it')
  assert.deepEqual(room.drain(), [])
})

test('a lost socket is taken up by its own principal only', async (t) => {
  const { kitchen, everything } = await tokens()
  const lost = await connect(t, gateway, '/home/kitchen', with_(everything))
  lost.drain()
  const voice = await connect(t, gateway, '/mqtt', with_(everything))
  await voice.ask('publish', 'home/kitchen/a', 1)
  await lost.next()
  const { _pid, _lastOffset, id } = lost.socket
  lost.manager.engine.close()
  await until(() => !lost.socket.connected, 'the loss')
  await voice.ask('publish', 'home/kitchen/b', 2)

  const thief = open(t, gateway, '/home/kitchen', { auth: { token: kitchen.token, pid: _pid, offset: _lastOffset } })
  await thief.connected()
  assert.notEqual(thief.socket.id, id)
  assert.equal(thief.socket.recovered, false)

  lost.socket.connect()
  await lost.connected()
  assert.deepEqual([lost.socket.recovered, lost.socket.id], [true, id])
  assert.deepEqual(await lost.next(), ['b', 2])
})

test('what has not said who it is may not stay', { timeout: 90_000 }, async (t) => {
  const small = await startGateway(t, '[auth]\nanonymous = "never"\n')
  const handshakes = []
  for (let i = 0; i < 300; i++) handshakes.push(fetch(small.at('socket.io/?EIO=4&transport=polling')))
  const statuses = (await Promise.all(handshakes)).map((r) => r.status)
  assert.equal(statuses.filter((s) => s === 200).length, 250, 'connections of one host that nobody is known behind')
  assert.equal(statuses.filter((s) => s === 403).length, 50)
})
