// The chip's loader, by esptool-js. This file alone imports it, and is loaded when somebody flashes.
import { ESPLoader, Transport } from 'esptool-js'
import { ESP8266ROM } from 'esptool-js/lib/targets/esp8266.js'
import type { FlashChip } from '$lib/api'
import { fitted, flashSizeOf } from './image'
import type { SerialPort } from './serial'
import { check, gone, pause, Trouble } from './trouble'

/** What chips have at the address that tells them apart. */
const esp8266 = 0xfff0c101
const others: Record<number, string> = {
  0x00f01d83: 'an ESP32',
  0x000007c6: 'an ESP32-S2',
  0x00000009: 'an ESP32-S3',
  0x6921506f: 'an ESP32-C3',
  0x1b31506f: 'an ESP32-C3',
  0x2ce0806f: 'an ESP32-C6',
  0xd7b73e80: 'an ESP32-H2',
}

/** What esptool-js says that the page shows better. */
const noise = /^(Writing at|esptool\.js|Serial port|Not changing|Leaving|Changed$|If the chip does not)/

/** What the ROM is spoken to at. */
const romBaud = 115200
const handFor = 120_000 // ms that a person has for the buttons

/**
 * esptool-js's way to a port, without what it writes to the console. It ends with the job: esptool-js tries again by itself, and
 * must not do so into the next job's port.
 */
class Way extends Transport {
  #signal: AbortSignal
  #ended: Promise<never>

  constructor(port: SerialPort, signal: AbortSignal) {
    super(port as never)
    this.#signal = signal
    this.#ended = new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new Trouble('cancelled', 'The job was cancelled.')))
    })
    this.#ended.catch(() => undefined)
  }

  override async write(data: Uint8Array): Promise<void> {
    check(this.#signal)
    await super.write(data)
  }

  override read(timeout: number): Promise<Uint8Array> {
    check(this.#signal)
    return Promise.race([super.read(timeout), this.#ended])
  }

  override async setSignals(dtr?: boolean, rts?: boolean, breakSignal?: boolean): Promise<void> {
    check(this.#signal)
    await super.setSignals(dtr, rts, breakSignal)
  }

  override trace(): void {
    // the job has a log of its own
  }
}

export interface Options {
  /** What is tried after the stub runs; it falls back to 115200 by itself. */
  baud: number
  signal: AbortSignal
  log: (text: string) => void
  /** Somebody has to hold FLASH and press RESET; later that it is done. */
  manual: (on: boolean) => void
}

export class Loader {
  chip: FlashChip = { name: 'ESP8266' }
  #esp: ESPLoader
  #transport: Way
  #options: Options

  private constructor(esp: ESPLoader, transport: Way, options: Options) {
    this.#esp = esp
    this.#transport = transport
    this.#options = options
  }

  /** Opens a port and gets the chip there into its loader: by its lines, else by hand. */
  static async connect(port: SerialPort, options: Options): Promise<Loader> {
    const transport = new Way(port, options.signal)
    const writeLine = (text: string) => void (noise.test(text) || options.log(text))
    const words = { clean: () => undefined, write: () => undefined, writeLine }
    const esp = new ESPLoader({ transport, baudrate: options.baud, romBaudrate: romBaud, terminal: words })
    const loader = new Loader(esp, transport, options)
    try {
      await loader.#sync()
      await loader.#identify()
      return loader
    } catch (error) {
      await loader.close()
      throw error
    }
  }

  async #sync(): Promise<void> {
    try {
      await this.#esp.connect('default_reset', 4, false)
    } catch (error) {
      check(this.#options.signal)
      if (!this.#open) throw inUse(error)
      await this.#byHand()
    }
  }

  get #open(): boolean {
    return !!(this.#transport.device as unknown as SerialPort).readable
  }

  async #byHand(): Promise<void> {
    this.#options.manual(true)
    try {
      const end = performance.now() + handFor
      while ((await this.#esp._connectAttempt('no_reset', null)) !== 'success') {
        check(this.#options.signal)
        if (!this.#open) throw gone()
        if (performance.now() > end) {
          throw new Trouble(
            'silent',
            'No board answered at this port.',
            'Look at the buttons and the cable, and try again.',
          )
        }
        await pause(200, this.#options.signal)
      }
    } finally {
      this.#options.manual(false)
    }
  }

  async #identify(): Promise<void> {
    const magic = (await this.#esp.readReg(this.#esp.CHIP_DETECT_MAGIC_REG_ADDR)) >>> 0
    if (magic !== esp8266) throw otherChip(others[magic] ?? 'a chip that is no ESP8266')
    const rom = new ESP8266ROM()
    this.#esp.chip = rom
    const mac = await rom.readMac(this.#esp)
    const id = await this.#esp.readFlashId()
    this.chip = { name: rom.CHIP_NAME, mac, flash_id: id, flash_size: flashSizeOf(id) }
  }

  /** Starts Espressif's own program in the chip's memory, which is faster than the ROM, and raises the rate. */
  async quicken(): Promise<void> {
    check(this.#options.signal)
    await this.#esp.runStub()
    if (this.#options.baud !== romBaud) await this.#esp.changeBaud()
  }

  /** The rate that is spoken by now. */
  get baud(): number {
    return this.#transport.baudrate
  }

  /** Erases all of the flash. */
  async erase(): Promise<void> {
    check(this.#options.signal)
    await this.#esp.eraseFlash()
  }

  /** Writes an image to the start of the flash. told gets how many of its bytes are over. */
  async write(image: Uint8Array, told: (done: number) => void): Promise<void> {
    const data = fitted(image, this.chip.flash_size)
    await this.#esp.writeFlash({
      fileArray: [{ data, address: 0 }],
      flashSize: 'keep',
      flashMode: 'keep',
      flashFreq: 'keep',
      eraseAll: false,
      compress: true,
      reportProgress: (_, written, total) => {
        check(this.#options.signal) // thrown here, it ends the writing between two blocks
        told(Math.round((written / total) * image.length))
      },
    })
  }

  /** Leaves the loader, for boards whose reset line is not wired. */
  async leave(): Promise<void> {
    await this.#esp.softReset(false).catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#transport.disconnect().catch(() => undefined)
  }
}

function otherChip(what: string): Trouble {
  return new Trouble(
    'other_chip',
    `This is ${what}. The gateway’s firmware is for the ESP8266.`,
    'Plug in another board.',
  )
}

/** Why a port could not be opened at all. */
function inUse(error: unknown): Error {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'InvalidStateError' || name === 'NetworkError') {
    return new Trouble(
      'busy',
      'The port cannot be opened: another program has it.',
      'Close that program, and try again.',
    )
  }
  return error instanceof Error ? error : new Error(String(error))
}
