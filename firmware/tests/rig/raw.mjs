// MicroPython's REPL. The WebAssembly build cannot wait for input, so it has no raw paste: that part of the protocol is spoken
// here, and its code handed to the real raw REPL.
const [RAW, FRIENDLY, INTERRUPT, END, PASTE] = [1, 2, 3, 4, 5]
const WINDOW = 128

export class Repl {
  #python
  #uart
  #reset
  #raw = false
  #fresh = true // nothing was typed since the prompt
  #call = [] // what came of the call for raw paste
  #paste = null

  /** reset(raw) is called when a soft reset was asked for. */
  constructor(python, uart, reset) {
    this.#python = python
    this.#uart = uart
    this.#reset = reset
  }

  // What the build says of itself, but the chip's.
  #banner(f) {
    const text = this.#uart.capture(f)
    this.#uart.print(text.replace(/; JS with [^\r\n]*/, '; ESP module with ESP8266'))
  }

  /** Print the banner and the prompt, of the raw REPL if so. */
  start(raw) {
    this.#raw = raw
    this.#fresh = true
    if (raw) {
      this.#uart.capture(() => (this.#python.replInit(), this.#python.replProcessChar(RAW)))
      this.#uart.print('raw REPL; CTRL-B to exit\r\n>')
    } else {
      this.#uart.print('\r\n')
      this.#banner(() => this.#python.replInit())
    }
    this.#uart.flush()
  }

  feed(bytes) {
    for (const byte of bytes) this.#feed(byte)
  }

  #feed(byte) {
    if (this.#paste) return this.#pasted(byte)
    if (this.#raw && this.#fresh && this.#calls(byte)) return
    if (byte === RAW || byte === FRIENDLY) this.#raw = byte === RAW
    const empty = this.#fresh && byte === END
    this.#fresh = byte < 32
    if (this.#raw && empty) return this.#reset(true)
    if (byte === FRIENDLY) this.#banner(() => this.#type(byte))
    else this.#type(byte)
  }

  // 5, A, 1 calls for raw paste.
  #calls(byte) {
    const wanted = [PASTE, 0x41, 1][this.#call.length]
    if (byte === wanted) {
      this.#call.push(byte)
      if (this.#call.length === 3) {
        this.#call = []
        this.#paste = []
        this.#uart.raw(0x52, 1, WINDOW & 255, WINDOW >> 8, 1)
      }
      return true
    }
    for (const held of this.#call.splice(0)) this.#type(held)
    return false
  }

  #pasted(byte) {
    if (byte === END || byte === INTERRUPT) {
      const code = this.#paste
      this.#paste = null
      this.#uart.raw(END)
      if (byte === INTERRUPT)
        return this.#uart.raw(
          ...Buffer.from('\x04\r\nTraceback (most recent call last):\r\nKeyboardInterrupt: \r\n\x04>'),
        )
      for (const b of code) this.#type(b)
      this.#uart.drop(2) // the OK of the plain raw REPL
      this.#type(END)
      this.#uart.drop(0)
      return
    }
    this.#paste.push(byte)
    if (this.#paste.length % WINDOW === 0) this.#uart.raw(1)
  }

  #type(byte) {
    this.#uart.running = true
    const down = this.#python.replProcessChar(byte)
    this.#uart.running = false
    if (down) this.#reset(this.#raw)
  }
}
