// A client that was written independently of the JavaScript ones.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { sharedServer } from './lib/server.mjs'

const server = sharedServer()

for (const transport of ['polling', 'websocket', 'upgrade']) {
  test(`python-socketio by ${transport}`, async () => {
    const script = join(import.meta.dirname, 'python_client.py')
    const run = promisify(execFile)('/usr/bin/python3', [script, server.url, transport], { timeout: 60_000 })
    const { stdout } = await run.catch((err) => assert.fail(`${err.stdout}${err.stderr}`))
    assert.equal(stdout, 'ok\n')
  })
}
