// Flashing takes the time that the line takes. The figures are printed, and not asserted.
import { test } from 'node:test'
import { succeed } from './lib/flashing.mjs'
import { flashBoard } from './lib/flashboard.mjs'
import { sharedGateway } from './lib/gateway.mjs'

const gateway = sharedGateway()

test('at the speed of a real line', async (t) => {
  const board = await flashBoard(t, { fast: false })
  const begin = Date.now()
  const output = await succeed(gateway, board, { name: 'timed' })
  t.diagnostic(output.match(/wrote .*/)[0])
  t.diagnostic(`from bare to online in ${((Date.now() - begin) / 1000).toFixed(1)} s`)
})
