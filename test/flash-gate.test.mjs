// The shortest way through flashing: a bare board, one command, and MQTT lights its lamp.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { flashBoard, imageFor } from './lib/flashboard.mjs'
import { binary, startGateway } from './lib/gateway.mjs'
import { publish, subscribe } from './lib/mosquitto.mjs'
import { run } from './lib/process.mjs'

const password = 'open sesame'

test('gateway flash takes a bare board to a lamp on the bus', async (t) => {
  const gateway = await startGateway(t)
  const board = await flashBoard(t)
  const online = await subscribe(t, gateway, 'devices/lamp/status')
  const wanted = ['--port', board.port, '--name', 'lamp', '--wifi', 'test', '--example', 'lamp', '--image', board.image]
  const here = ['--data', join(gateway.dir, 'data'), '--address', gateway.url]
  const { code, output } = await run(binary, ['flash', ...wanted, ...here], {
    env: { GATEWAY_WIFI_PASSWORD: password },
  })
  assert.equal(code, 0, output)
  assert.deepEqual(await online.line(), ['devices/lamp/status', 'online'])

  const image = imageFor(board.image)
  assert(board.flash().subarray(0, image.length).equals(image), 'the flash holds the image, byte for byte')
  assert(!(board.text() + output).includes(password), 'the password is shown')

  await publish(gateway, 'devices/lamp/alert', 'red')
  await board.line(/^lamp red/)
  await publish(gateway, 'devices/lamp/alert', 'off')
  await board.line(/^lamp off/)
})
