// Files onto a board through MicroPython's raw REPL
// (https://docs.micropython.org/en/latest/reference/repl.html#raw-mode-and-raw-paste-mode).
import { Silence, type Line } from './line'
import { check, pause, Trouble } from './trouble'

const ctrlA = '\x01'
const ctrlC = '\x03'
const ctrlD = '\x04'
const ctrlE = '\x05'
const banner = 'raw REPL; CTRL-B to exit\r\n>'

/** How many bytes of a file go into one piece of code: the board holds them twice. */
const piece = 384

const helpers = `
import os, hashlib, binascii
def _sum(p):
    h = hashlib.sha256()
    b = bytearray(256)
    m = memoryview(b)
    try:
        with open(p, 'rb') as f:
            while True:
                n = f.readinto(b)
                if not n:
                    break
                h.update(m[:n])
    except OSError:
        return ''
    return binascii.hexlify(h.digest()).decode()
def _dirs(p):
    at = p.find('/', 1)
    while at > 0:
        try:
            os.mkdir(p[:at])
        except OSError:
            pass
        at = p.find('/', at + 1)
def _gone(p):
    try:
        os.remove(p)
    except OSError:
        pass
`

/** A file to be put on a board. */
export interface File {
  path: string
  sha256: string
  bytes: Uint8Array
}

/** An error that the board's own Python told. */
export class Traceback extends Error {}

export class Repl {
  #line: Line
  #signal: AbortSignal
  #paste = true

  private constructor(line: Line, signal: AbortSignal) {
    this.#line = line
    this.#signal = signal
  }

  /**
   * Gets hold of the board whatever it does: it may be starting, run a sketch, or crash and restart over and over. tries: how
   * often, a second apart.
   */
  static async enter(line: Line, signal: AbortSignal, tries = 30): Promise<Repl> {
    for (let i = 0; i < tries; i++) {
      check(signal)
      await line.write(`\r${ctrlC}${ctrlC}`)
      await pause(50, signal)
      line.discard()
      await line.write(`${ctrlA}`)
      try {
        await line.until(banner, 1000)
        const repl = new Repl(line, signal)
        await repl.exec(helpers)
        return repl
      } catch (error) {
        if (!(error instanceof Silence || error instanceof Traceback)) throw error
      }
    }
    throw new Trouble('files', 'MicroPython does not answer on the serial line.')
  }

  /** Runs code; resolves with what it printed. */
  async exec(code: string, ms = 10_000): Promise<string> {
    if (this.#paste) await this.#send(code)
    else await this.#sendSlowly(code)
    const out = await this.#line.until(ctrlD, ms)
    const error = await this.#line.until(ctrlD, ms)
    await this.#line.until('>', ms)
    if (error.length > 1) throw new Traceback(error.slice(0, -1).trim())
    return out.slice(0, -1)
  }

  /** Raw paste: the board says how much it can take. */
  async #send(code: string): Promise<void> {
    this.#line.discard()
    await this.#line.write(`${ctrlE}A${ctrlA}`)
    const answer = await this.#line.take(2, 2000)
    if (answer !== 'R\x01') {
      // Old ones begin the raw REPL anew, others say that they cannot.
      this.#paste = false
      if (answer === 'ra') await this.#line.until('>', 2000)
      return this.#sendSlowly(code)
    }
    const size = await this.#line.take(2, 2000)
    const step = size.charCodeAt(0) | (size.charCodeAt(1) << 8)
    let room = step
    for (let at = 0; at < code.length;) {
      while (room === 0 || this.#line.waiting) {
        const said = await this.#line.take(1, 5000)
        if (said === ctrlD) return this.#line.write(ctrlD) // it has enough: the code is wrong, or does not fit
        if (said === ctrlA) room += step
      }
      const part = code.slice(at, at + room)
      await this.#line.write(part)
      at += part.length
      room -= part.length
    }
    await this.#line.write(ctrlD)
    for (;;) if ((await this.#line.take(1, 5000)) === ctrlD) return
  }

  /** Without flow control, in pieces that fit into the chip's buffer. */
  async #sendSlowly(code: string): Promise<void> {
    for (let at = 0; at < code.length; at += 128) {
      await this.#line.write(code.slice(at, at + 128))
      await pause(15, this.#signal)
    }
    await this.#line.write(ctrlD)
    await this.#line.until('OK', 5000)
  }

  /**
   * Puts a file on the board under another name, reads it back, and only then gives it its own. told gets the bytes that are
   * over. A file that is there already, the same, is left alone.
   */
  async put(file: File, told: (done: number) => void): Promise<void> {
    const path = quoted(file.path)
    const there = (await this.exec(`print(_sum(${path}))`)).trim()
    if (there === file.sha256) return told(file.bytes.length)
    const temporary = quoted(`${file.path}.new`)
    await this.exec(`_dirs(${path})\n_f = open(${temporary}, 'wb')`)
    for (let at = 0; at < file.bytes.length; at += piece) {
      const part = file.bytes.subarray(at, at + piece)
      await this.exec(`_f.write(binascii.a2b_base64(b'${base64(part)}'))`)
      told(at + part.length)
    }
    const written = (await this.exec(`_f.close()\nprint(_sum(${temporary}))`)).trim()
    if (written !== file.sha256) {
      throw new Trouble('files', `What is on the board as ${file.path} is not what was sent.`, 'Try again.')
    }
    await this.exec(`_gone(${path})\nos.rename(${temporary}, ${path})`)
  }

  /** Makes room for a kit by its own code: without main.py, a board whose cable is pulled from here on stays in its REPL. */
  async prepare(code: string): Promise<void> {
    await this.exec(code, 60_000)
  }

  /** Whether MicroPython on the chip is whole, what it calls itself, and the flash that it sees, in bytes. */
  async firmware(): Promise<{ ok: boolean; release: string; flash: number }> {
    const code =
      "import esp, sys\n_ok = esp.check_fw()\nprint()\nprint(_ok, '.'.join(map(str, sys.implementation[1][:3])), esp.flash_size())"
    const said = await this.exec(code, 30_000)
    const [ok, release = '', flash = '0'] = said.trim().split('\n').at(-1)!.trim().split(' ')
    return { ok: ok === 'True', release, flash: Number(flash) }
  }

  /** Starts the board anew. What it says from then on is no answer any more. */
  async restart(): Promise<void> {
    this.#line.discard()
    await this.#line.write(`import machine; machine.reset()${ctrlD}`)
    await this.#line.until('OK', 2000)
  }
}

/** A Python string. Paths of a kit are plain; what is not is refused by the escape. */
const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
