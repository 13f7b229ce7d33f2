// The chip's UART: what Python prints goes out at once, what comes in is seen while Python runs, too: Ctrl-C interrupts it.
import fs from 'node:fs'

const INTERRUPT = 3
const RING = 256 // bytes that the chip keeps while nobody reads
const cell = new Int32Array(new SharedArrayBuffer(4))

export class Uart {
  #out = []
  #last = 0
  #kept = []
  #listener
  #module
  #looked = 0
  #calls = 0
  #jump = false
  #capture
  #drop = 0
  #soon
  /** Whether Python runs in the foreground: a file of the boot, or what was typed. */
  running = false

  constructor() {
    process.stdin.unref() // opened, it can be read without waiting
  }

  /** Send a byte that Python printed: line feeds get their carriage return. */
  put(byte) {
    if (this.#drop > 0) {
      this.#drop--
      return
    }
    if (byte === 10 && this.#last !== 13) this.#out.push(13)
    this.#out.push(byte)
    this.#last = byte
    if (this.#out.length > 512 && !this.#capture) this.flush()
    if (!this.#soon) this.#soon = setImmediate(() => this.flush())
  }

  print(text) {
    for (const byte of Buffer.from(text)) this.put(byte)
  }

  /** Send bytes as they are. */
  raw(...bytes) {
    this.#out.push(...bytes)
    this.flush()
  }

  /** Leave out the next n bytes that Python prints. */
  drop(n) {
    this.#drop = n
  }

  /** What f prints, instead of sending it. */
  capture(f) {
    this.flush()
    this.#capture = true
    f()
    this.#capture = false
    return Buffer.from(this.#out.splice(0)).toString('latin1')
  }

  flush() {
    this.#soon = null
    if (this.#capture) return
    const data = Buffer.from(this.#out.splice(0))
    for (let at = 0; at < data.length;) {
      try {
        at += fs.writeSync(1, data, at)
      } catch (e) {
        if (e.code !== 'EAGAIN') return // nobody is there
        Atomics.wait(cell, 0, 0, 1)
      }
    }
  }

  /** Look at the line whenever Python asks for the time, as a wait does all the while. */
  hook(env) {
    const now = env.mp_js_ticks_ms
    env.mp_js_ticks_ms = () => {
      if (this.running) this.#look()
      if (!this.#jump) return now()
      this.#jump = false
      return now() + 0x20000000 // the wait is over: Ctrl-C
    }
  }

  /** module has what interrupts Python. */
  attach(module) {
    this.#module = module
  }

  #look() {
    if (performance.now() - this.#looked < 2) {
      if (++this.#calls > 20) Atomics.wait(cell, 0, 0, 1) // a wait: leave the processor to others
      return
    }
    this.#calls = 0
    this.#looked = performance.now()
    this.flush()
    const buffer = Buffer.alloc(RING)
    try {
      const n = fs.readSync(0, buffer)
      this.#keep(buffer.subarray(0, n))
    } catch (e) {
      if (e.code !== 'EAGAIN' && e.code !== 'EOF') throw e
    }
  }

  #keep(bytes) {
    for (const byte of bytes) {
      if (byte === INTERRUPT) {
        this.#kept = []
        this.#jump = true
        this.#module?._mp_sched_keyboard_interrupt()
      } else if (this.#kept.length < RING) this.#kept.push(byte)
    }
  }

  /** Call f with the bytes that come from now on, and those that came while Python ran. */
  listen(f) {
    this.#listener = f
    process.stdin.ref()
    process.stdin.on('data', (data) => this.#hear(data))
    process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM'))
    this.#hear([])
  }

  #hear(data) {
    const bytes = [...this.#kept, ...data]
    this.#kept = []
    this.#listener(bytes)
    if (this.#kept.length > 0) this.#hear([])
  }

  /** Keep bytes that nobody reads now; true when Ctrl-C is among them, behind which those stay that follow it. */
  keep(bytes) {
    const at = bytes.lastIndexOf(INTERRUPT)
    this.#kept = [...(at < 0 ? this.#kept : []), ...bytes.slice(at + 1)].slice(0, RING)
    return at >= 0
  }
}
