// Boards that nobody has touched since 2016: their library, with all that it takes for granted, against the gateway of today.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from './lib/gateway.mjs'
import { publish, subscribe } from './lib/mosquitto.mjs'
import { run } from './lib/process.mjs'
import { connectOldBoard } from './old-board.mjs'

const config = `
[[mapping]]
name = "alerts"
topic = "lamp/{event}"
namespace = "/"
event = "{event}"
meta = "never"
`

test('it connects, sends, is sent to, and its pings are answered', async (t) => {
  const gateway = await startGateway(t, config)
  const heard = await subscribe(t, gateway, 'lamp/#')
  const board = await connectOldBoard(t, gateway)

  board.send('acknowledge')
  assert.deepEqual(await heard.line(), ['lamp/message', 'acknowledge'])
  board.emit('temperature', { celsius: 21.5 })
  assert.deepEqual(await heard.line(), ['lamp/temperature', '{"celsius":21.5}'])

  await publish(gateway, 'lamp/alert', '{"status":"red"}')
  assert.deepEqual(await board.event(), ['alert', { status: 'red' }])
  await publish(gateway, 'lamp/alert', `"${'x'.repeat(300)}"`)
  assert.deepEqual(await board.event(), ['alert', 'x'.repeat(300)])

  board.sendPacket(2)
  assert.deepEqual(await board.recvPacket(), [3, ''])
})

test('last values reach it, although it throws away its second answer', async (t) => {
  const gateway = await startGateway(t, config)
  const levels = Array.from({ length: 20 }, (_, i) => `level${i}`)
  for (const name of levels) await publish(gateway, `lamp/${name}`, '1')
  const board = await connectOldBoard(t, gateway)
  const got = []
  while (got.length < levels.length) got.push((await board.event())[0])
  assert.deepEqual(got.sort(), [...levels].sort())
})

test('what is published while it upgrades reaches it', async (t) => {
  const gateway = await startGateway(t, config)
  const tick = (n) => fetch(gateway.at('api/v1/publish/lamp/tick'), { method: 'POST', body: String(n) })
  let upgraded = false
  let last = 0
  const ticking = (async () => {
    while (!upgraded) await tick(++last)
    await tick(++last)
  })()
  const board = await connectOldBoard(t, gateway)
  upgraded = true
  await ticking
  const values = []
  while (values.at(-1) !== last) values.push((await board.event())[1])
  assert.deepEqual(
    values,
    values.map((_, i) => values[0] + i),
    'none is missing',
  )
  assert(last > 2, 'some came while it upgraded')
})

test('where nobody is let in without one, it shows a token in its address', async (t) => {
  const gateway = await startGateway(t, `auth = { anonymous = "never" }\n${config}`)
  const { stdout } = await run(gateway.commandLine()[0], [
    'token',
    'add',
    'lamp',
    '--json',
    '--data',
    `${gateway.dir}/data`,
  ])
  const { token, mqtt } = JSON.parse(stdout)
  const board = await connectOldBoard(t, gateway, `/socket.io/?EIO=3&token=${encodeURIComponent(token)}`)
  const login = ['-u', mqtt.username, '-P', mqtt.password]
  await publish(gateway, 'lamp/alert', 'red', login)
  assert.deepEqual(await board.event(), ['alert', 'red'])
  const stranger = await connectOldBoard(t, gateway)
  const [type, refusal] = await stranger.recvPacket()
  assert.deepEqual([type, refusal[0]], [4, '4'], 'an error for one that has no token')
  await publish(gateway, 'lamp/alert', 'blue', login)
  assert.deepEqual(await board.event(), ['alert', 'blue'])
  stranger.sendPacket(2)
  assert.deepEqual(await stranger.recvPacket(), [3, ''], 'nothing but the answer to its ping')
})
