// Boards on the real gateway.
import { join } from 'node:path'
import { run } from '../../test/lib/process.mjs'
import { Board, makeFlash } from './rig/board.mjs'

/** Registers a board, as its owner does; resolves with {id, key}. */
export async function register(gateway, name) {
  const { stdout, output } = await run(gateway.commandLine()[0], [
    'device',
    'add',
    name,
    '--json',
    '--data',
    join(gateway.dir, 'data'),
  ])
  if (!stdout.startsWith('{')) throw new Error(output)
  return JSON.parse(stdout)
}

/** The settings of a board of that gateway. */
export const cfg = (gateway, { id, key }) => ({
  id,
  key,
  urls: [gateway.url.replace(/\/$/, '')],
  wifi: [['home', 'secret']],
})

/** The flash of a board with a sketch. */
export const flashFor = (t, gateway, who, sketch, files = {}) =>
  makeFlash(t, { 'app.py': sketch, 'cfg.json': cfg(gateway, who), ...files })

/** Registers a board and starts it with a sketch; resolves with {board, id, key, flash}. */
export async function start(t, gateway, name, sketch, options = {}) {
  const who = await register(gateway, name)
  const flash = flashFor(t, gateway, who, sketch)
  return { ...who, flash, board: new Board(t, flash, { script: '/flash/app.py', ...options }) }
}
