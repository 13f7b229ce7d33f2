// A board on this machine that runs one script: the WebAssembly build of MicroPython with real TCP sockets and a flash.
//
//   node run.mjs [--fs DIR] [--heap BYTES] [--newest] [--cause N] [--cut BYTES] SCRIPT.py [ARG...]
//
// --fs     the folder that is the board's flash          --heap  bytes that the board may use; see machine.mjs
// --newest the newest MicroPython instead of 1.27        --cause what machine.reset_cause() says
// --cut    the power goes when that many bytes have been written to files
//
// Exit codes: 75 after machine.reset(), 76 when the watchdog bit, 77 when the power was cut.
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { load } from './machine.mjs'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  args: process.argv.slice(2),
  options: {
    fs: { type: 'string' },
    heap: { type: 'string', default: '0' },
    newest: { type: 'boolean', default: false },
    cause: { type: 'string', default: '0' },
    cut: { type: 'string', default: 'Infinity' },
  },
})

const board = await load({
  dir: options.fs,
  heap: Number(options.heap),
  newest: options.newest,
  cause: Number(options.cause),
  cut: Number(options.cut),
  output: {
    stdout: (line) => process.stdout.write(line + '\n'),
    stderr: (line) => process.stderr.write(line + '\n'),
  },
})

process.on('uncaughtException', (e) => {
  process.stderr.write(`${e.type ?? e.name} ${e.message?.slice(0, 2000)}\n`)
  board.finish(1)
})
// Lines on standard input are Python, run between the tasks: how a test presses a button or looks at a lamp.
let typed = ''
process.stdin.on('data', (data) => {
  typed += data
  for (let at; (at = typed.indexOf('\n')) >= 0; typed = typed.slice(at + 1)) {
    try {
      board.python.runPython(JSON.parse(typed.slice(0, at)))
    } catch (e) {
      process.stderr.write(`${e.message?.slice(0, 2000)}\n`)
    }
  }
})
process.stdin.unref?.()

try {
  board.start(positionals)
  const script = positionals[0].startsWith('/flash/') ? path.join(options.fs, positionals[0].slice(6)) : positionals[0]
  board.python.runPython(fs.readFileSync(script, 'utf8'))
  if (!board.pending()) board.finish(0)
} catch (e) {
  if (e.type === 'SystemExit') board.finish(0)
  process.stderr.write(`${e.message?.slice(0, 3000)}\n`)
  board.finish(1)
}
