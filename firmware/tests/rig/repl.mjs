// A board's UART on standard input and output: MicroPython boots, runs /main.py, and has its REPL there, friendly and raw.
//
//   node repl.mjs --dir DIR [--cause N] [--raw] [--wifi wrong] [--flash BYTES]
//
// --dir    the flash: files/ is its file system, flash.bin its bytes      --cause  what machine.reset_cause() says
// --raw    boot into the raw REPL, as after a soft reset out of it        --wifi   no password is right
//
// --flash  how large MicroPython takes the flash for; with 0 there is no file system
//
// Descriptor 3 gets a line for each pin that changes. Exit codes: 73 and 74 after a soft reset (out of the raw REPL or the
// friendly one), 75 after machine.reset(), 76 when the watchdog bit.
import path from 'node:path'
import { parseArgs } from 'node:util'
import { chip } from './chip.mjs'
import { load, RESET } from './machine.mjs'
import { Repl } from './raw.mjs'
import { Uart } from './uart.mjs'

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    cause: { type: 'string', default: '0' },
    raw: { type: 'boolean', default: false },
    wifi: { type: 'string', default: '' },
    flash: { type: 'string' },
  },
})

const uart = new Uart()
const board = await load({
  dir: options.flash === '0' ? undefined : path.join(options.dir, 'files'),
  cause: Number(options.cause),
  output: { stdout: (c) => uart.put(c[0]), stderr: (c) => uart.put(c[0]), linebuffer: false },
  rig: { exit, wrote, ...chip(path.join(options.dir, 'flash.bin'), options.flash) },
  imports: (env) => uart.hook(env),
})
const { python } = board
const repl = new Repl(python, uart, (raw) => finish(raw ? 73 : 74))

function finish(code) {
  uart.flush()
  board.finish(code)
}

// asyncio.run has ended: with 0 the sketch is done, and with 1 it failed, which main.py answers with a restart.
function exit(code) {
  if (code > 1) finish(code)
  if (code === 1) setTimeout(finish, 3000, RESET)
  else setTimeout(() => board.pending() || repl.start(false))
}

// What the board writes is on the flash soon after, whenever the power goes.
let saving
function wrote() {
  saving ??= setTimeout(() => {
    saving = null
    board.flash.save()
  }, 20)
  return 0
}

process.on('uncaughtException', (e) => {
  uart.print(`${e.message ?? e}\n`)
  uart.flush()
})

board.start()
python.runPython('import _chip')
if (options.wifi === 'wrong') python.runPython('_chip.wrong_password()')
if (options.flash === '0') python.runPython('_chip.no_files()')
uart.attach(python._module)

/** Run a file of the flash, as the boot does; what goes wrong is printed. */
function runFile(name) {
  if (!python.FS.analyzePath(name).exists) return
  try {
    uart.running = true
    python.runPython(`exec(compile(open(${JSON.stringify(name)}).read(), ${JSON.stringify(name.slice(1))}, 'exec'))`)
  } catch (e) {
    if (e.type !== 'SystemExit') uart.print(`${e.message}\n`)
  } finally {
    uart.running = false
  }
}

if (options.cause === '4') uart.print('MPY: soft reboot\r\n')
runFile('/boot.py')
if (!options.raw) runFile('/main.py')
if (!board.pending()) repl.start(options.raw)
board.flash.save()

uart.listen((bytes) => {
  if (board.pending()) {
    // The sketch runs: nobody reads, but Ctrl-C ends it.
    if (!uart.keep(bytes)) return
    python.pyimport('_chip').stop()
    uart.print('Traceback (most recent call last):\n  File "main.py", in <module>\nKeyboardInterrupt: \n')
    repl.start(false)
  } else repl.feed(bytes)
  board.flash.save() // before the host hears that it is done
  uart.flush()
})
