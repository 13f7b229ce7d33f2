// A serial line as bytes to wait for: what has come is kept until somebody takes it. A byte is a character of the same number.
import type { SerialPort } from './serial'
import { check, gone, pause } from './trouble'

/** What was waited for did not come. */
export class Silence extends Error {}

export class Line {
  /** Gets everything that comes, as it comes. */
  onBytes: (text: string) => void = () => undefined
  #port: SerialPort
  #signal: AbortSignal
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #reading: Promise<void> | undefined
  #have = ''
  #ended = false
  #wake: () => void = () => undefined

  private constructor(port: SerialPort, signal: AbortSignal) {
    this.#port = port
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wake())
  }

  /** Opens a port. What waits on the line ends when signal is aborted. */
  static async open(port: SerialPort, baudRate: number, signal: AbortSignal): Promise<Line> {
    await port.open({ baudRate, bufferSize: 16384 })
    const line = new Line(port, signal)
    line.#reading = line.#read()
    return line
  }

  async #read(): Promise<void> {
    // A break or a framing error (what a chip says at another rate while it starts) ends the stream, and there is a new one.
    let last: unknown
    while (this.#port.readable && this.#port.readable !== last && !this.#ended) {
      last = this.#port.readable
      this.#reader = this.#port.readable.getReader()
      try {
        for (;;) {
          const { value, done } = await this.#reader.read()
          if (done) break
          this.#take(value)
        }
      } catch {
        // whether it goes on is seen by whether there is a stream
      }
      this.#reader.releaseLock()
    }
    this.#ended = true
    this.#wake()
  }

  #take(value: Uint8Array): void {
    let text = ''
    for (const byte of value) text += String.fromCharCode(byte)
    this.#have += text
    this.onBytes(text)
    this.#wake()
  }

  /** Sends bytes: a character each. */
  async write(text: string): Promise<void> {
    check(this.#signal)
    if (this.#ended || !this.#port.writable) throw gone()
    const writer = this.#port.writable.getWriter()
    try {
      await writer.write(Uint8Array.from(text, (c) => c.charCodeAt(0)))
    } catch {
      throw gone()
    } finally {
      writer.releaseLock()
    }
  }

  /** Takes everything up to the end of what is waited for. Rejects with Silence after ms without it. */
  until(mark: string, ms: number): Promise<string> {
    let from = 0
    return this.#waitFor(`“${JSON.stringify(mark).slice(1, -1)}”`, ms, () => {
      const at = this.#have.indexOf(mark, from)
      from = Math.max(0, this.#have.length - mark.length + 1)
      return at < 0 ? undefined : this.#cut(at + mark.length)
    })
  }

  /** Takes the next n bytes. */
  take(n: number, ms: number): Promise<string> {
    return this.#waitFor(`${n} bytes`, ms, () => (this.#have.length < n ? undefined : this.#cut(n)))
  }

  /** What has come and was not taken. */
  get waiting(): string {
    return this.#have
  }

  /** Forgets what has come so far. */
  discard(): void {
    this.#have = ''
  }

  #cut(n: number): string {
    const cut = this.#have.slice(0, n)
    this.#have = this.#have.slice(n)
    return cut
  }

  async #waitFor(what: string, ms: number, ready: () => string | undefined): Promise<string> {
    const end = performance.now() + ms
    for (;;) {
      check(this.#signal)
      const got = ready()
      if (got !== undefined) return got
      if (this.#ended) throw gone()
      const left = end - performance.now()
      if (left <= 0) throw new Silence(`waited ${ms} ms for ${what}; there is ${JSON.stringify(this.#have.slice(-80))}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** Lets the board start anew, by the lines that most boards have wired to RESET and FLASH. */
  async reset(): Promise<void> {
    await this.#port.setSignals({ dataTerminalReady: false, requestToSend: true })
    await pause(100, this.#signal)
    await this.#port.setSignals({ dataTerminalReady: false, requestToSend: false })
  }

  async close(): Promise<void> {
    this.#ended = true
    await this.#reader?.cancel().catch(() => undefined)
    await this.#reading
    await this.#port.close().catch(() => undefined)
  }
}
