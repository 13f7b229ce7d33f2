// usocketio alone: what no server may send.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { within } from '../../test/lib/wait.mjs'
import { Board, makeFlash } from './rig/board.mjs'
import { client } from './peers/console.mjs'
import { serveEngine } from './peers/engine.mjs'
import { wrongPackets } from './peers/packets.mjs'

// It connects hundreds of times, and loads what it needs for that each time: compiled it takes a third of the time.
const compiled = fs.existsSync(path.resolve(import.meta.dirname, '../dist/mpy/lib'))

test('1,000 packets that may not be end no client: it answers, or comes back', async (t) => {
  const packets = wrongPackets(1000)
  const tally = { survived: 0, closed: 0 }
  let over
  const done = new Promise((resolve) => (over = resolve))
  let at = 0
  const url = await serveEngine(t, async (engine) => {
    await engine.open({ pingInterval: 2000, pingTimeout: 1000 })
    for (; at < packets.length; at++) {
      const id = 100_000 + at
      engine.send(packets[at])
      engine.send(`42${id}["alive",${at}]`)
      const alive = (await engine.seek(`43${id}[`)) === `43${id}[${at}]`
      tally[alive ? 'survived' : 'closed']++
      if (alive) continue
      at++
      return engine.close()
    }
    over()
  })
  const sketch = client(
    '@sio.on("alive")\ndef alive(n):\n    return n\n@sio.on("*")\ndef other(event, *args):\n    pass',
    'reconnection_delay=0',
  )
  const board = new Board(t, makeFlash(t, { 'app.py': sketch }, { compiled }), {
    script: '/flash/app.py',
    args: [url],
  })
  await within(done, () => `the end; at ${at}, ${packets[at]}: ${board.output.slice(-2000)}`, 300_000)
  t.diagnostic(`${tally.survived} survived, ${tally.closed} closed and came back`)
  assert.equal(tally.survived + tally.closed, packets.length)
  assert(tally.survived > 100 && tally.closed > 100)
})
