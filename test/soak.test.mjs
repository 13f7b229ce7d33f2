// The soak, for some seconds: see soak.mjs for a long one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soak } from './soak/run.mjs'

test('mixed load, with everything coming and going: nothing lost, nothing out of order, nothing left behind', async (t) => {
  const failures = await soak(t, { seconds: 12, print: (text) => t.diagnostic(text) })
  assert.deepEqual(failures, [])
})
