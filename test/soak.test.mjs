// The soak, for two minutes or GATEWAY_SOAK_SECONDS: see soak.mjs for a longer one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soak } from './soak/run.mjs'

const seconds = Number(process.env.GATEWAY_SOAK_SECONDS ?? 120)
const name = 'mixed load, with everything coming and going: nothing lost, nothing out of order, nothing left behind'

test(name, { timeout: (seconds + 240) * 1000 }, async (t) => {
  const failures = await soak(t, { seconds, print: (text) => t.diagnostic(text) })
  assert.deepEqual(failures, [])
})
