// What happened to a message for a board, and why one does not reach it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bearer } from './acl-tokens.mjs'
import { Board, board } from './lib/board.mjs'
import { sharedGateway } from './lib/gateway.mjs'
import { publish } from './lib/mosquitto.mjs'
import { until } from './lib/wait.mjs'

const gateway = sharedGateway()

async function traceOf(api, topic) {
  const { items } = await api.get(`traffic?filter=${encodeURIComponent(topic)}&limit=1`)
  return api.get(`traffic/${items.at(-1).seq}/trace`)
}
const texts = ({ steps }, kind) => steps.filter((s) => s.kind === kind).map((s) => s.text)
const why = (api, topic, to) => api.get(`traffic/why?topic=${encodeURIComponent(topic)}&to=${encodeURIComponent(to)}`)
const left = (api, id) => until(async () => (await api.get(`boards/${id}`)).state === 'offline', `${id} to be gone`)

test('a trace names the board, and its word that it has the message', async (t) => {
  const api = await bearer(gateway)
  const it = await board(t, gateway, 'traced')
  await publish(gateway, 'devices/traced/color', 'red')
  assert.deepEqual(await it.next(), ['color', 'red'])
  const plain = await traceOf(api, 'devices/traced/color')
  assert.deepEqual(texts(plain, 'board'), ['it was sent to board traced'])
  assert.deepEqual([texts(plain, 'ack'), plain.verdict], [[], '1 board got it'], 'QoS 0 asks for no word')

  await publish(gateway, 'devices/traced/color', 'green', ['-q', '1'])
  assert.deepEqual(await it.next(), ['color', 'green'])
  await until(async () => texts(await traceOf(api, 'devices/traced/color'), 'ack').length > 0, 'the word of the board')
  assert.match(texts(await traceOf(api, 'devices/traced/color'), 'ack')[0], /^board traced said after .+ that it has it$/)

  it.mute = true
  await publish(gateway, 'devices/traced/color', 'blue', ['-q', '1']) // whose publisher does not wait for the board
  assert.deepEqual(await it.next(), ['color', 'blue'])
  it.close()
  await until(async () => texts(await traceOf(api, 'devices/traced/color'), 'ack').length > 0, 'that the word is missing')
  assert.match(texts(await traceOf(api, 'devices/traced/color'), 'ack')[0], /did not say that it has it/)

  await left(api, it.id)
  await publish(gateway, 'devices/traced/color', 'off', ['-q', '1'])
  const lost = await traceOf(api, 'devices/traced/color')
  assert.match(lost.verdict, /^nobody got it: board traced is not connected/)
})

test('a board that owes many words is sent more without being asked', async (t) => {
  const it = await board(t, gateway, 'owing')
  it.mute = true
  for (let i = 0; i < 40; i++) await publish(gateway, 'devices/owing/n', String(i), ['-q', '1'])
  for (let i = 0; i < 40; i++) assert.deepEqual(await it.next(), ['n', i])
})

test('why something does not reach a board', async (t) => {
  const api = await bearer(gateway)
  const it = await board(t, gateway, 'deaf')
  const verdict = async (topic, to = it.id) => (await why(api, topic, to)).verdict
  assert.match(await verdict('home/kitchen/temp'), /hears what is published below devices\/deaf\//)
  assert.match(await verdict('devices/deaf/status'), /what the gateway says of board deaf/)
  assert.match(await verdict('devices/deaf/blink'), /a message would arrive/)
  await publish(gateway, 'devices/deaf/blink', '1')
  await it.next()
  const arrived = await why(api, 'devices/deaf/blink', '/devices')
  assert.match(arrived.verdict, /nothing stands in the way/)
  assert(texts(arrived, 'board').some((text) => text.endsWith('it was sent to board deaf')))
  it.close()
  await left(api, it.id)
  await publish(gateway, 'devices/deaf/blink', '2')
  assert.match(await verdict('devices/deaf/blink'), /it does not arrive: board deaf is not connected, for/)
  assert.match(await verdict('devices/deaf/shadow/desired/set'), /would arrive/)
  assert.match(await verdict('devices/nobody/blink', '/devices'), /there is no board nobody/)
})

test('a board with a token hears what the token may read', async (t) => {
  const api = await bearer(gateway, 'admin')
  const made = await api.ask('POST', 'tokens', { name: 'narrow', kind: 'device', read: ['other/#'] })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { id, token } = made.body
  const it = new Board(gateway, { id, auth: { token } })
  t.after(() => it.close())
  it.open()
  await it.welcome()
  await publish(gateway, `devices/${id}/blink`, '1')
  assert.match((await traceOf(api, `devices/${id}/blink`)).verdict, /may not read it/)
  assert.match((await why(api, `devices/${id}/blink`, id)).verdict, /its token's patterns/)
})
