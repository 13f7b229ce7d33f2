// Many short conversations with one board: a process for each would take a second.
import assert from 'node:assert/strict'
import { Board, makeFlash } from '../rig/board.mjs'
import { within } from '../../../test/lib/wait.mjs'
import { serve } from './websocket.mjs'

const HEAP = 200_000 // bytes: the cases are longer than any sketch

/**
 * Runs cases, each a subtest: {name: {python, peer, says}}. python is the body of a coroutine that knows url, its own address on
 * the server; what it returns or raises is compared with says: a repr, or "! Name (arguments)", or a pattern. peer is the server's side.
 */
export async function converse(t, head, cases) {
  const names = Object.keys(cases)
  const path = (name) => `/${names.indexOf(name)}`
  const server = await serve(
    t,
    Object.fromEntries(names.filter((name) => cases[name].peer).map((name) => [path(name), cases[name].peer])),
  )
  const board = new Board(t, makeFlash(t, { 'app.py': sketch(head, Object.values(cases)) }), {
    script: '/flash/app.py',
    args: [server.url],
    heap: HEAP,
  })
  for (const [i, name] of names.entries()) {
    await t.test(name, async () => {
      const said = await board.line(new RegExp(`^case ${i}: (.*)`)).catch((error) => ({ error }))
      if (cases[name].peer)
        await within(server.done(path(name)), `the server's side of "${name}", while the board said ${board.output}`)
      if (said.error) throw said.error
      if (typeof cases[name].says === 'string') assert.equal(said[1], cases[name].says)
      else assert.match(said[1], cases[name].says)
    })
  }
}

function sketch(head, cases) {
  const body = (python) =>
    python
      .trim()
      .split('\n')
      .map((line) => `    ${line}\n`)
      .join('')
  return `
import asyncio, sys
${head}
async def run(n, f):
    try:
        said = repr(await asyncio.wait_for(f("%s/%d" % (sys.argv[1], n)), 15))
    except Exception as e:
        said = "! %s %r" % (type(e).__name__, e.args)
    print("case %d: %s" % (n, said))
${cases.map(({ python }, i) => `async def f${i}(url):\n${body(python)}`).join('')}
async def main():
    for n, f in enumerate((${cases.map((_, i) => `f${i},`).join(' ')})):
        await run(n, f)
asyncio.run(main())
`
}
