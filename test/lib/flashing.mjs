// gateway flash, as a user types it, at a simulated board.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { imageFor } from './flashboard.mjs'
import { binary } from './gateway.mjs'
import { Process } from './process.mjs'
import { Inbox, within } from './wait.mjs'

/** The Wi-Fi's password, which is never to be shown. */
export const password = 'open sesame'
const mostTime = 150_000

/** A run of gateway flash: its lines come by next(pattern), and its end by done(). */
export class Flashing {
  #lines

  /** name: of the board; image: a file, instead of the board's; more: further arguments. */
  constructor(gateway, board, { name = 'lamp', image = board.image, more = [] } = {}) {
    this.#lines = new Inbox('gateway flash')
    const what = ['--port', board.port, '--name', name, '--example', 'lamp', '--wifi', 'test', '--hands', '0', ...more]
    const where = ['--data', join(gateway.dir, 'data'), '--address', gateway.url]
    if (image && !more.includes('--files-only')) where.push('--image', image)
    this.process = new Process(binary, ['flash', ...what, ...where], {
      env: { GATEWAY_WIFI_PASSWORD: password },
      onLine: (line) => this.#lines.push(line),
    })
    this.process.exit.finally(() => this.#lines.close(new Error(`it ended:\n${this.process.text()}`))).catch(() => {})
  }

  /** The next line that matches. */
  async next(pattern) {
    for (;;) {
      const line = await this.#lines.next(`${pattern}`)
      if (pattern.test(line)) return line
    }
  }

  /** Ends it as Ctrl-C does. */
  interrupt() {
    this.process.child.kill('SIGINT')
  }

  /** {code, output}; the password is not in it. */
  async done() {
    const { code } = await within(this.process.exit, () => `gateway flash to end:\n${this.process.text()}`, mostTime)
    const output = this.process.text()
    assert(!output.includes(password), `the password is shown:\n${output}`)
    return { code, output }
  }
}

/** Runs it to its end: {code, output}. */
export const flash = (gateway, board, options) => new Flashing(gateway, board, options).done()

/** Asserts that it ends well, and that the board's flash holds the image byte for byte. */
export async function succeed(gateway, board, options) {
  const { code, output } = await flash(gateway, board, options)
  assert.equal(code, 0, output)
  holdsImage(board)
  return output
}

export function holdsImage(board) {
  const image = imageFor(board.image)
  assert(board.flash().subarray(0, image.length).equals(image), 'the flash does not hold the image byte for byte')
}

/** Asserts that it ends with code, saying what matches. */
export async function fail(gateway, board, code, pattern, options) {
  const it = await flash(gateway, board, options)
  assert.equal(it.code, code, it.output)
  assert.match(it.output, pattern)
  return it.output
}
