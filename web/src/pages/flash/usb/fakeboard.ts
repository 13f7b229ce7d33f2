/// <reference types="node" />
// For tests: a serial port with the raw REPL of a MicroPython behind it, of any age.
import { createHash } from 'node:crypto'
import type { SerialPort } from './serial'

export interface Manners {
  /** Raw paste: it knows it, says that it does not, or is too old to have heard of it. */
  paste: 'yes' | 'no' | 'old'
  /** Bytes that it takes at once. */
  window: number
  /** How many times it is deaf before it answers to Ctrl-A. */
  deaf: number
  /** Spoils what is written to a file. */
  forgetful: boolean
}

/** What a statement of the page does to the files; the page's own Python runs on real boards only. */
type Files = Map<string, Buffer>

export class FakeBoard extends EventTarget implements SerialPort {
  readable: ReadableStream<Uint8Array> | null = null
  writable: WritableStream<Uint8Array> | null = null
  readonly files: Files = new Map()
  readonly baud: number[] = []
  /** The most that came without being asked for. */
  most = 0
  #manners: Manners
  #out!: ReadableStreamDefaultController<Uint8Array>
  #mode: 'off' | 'raw' | 'paste' = 'off'
  #code = ''
  #room = 0
  #open = ''

  constructor(manners: Partial<Manners> = {}) {
    super()
    this.#manners = { paste: 'yes', window: 32, deaf: 0, forgetful: false, ...manners }
  }

  async open({ baudRate }: { baudRate: number }): Promise<void> {
    this.baud.push(baudRate)
    this.readable = new ReadableStream({ start: (c) => (this.#out = c) })
    this.writable = new WritableStream({ write: (bytes) => this.#take(Buffer.from(bytes).toString('latin1')) })
  }

  async close(): Promise<void> {
    this.readable = this.writable = null
  }

  async setSignals(): Promise<void> {}

  getInfo() {
    return { usbVendorId: 0x10c4, usbProductId: 0xea60 }
  }

  /** Pulls the cable. */
  pull(): void {
    this.readable = this.writable = null
    this.#out.error(new DOMException('The device has been lost.', 'NetworkError'))
  }

  #say(text: string): void {
    this.#out.enqueue(Buffer.from(text, 'latin1'))
  }

  #take(text: string): void {
    if (this.#mode === 'paste') this.most = Math.max(this.most, text.length)
    for (const c of text) this.#byte(c)
  }

  #byte(c: string): void {
    if (this.#mode === 'paste') return this.#paste(c)
    if (c === '\x01') {
      if (this.#code === '\x05A' && this.#manners.paste !== 'old') return this.#begin()
      this.#code = ''
      if (this.#manners.deaf-- > 0) return
      this.#mode = 'raw'
      return this.#say('raw REPL; CTRL-B to exit\r\n>')
    }
    if (this.#mode === 'off') return
    if (c === '\x03') this.#code = ''
    else if (c === '\x04') this.#run('OK')
    else this.#code += c
  }

  #begin(): void {
    this.#code = ''
    if (this.#manners.paste === 'no') return this.#say('R\x00')
    this.#mode = 'paste'
    this.#room = this.#manners.window
    this.#say(`R\x01${String.fromCharCode(this.#manners.window)}\x00`)
  }

  #paste(c: string): void {
    if (c === '\x04') {
      this.#mode = 'raw'
      return this.#run('\x04')
    }
    this.#code += c
    if (--this.#room > 0) return
    this.#room = this.#manners.window
    this.#say('\x01')
  }

  #run(taken: string): void {
    const code = this.#code.replace(/^\r/, '')
    this.#code = ''
    let out = ''
    let error = ''
    try {
      out = this.#do(code)
    } catch (e) {
      error = `Traceback (most recent call last):\r\n${(e as Error).message}\r\n`
    }
    this.#say(`${taken}${out}\x04${error}\x04>`)
  }

  #do(code: string): string {
    const of = (pattern: RegExp) => pattern.exec(code)?.[1]
    const removed = of(/^_gone\('(.*?)'\)/)
    const opened = of(/_f = open\('(.*?)', 'wb'\)/)
    const written = of(/^_f\.write\(binascii\.a2b_base64\(b'(.*?)'\)\)/)
    const summed = of(/print\(_sum\('(.*?)'\)\)/)
    const renamed = /os\.rename\('(.*?)', '(.*?)'\)/.exec(code)
    if (code.startsWith('raise')) throw new Error('ValueError: 7')
    if (opened) this.files.set((this.#open = opened), Buffer.alloc(0))
    if (written) {
      const bytes = Buffer.from(written, 'base64')
      if (this.#manners.forgetful) bytes[0] ^= 1
      this.files.set(this.#open, Buffer.concat([this.files.get(this.#open)!, bytes]))
    }
    if (renamed) {
      this.files.set(renamed[2], this.files.get(renamed[1])!)
      this.files.delete(renamed[1])
    } else if (removed) this.files.delete(removed)
    const file = summed && this.files.get(summed)
    if (summed) return `${file ? createHash('sha256').update(file).digest('hex') : ''}\r\n`
    if (code.includes('check_fw')) return 'size: 1\r\nmd5: 2\r\n\r\nTrue 1.27.0 4194304\r\n'
    return code.startsWith('print') ? 'said\r\n' : ''
  }
}
