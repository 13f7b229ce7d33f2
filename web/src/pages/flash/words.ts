// What the page says of flashing.
import type { FlashChip, FlashJob, FlashPhase, FlashPhaseName, FlashPort, FlashReason } from '$lib/api'
import type { Tone } from '$lib/ui'
import { bytes, span } from '$lib/format'

const phaseNames: Record<FlashPhaseName, string> = {
  connect: 'Reach the board',
  erase: 'Erase its flash',
  write: 'Write MicroPython',
  verify: 'Check what was written',
  files: 'Put the files on it',
  restart: 'Restart it',
  online: 'Wait for it to come online',
}

export const phaseName = (name: FlashPhaseName) => phaseNames[name]

export const toneOf = (job: FlashJob): Tone =>
  ({ running: 'wait', done: 'good', failed: 'bad', cancelled: 'off' })[job.state] as Tone

/** Where a job is, in a word or two for its badge. */
export function stateWord(job: FlashJob): string {
  return { running: 'under way', done: 'online', failed: 'failed', cancelled: 'cancelled' }[job.state]
}

/** How far a phase is: "412 KB of 640 KB" while there is something to count. */
export function phaseWords(phase: FlashPhase): string {
  switch (phase.state) {
    case 'waiting':
      return ''
    case 'skipped':
      return 'not needed'
    case 'failed':
      return 'failed'
    case 'done':
      return phase.total > 0 ? bytes(phase.total) : 'done'
  }
  return phase.total > 0 ? `${bytes(phase.done)} of ${bytes(phase.total)}` : 'under way'
}

/** "about 40 s left, 38 KB/s". */
export function paceWords(job: FlashJob): string {
  if (job.state !== 'running') return ''
  const left = job.eta_s === undefined ? '' : `about ${span(job.eta_s * 1000)} left`
  const rate = job.phase === 'write' && job.rate ? `${bytes(job.rate)}/s` : ''
  return [left, rate].filter(Boolean).join(', ')
}

/** "CH340 at ttyUSB0"; the port's own name where the adapter is not known. */
export function portName(port: FlashPort): string {
  const short = port.name.replace(/^\/dev\//, '')
  return port.adapter ? `${port.adapter} at ${short}` : short
}

/** "ESP8266, 4 MB of flash, 5c:cf:7f:01:02:03". */
export function chipWords(chip: FlashChip): string {
  const size = chip.flash_size ? `${sizeOf(chip.flash_size)} of flash` : ''
  return [chip.name, size, chip.mac].filter(Boolean).join(', ')
}

/** A flash's size as it stands on its label: 4 MB is 4 × 1024 × 1024. */
export function sizeOf(n: number): string {
  return n < 1 << 20 ? `${n >> 10} KB` : `${n / (1 << 20)} MB`
}

/** What a person can try when a job failed for this reason, besides the buttons, whose picture belongs to "silent". */
export function helpOf(reason: FlashReason): string[] {
  switch (reason) {
    case 'silent':
      return [
        'Take another cable: some only charge. When a board is plugged in, a port has to appear in the list.',
        'Go slower: long or thin cables do not carry 460800 baud.',
        'Take off what is wired to D3, D4, D8, RX or TX: it can keep the board from starting as it should.',
      ]
    case 'flash':
      return ['Go slower, and try another cable or USB socket.', 'Erase the flash and start over.']
    case 'files':
      return ['Try again. If MicroPython does not answer, erase the flash and start over.']
    case 'gone':
      return ['Plug the board in again, firmly, and try again. A hub without its own power may give too little.']
    case 'busy':
      return [
        'Close the other program that uses the port: a serial monitor, an editor for boards, another page like this.',
      ]
    case 'wifi':
      return [
        'Look at the name and password of the Wi-Fi: upper and lower case count.',
        'The board knows 2.4 GHz only. A router that has one name for both bands is fine; a network with 5 GHz only is not.',
      ]
    case 'online':
      return [
        'Is the address that the board was told reachable from its Wi-Fi? A guest network often is cut off from the rest.',
        'Read what it says in its log below.',
      ]
    case 'image':
      return ['Choose another image. It has to be MicroPython for ESP8266_GENERIC.']
    case 'other_chip':
      return ['Only boards with an ESP8266 can be flashed from here: NodeMCU, D1 mini, ESP-12 and the like.']
  }
  return []
}
