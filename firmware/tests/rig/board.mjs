// A board as tests hold it: started with a flash of its own, read line by line, its pins pressed, its power cut.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'

export const RESET = 75
export const WATCHDOG = 76
export const POWER = 77
const runner = path.join(import.meta.dirname, 'run.mjs')
const firmware = path.resolve(import.meta.dirname, '../..')

// No board outlives the tests.
const running = new Set()
process.on('exit', () => running.forEach((board) => board.kill('SIGKILL')))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

const boards = new Map() // flash -> those that were started with it

/** Make a flash that holds the library, as sources or (compiled: true) as .mpy from dist/, and files. It goes when t ends. */
export function makeFlash(t, files = {}, { compiled = process.env.MPY === '1' } = {}) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'board-'))
  boards.set(dir, [])
  t.after(async () => {
    await Promise.all(boards.get(dir).map((board) => board.stop())) // they write to it when they end
    fs.rmSync(dir, { recursive: true, force: true })
  })
  fs.cpSync(path.join(firmware, compiled ? 'dist/mpy/lib' : 'lib'), path.join(dir, 'lib'), { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(dir, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, typeof text === 'string' || Buffer.isBuffer(text) ? text : JSON.stringify(text))
  }
  return dir
}

/** A running board. Every wait ends with the board, or after 20 s, and says what the board printed. */
export class Board {
  pause = 0 // ms, of the longest garbage collection that heap() has seen
  #lines = []
  #waiting = []

  constructor(
    t,
    flash,
    { args = [], heap, cause, cut, script = '/flash/main.py', newest = process.env.MP === 'newest' } = {},
  ) {
    const options = ['--fs', flash]
    if (heap) options.push('--heap', String(heap))
    if (cause) options.push('--cause', String(cause))
    if (cut) options.push('--cut', String(cut))
    if (newest) options.push('--newest')
    this.process = spawn(process.execPath, [runner, ...options, script, ...args.map(String)], { cwd: firmware })
    readline.createInterface({ input: this.process.stdout }).on('line', (line) => this.#take(line))
    readline.createInterface({ input: this.process.stderr }).on('line', (line) => this.#take('! ' + line))
    this.exit = new Promise((resolve) => this.process.on('close', (code) => resolve(code ?? 143)))
    running.add(this.process)
    this.exit.then((code) => (running.delete(this.process), this.#take(`exit ${code}`)))
    boards.get(flash)?.push(this)
    t.after(() => this.stop())
  }

  get output() {
    return this.#lines.join('\n')
  }

  /** Run Python on the board, between its tasks. */
  run(code) {
    this.process.stdin.write(JSON.stringify(code) + '\n')
  }

  /** Wait for a line, printed since the start or to come, that matches; return the match. */
  async line(pattern, { after = 0, within = 20_000 } = {}) {
    const find = () => {
      for (let i = after; i < this.#lines.length; i++) {
        const match =
          typeof pattern === 'string' ? this.#lines[i] === pattern && [pattern] : pattern.exec(this.#lines[i])
        if (match) return Object.assign(match, { at: i + 1 })
      }
    }
    const deadline = Date.now() + within
    for (;;) {
      const found = find()
      if (found) return found
      if (Date.now() > deadline || this.#lines.at(-1)?.startsWith('exit '))
        throw new Error(`no line ${pattern}:\n${this.output}`)
      let timer
      await new Promise((resolve) => {
        this.#waiting.push(resolve)
        timer = setTimeout(resolve, deadline - Date.now() + 1)
      })
      clearTimeout(timer)
    }
  }

  /** The bytes of heap in use, after a collection; Infinity if the heap asked for did not suffice. */
  async heap(label = 'now') {
    const after = this.#lines.length
    this.run(`import _rig\n_rig.sample(${JSON.stringify(label)})`)
    const [, bytes, pause, fault] = await this.line(/^HEAP \S+ (\d+) (\S+)( too much)?/, { after })
    this.pause = Number(pause)
    return fault ? Infinity : Number(bytes)
  }

  async stop() {
    if (this.process.exitCode === null) this.process.kill('SIGTERM')
    const stuck = setTimeout(() => this.process.kill('SIGKILL'), 10_000) // Python that never yields hears no signal
    return this.exit.finally(() => clearTimeout(stuck))
  }

  #take(line) {
    this.#lines.push(line)
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
