// A simulated board at a serial port: an ESP8266's loader and flash, then the real MicroPython with what was pushed to it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Process, run } from './process.mjs'
import { within } from './wait.mjs'

const root = resolve(import.meta.dirname, '..', '..')

/** The program and an image for it, made once: {board, image}. */
let made
export function simulator() {
  made ??= make()
  return made
}

async function make() {
  const dir = mkdtempSync(join(tmpdir(), 'simulator-'))
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  const board = process.env.BOARD_BIN ?? join(dir, 'board')
  if (!process.env.BOARD_BIN)
    await must('go', ['build', '-C', root, '-o', board, './internal/flash/simulator/cmd/board'])
  const image = join(dir, 'micropython.bin')
  await must(board, ['-image', image])
  return { board, image }
}

async function must(command, args) {
  const { code, output } = await run(command, args)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`)
}

/**
 * Plugs a board in; it goes with t. faults: names as ['block97', 'noise'] (see faults.go); size: bytes of flash; fast: without
 * the time that lines and flashes take; ws: also behind a websocket, for browsers.
 */
export async function flashBoard(t, { faults = [], size, fast = true, ws = false } = {}) {
  const { board, image } = await simulator()
  const dir = mkdtempSync(join(tmpdir(), 'board-'))
  const args = [
    '-dir',
    join(dir, 'flash'),
    '-link',
    join(dir, 'port'),
    '-repl',
    join(root, 'firmware/tests/rig/repl.mjs'),
  ]
  if (faults.length > 0) args.push('-fault', faults.join(','))
  if (size) args.push('-size', String(size))
  if (fast) args.push('-fast')
  if (ws) args.push('-ws', '127.0.0.1:0')
  const it = new FlashBoard(board, args, dir, image)
  t.after(async () => {
    if (!t.passed) console.error(`--- the board during "${t.name}":\n${it.text()}\n---`)
    await it.close()
  })
  await it.line(/^port /)
  if (ws) it.ws = (await it.line(/^ws (\S+)/, { from: 0 }))[1]
  return it
}

class FlashBoard {
  #waiting = new Set()
  #at = 0

  constructor(program, args, dir, image) {
    Object.assign(this, { dir, image, port: join(dir, 'port') })
    this.process = new Process(program, args, { onLine: () => this.#look() })
    this.process.exit.finally(() => this.#look()).catch(() => {})
  }

  /** What has happened, a line each. */
  get lines() {
    return this.process.output
  }

  text() {
    return this.process.text()
  }

  /** The match of the next line that pattern fits: behind the last that was awaited, or from line number from on. */
  line(pattern, { from = this.#at } = {}) {
    let w
    const found = new Promise((resolve, reject) => {
      w = { pattern, from, resolve, reject }
      this.#waiting.add(w)
      this.#look()
    })
    return within(found, () => `the board to say ${pattern}; it said:\n${this.text()}`).finally(() =>
      this.#waiting.delete(w),
    )
  }

  #look() {
    for (const w of this.#waiting) {
      for (; w.from < this.lines.length; w.from++) {
        const match = w.pattern.exec(this.lines[w.from])
        if (!match) continue
        this.#at = Math.max(this.#at, w.from + 1)
        this.#waiting.delete(w)
        w.resolve(match)
        break
      }
      if (this.process.ended) w.reject(new Error(`the board ended:\n${this.text()}`))
    }
  }

  #order(word) {
    this.process.child.stdin.write(word + '\n')
  }

  /** Presses RESET. */
  reset() {
    this.#order('reset')
  }

  /** Holds FLASH and presses RESET. */
  loader() {
    this.#order('loader')
  }

  /** Pulls the cable; resolves when the port is gone. */
  async unplug() {
    this.#order('unplug')
    await this.line(/^unplugged/)
  }

  /** Plugs it in again; resolves when there is a port. */
  async plug() {
    this.#order('plug')
    await this.line(/^port /)
  }

  /** The bytes of its flash. */
  flash() {
    return readFileSync(join(this.dir, 'flash', 'flash.bin'))
  }

  /** A file on it, by its path there. */
  file(name) {
    return readFileSync(join(this.dir, 'flash', 'files', name))
  }

  async close() {
    if (!this.process.ended) await this.process.end('SIGTERM')
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** The image as it stands on a flash of that many bytes: its header tells the size. */
export function imageFor(image, size = 4 << 20) {
  const data = readFileSync(image)
  data[3] = (data[3] & 0x0f) | ({ [1 << 20]: 2, [2 << 20]: 3, [4 << 20]: 4, [8 << 20]: 8, [16 << 20]: 9 }[size] << 4)
  return data
}
