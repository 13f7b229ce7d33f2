// A flash that is full, or holds rubbish where main.py reads, must not keep a board from starting: nobody may be near it.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { Board, makeFlash, RESET } from './rig/board.mjs'

const main = fs.readFileSync(path.join(import.meta.dirname, '../main.py'), 'utf8')
const full = `
_open = open
def open(name, mode="r"):
    if "w" in mode:
        raise OSError(28)
    return _open(name, mode)
`
const start = (t, files, options) =>
  new Board(
    t,
    makeFlash(t, { 'main.py': main, 'full.py': full + main, 'a/app.py': 'print("build one")', ...files }),
    options,
  )

test('a board whose flash is full starts', async (t) => {
  await start(t, {}, { script: '/flash/full.py' }).line('build one')
})

test('a board whose flash is full tries no build whose boots it cannot count', async (t) => {
  const files = { 'b/app.py': 'print("build two")', 'slot.json': { cur: 'a', try: 'b', n: 3 } }
  const board = start(t, files, { script: '/flash/full.py' })
  await board.line('build one')
  assert.doesNotMatch(board.output, /build two/)
})

test('a board whose flash is full starts again after a crash', async (t) => {
  const board = start(t, { 'a/app.py': 'raise ValueError("broken")' }, { script: '/flash/full.py' })
  assert.equal(await board.exit, RESET)
})

for (const rubbish of ['', '{"cur": "b"', '[1, 2]', 'null', '"a"', '{"cur": "a", "boot": "x"}']) {
  test(`a board starts with ${rubbish || 'nothing'} in slot.json`, async (t) => {
    await start(t, { 'slot.json': rubbish }).line('build one')
  })
}
