// What a client of the gateway misses while its connection is broken.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from '../../test/lib/gateway.mjs'
import { publish } from '../../test/lib/mosquitto.mjs'
import { until } from '../../test/lib/wait.mjs'
import { proxy } from './peers/proxy.mjs'
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
sio = AsyncClient(reconnection_delay=1, reconnection_delay_max=1)
@sio.on("*", namespace="/home/hall")
def heard(event, value, meta=None):
    print("heard", event, value, bool(meta))
@sio.on("connect", namespace="/home/hall")
def up():
    print("up")
@sio.on("disconnect", namespace="/home/hall")
def down():
    print("down")
async def main():
    await sio.connect(sys.argv[1])
    await sio.wait()
asyncio.run(main())
`
const heard = (board) => board.output.split('\n').filter((line) => line.startsWith('heard '))
const count = (board, line) => board.output.split('\n').filter((l) => l === line).length

test('events that a client of the gateway missed come once, in order, also texts and nothing', async (t) => {
  const gateway = await startGateway(t, config)
  const way = await proxy(t, new URL(gateway.url).port)
  const say = (sensor, value) => publish(gateway, `home/hall/${sensor}`, value)
  await say('light', 'before')
  const board = new Board(t, makeFlash(t, { 'app.py': sketch }), { script: '/flash/app.py', args: [way.url] })
  await board.line('heard light before True')
  await say('light', '1')
  await board.line('heard light 1 False')
  for (let round = 1; round <= 3; round++) {
    way.cut()
    await until(() => count(board, 'down') === round, 'the board to notice')
    for (const value of [`text ${round}`, `${round}.5`, '', `last ${round}`]) await say('light', value)
    way.mend()
    await board.line(`heard light last ${round} False`)
    await say('light', `after ${round}`)
    await board.line(`heard light after ${round} False`)
  }
  const missed = (n) =>
    [`text ${n}`, `${n}.5`, 'None', `last ${n}`, `after ${n}`].map((value) => `heard light ${value} False`)
  const first = ['heard light before True', 'heard light 1 False']
  assert.deepEqual(heard(board), [...first, ...missed(1), ...missed(2), ...missed(3)])
})

test('a gateway that lost its memory gives the last values instead', async (t) => {
  const gateway = await startGateway(t, `[state]\nflush_interval = "200ms"\n${config}`)
  const way = await proxy(t, new URL(gateway.url).port)
  const board = new Board(t, makeFlash(t, { 'app.py': sketch }), { script: '/flash/app.py', args: [way.url] })
  await board.line('up')
  await publish(gateway, 'home/hall/light', 'old')
  await board.line('heard light old False')
  way.cut()
  await until(() => count(board, 'down') === 1, 'the board to notice')
  await publish(gateway, 'home/hall/light', 'missed')
  await publish(gateway, 'home/hall/light', 'new')
  await gateway.flushed()
  await gateway.kill9()
  await gateway.start()
  way.mend()
  await board.line('heard light new True')
  await publish(gateway, 'home/hall/light', 'next')
  await board.line('heard light next False')
  assert.deepEqual(heard(board).slice(1), ['heard light new True', 'heard light next False'])
})
