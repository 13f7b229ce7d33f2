// node soak.mjs [MINUTES]: everything at once against one gateway, for hours if you like. Ends with 1 when something was lost,
// out of order, or is taken and never given back.
import { soak } from './soak/run.mjs'

const minutes = Number(process.argv[2] ?? 1)
const leaving = []
const t = { name: 'soak', passed: false, after: (fn) => leaving.push(fn) }
const start = Date.now()
const print = (text) => console.log(`${((Date.now() - start) / 1000).toFixed(0).padStart(6)}s ${text}`)

try {
  const failures = await soak(t, { seconds: 60 * minutes, print })
  t.passed = failures.length === 0
  for (const text of failures) console.error(`FAILED: ${text}`)
} finally {
  for (const leave of leaving.reverse()) await leave()
}
process.exit(t.passed ? 0 : 1)
