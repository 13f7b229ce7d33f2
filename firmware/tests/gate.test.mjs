// The shortest way through everything, on the real gateway: a board's value reaches MQTT, and it obeys what comes from there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from '../../test/lib/gateway.mjs'
import { publish, subscribe } from '../../test/lib/mosquitto.mjs'
import { run } from '../../test/lib/process.mjs'
import { Board, makeFlash } from './rig/board.mjs'

const config = `
[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"
`

const sketch = `
import asyncio, sys
from usocketio import AsyncClient
sio = AsyncClient()
@sio.on("lamp", namespace="/home/kitchen")
def lamp(value, meta=None):
    print("lamp", value)
async def main():
    await sio.connect(sys.argv[1], auth={"token": sys.argv[2]} if len(sys.argv) > 2 else None)
    await sio.emit("temperature", 21.5, namespace="/home/kitchen")
    await sio.wait()
asyncio.run(main())
`

const start = (t, ...args) => new Board(t, makeFlash(t, { 'app.py': sketch }), { script: '/flash/app.py', args })

async function thereAndBack(t, gateway, { token = [], login = [] } = {}) {
  const subscriber = await subscribe(t, gateway, 'home/kitchen/temperature', login)
  const board = start(t, gateway.url, ...token)
  assert.deepEqual(await subscriber.line(), ['home/kitchen/temperature', '21.5'])
  await publish(gateway, 'home/kitchen/lamp', 'red', login)
  await board.line('lamp red')
}

test('a ten-line sketch sends what mosquitto_sub prints, and obeys mosquitto_pub', async (t) => {
  await thereAndBack(t, await startGateway(t, config))
})

test('the same with a token, where nobody else is let in', async (t) => {
  const gateway = await startGateway(t, `auth = { anonymous = "never" }\n${config}`)
  const { stdout } = await run(gateway.commandLine()[0], [
    'token',
    'add',
    'board',
    '--json',
    '--data',
    `${gateway.dir}/data`,
  ])
  const { token, mqtt } = JSON.parse(stdout)
  await thereAndBack(t, gateway, { token: [token], login: ['-u', mqtt.username, '-P', mqtt.password] })
  await start(t, gateway.url).line(/ConnectionError/)
})
