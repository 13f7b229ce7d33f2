// A board on this machine: the WebAssembly build of MicroPython (32-bit, as the chip) with real TCP sockets and a flash.
//
//   node run.mjs [--fs DIR] [--heap BYTES] [--newest] [--cause N] [--cut BYTES] SCRIPT.py [ARG...]
//
// --fs     the folder that is the board's flash          --heap  bytes of the heap (38912: the chip's)
// --newest the newest MicroPython instead of 1.27        --cause what machine.reset_cause() says
// --cut    the power goes when that many bytes have been written to files
//
// Exit codes: 75 after machine.reset(), 76 when the watchdog bit, 77 when the power was cut.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Flash } from './flash.mjs'
import { Sockets } from './sockets.mjs'

const here = import.meta.dirname
process.setMaxListeners(0) // the package adds its own
const SHIMS = 9 * 1024 // bytes of heap that the shims need beside the board's own
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  args: process.argv.slice(2),
  options: {
    fs: { type: 'string' },
    heap: { type: 'string', default: '38912' },
    newest: { type: 'boolean', default: false },
    cause: { type: 'string', default: '0' },
    cut: { type: 'string' },
  },
})

// The package does not export its memory: catch it as it is made.
let memory
const instantiate = WebAssembly.instantiate
WebAssembly.instantiate = async (...args) => {
  const result = await instantiate(...args)
  const { exports } = result.instance ?? result
  memory = Object.values(exports).find((x) => x instanceof WebAssembly.Memory) ?? memory
  return result
}

const { loadMicroPython } = await import(
  options.newest ? 'micropython-newest' : '@micropython/micropython-webassembly-pyscript'
)
const python = await loadMicroPython({
  heapsize: Number(options.heap) + SHIMS,
  stdout: (line) => process.stdout.write(line + '\n'),
  stderr: (line) => process.stderr.write(line + '\n'),
})
const bytes = () => new Uint8Array(memory.buffer)
const flash = new Flash(python.FS, options.fs)
flash.mount(path.join(here, 'shim'), '/_shim')

function finish(code) {
  flash.save()
  process.exit(code)
}

const sockets = new Sockets(bytes)
let left = Number(options.cut ?? Infinity)
let watchdog

python.registerJsModule('_rig', {
  open: () => sockets.open(),
  connect: (...a) => sockets.connect(...a),
  avail: (h) => sockets.avail(h),
  line: (h) => sockets.line(h),
  read: (...a) => sockets.read(...a),
  write: (...a) => sockets.write(...a),
  close: (h) => sockets.close(h),
  watch: (...a) => sockets.watch(...a),
  on_ready: (f) => ((sockets.wake = f), 0),
  urandom: (pointer, n) => (crypto.randomFillSync(bytes(), pointer, n), 0),
  sha1: (pointer, n, out) => (
    bytes().set(
      crypto
        .createHash('sha1')
        .update(bytes().slice(pointer, pointer + n))
        .digest(),
      out,
    ),
    0
  ),
  // Garbage is collected only while no Python frame is live: so the heap is looked at from here.
  sample: (label) => {
    setTimeout(() => process.stdout.write(`HEAP ${label} ${used()}\n`))
    return 0
  },
  collect: () => (setTimeout(() => python.runPython('import gc\ngc.collect()')), 0),
  wrote: (n) => {
    left -= n
    return left < 0 ? 1 : 0
  },
  cause: () => Number(options.cause),
  feed: (ms) => {
    clearTimeout(watchdog)
    watchdog = setTimeout(finish, ms, 76)
    return 0
  },
  exit: finish,
})

process.on('SIGTERM', () => finish(143))
process.on('uncaughtException', (e) => {
  process.stderr.write(`${e.type ?? e.name} ${e.message?.slice(0, 2000)}\n`)
  finish(1)
})
// Lines on standard input are Python, run between the tasks: how a test presses a button or looks at a lamp.
let typed = ''
process.stdin.on('data', (data) => {
  typed += data
  for (let at; (at = typed.indexOf('\n')) >= 0; typed = typed.slice(at + 1)) {
    try {
      python.runPython(JSON.parse(typed.slice(0, at)))
    } catch (e) {
      process.stderr.write(`${e.message?.slice(0, 2000)}\n`)
    }
  }
})
process.stdin.unref?.()

// What the shims take is not the board's: it is left out of every figure.
let shims = 0
function used() {
  python.runPython('import gc\ngc.collect()\n_used = gc.mem_alloc()')
  return python.globals.get('_used') - shims
}

python.globals.set('_argv', positionals.join('\0'))
try {
  python.runPython(
    "import sys\nsys.path[:] = ['', '/_shim', '.frozen', '/lib', '/']\nimport asyncio, json, binascii, random, time",
  )
  const before = used()
  python.runPython(
    "import _rigboot, socket, machine, network\nsys.argv[:] = _argv.split('\\0')\ndel _argv\n_rigboot.mark()",
  )
  shims = used() - before
  const script = positionals[0].startsWith('/flash/') ? path.join(options.fs, positionals[0].slice(6)) : positionals[0]
  python.runPython(fs.readFileSync(script, 'utf8'))
  if (!python.pyimport('_rigboot').pending()) finish(0)
} catch (e) {
  if (e.type === 'SystemExit') finish(0)
  process.stderr.write(`${e.message?.slice(0, 3000)}\n`)
  finish(1)
}
