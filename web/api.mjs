// Writes src/lib/api/schema.ts from what `gateway openapi` prints.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import openapi, { astToString } from 'openapi-typescript'

const root = dirname(fileURLToPath(import.meta.url))
const program = process.env.PROGRAM ?? join(root, '../bin/gateway')
const description = JSON.parse(execFileSync(program, ['openapi'], { maxBuffer: 64 << 20 }).toString())
const out = join(root, 'src/lib/api/schema.ts')
writeFileSync(
  out,
  `// Made by npm run api from the gateway's own description. Do not edit.\n${astToString(await openapi(description))}`,
)
console.log(`${out}: ${Object.keys(description.paths).length} paths`)
