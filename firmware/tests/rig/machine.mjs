// One board's MicroPython: the WebAssembly build (32-bit, as the chip) with real TCP sockets, a flash, and shims for the chip's
// modules. Once per process.
import crypto from 'node:crypto'
import path from 'node:path'
import { Blocking } from './blocking.mjs'
import { Flash } from './flash.mjs'
import { Sockets } from './sockets.mjs'

const SHIMS = 64 * 1024 // bytes of heap that the shims need at most, and to compile them
export const RESET = 75
export const WATCHDOG = 76

process.setMaxListeners(0) // the package adds its own

/**
 * Load MicroPython; the shims are not loaded before start().
 *
 * dir: the folder that is the board's flash; heap: bytes that the board may use, else there is no limit; newest: the newest
 * MicroPython instead of 1.27; cause: what machine.reset_cause() says; cut: the power goes when that many bytes have been
 * written to files; output: options of loadMicroPython (stdout, stderr, linebuffer); rig: functions that replace those of the
 * module _rig; imports(env) may change
 * what the WebAssembly module calls.
 */
export async function load({ dir, heap, newest = false, cause = 0, cut = Infinity, output, rig = {}, imports }) {
  const memory = catchMemory(imports)
  const { loadMicroPython } = await import(
    newest ? 'micropython-newest' : '@micropython/micropython-webassembly-pyscript'
  )
  const python = await loadMicroPython({ heapsize: (heap || 38912) + SHIMS, ...output })
  return new Machine(python, memory, { dir, heap, cause, cut, rig })
}

// The package does not export its memory: catch it as it is made.
function catchMemory(imports) {
  let memory
  const instantiate = WebAssembly.instantiate
  WebAssembly.instantiate = async (source, wanted) => {
    imports?.(wanted.env)
    const result = await instantiate(source, wanted)
    const { exports } = result.instance ?? result
    memory = Object.values(exports).find((x) => x instanceof WebAssembly.Memory) ?? memory
    return result
  }
  return () => new Uint8Array(memory.buffer)
}

class Machine {
  #heap
  #shims = 0
  #pause = 0 // ms, of the longest collection
  #watchdog

  constructor(python, memory, { dir, heap, cause, cut, rig }) {
    this.#heap = heap
    this.python = python
    this.flash = new Flash(python.FS, dir)
    this.flash.mount(path.join(import.meta.dirname, 'shim'), '/_shim')
    const sockets = new Sockets(memory)
    python.registerJsModule('_rig', {
      ...this.#sockets(sockets),
      ...blocking(new Blocking(memory)),
      ...hashes(memory),
      ...this.#chip(cause, cut),
      ...rig,
    })
    process.on('SIGTERM', () => this.finish(143))
  }

  #sockets(sockets) {
    return {
      open: () => sockets.open(),
      connect: (...a) => sockets.connect(...a),
      avail: (h) => sockets.avail(h),
      line: (h) => sockets.line(h),
      read: (...a) => sockets.read(...a),
      write: (...a) => sockets.write(...a),
      close: (h) => sockets.close(h),
      watch: (...a) => sockets.watch(...a),
      on_ready: (f) => ((sockets.wake = f), 0),
    }
  }

  #chip(cause, cut) {
    let left = cut
    return {
      // Garbage is collected only while no Python frame is live: so the heap is looked at from here.
      sample: (label) => {
        setTimeout(() =>
          process.stdout.write(
            `HEAP ${label} ${this.used()} ${this.#pause.toFixed(3)}${this.#grew() ? ' too much' : ''}\n`,
          ),
        )
        return 0
      },
      collect: () => (setTimeout(() => this.python.runPython('import gc\ngc.collect()')), 0),
      wrote: (n) => {
        left -= n
        return left < 0 ? 1 : 0
      },
      cause: () => cause,
      feed: (ms) => {
        clearTimeout(this.#watchdog)
        this.#watchdog = setTimeout(() => this.finish(WATCHDOG), ms)
        return 0
      },
      exit: (code) => this.finish(code),
    }
  }

  /** Load the shims. argv becomes sys.argv. */
  start(argv = []) {
    this.python.globals.set('_argv', argv.join('\0'))
    this.python.runPython(`import sys
sys.path[:] = ['', '/_shim', '.frozen', '/lib', '/']
import asyncio, json, binascii, random, time`)
    const before = this.used()
    this.python.runPython(`import _rigboot, socket, machine, network
sys.argv[:] = _argv.split('\\0')
del _argv`)
    this.#shims = this.used() - before
    if (this.#heap) this.#shims += this.#boot.cap(this.#heap - before)
  }

  /** How many calls of asyncio.run have not ended. They return at once here, and their tasks run on the host's event loop. */
  pending() {
    return this.#boot.pending()
  }

  get #boot() {
    return this.python.pyimport('_rigboot')
  }

  /** Whether the heap asked for did not suffice, so that this build added to it. */
  #grew() {
    return this.#boot.heap_grew()
  }

  /** Bytes of heap in use after a collection. What the shims take is not the board's, and left out. */
  used() {
    const start = performance.now()
    this.python.runPython('import gc\ngc.collect()') // done when this call returns
    this.#pause = Math.max(this.#pause, performance.now() - start)
    this.python.runPython('_used = gc.mem_alloc()')
    return this.python.globals.get('_used') - this.#shims
  }

  /** Write the flash back and end the process. */
  finish(code) {
    this.flash.save()
    process.exit(code)
  }
}

const blocking = (sockets) => ({
  block_connect: (...a) => sockets.connect(...a),
  block_read: (...a) => sockets.read(...a),
  block_write: (...a) => sockets.write(...a),
  block_close: (h) => sockets.close(h),
})

const hashes = (memory) => ({
  urandom: (pointer, n) => (crypto.randomFillSync(memory(), pointer, n), 0),
  sha1: (pointer, n, out) => {
    memory().set(
      crypto
        .createHash('sha1')
        .update(memory().slice(pointer, pointer + n))
        .digest(),
      out,
    )
    return 0
  },
})
