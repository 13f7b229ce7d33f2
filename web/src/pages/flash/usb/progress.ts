// How far a job in this page is, and how long it will take.
import type { FlashKind, FlashPhase, FlashPhaseName } from '$lib/api'

/** Seconds that a phase takes on a usual board when there is nothing better to go by. */
const usual: Record<FlashPhaseName, number> = {
  connect: 3,
  erase: 12,
  write: 20,
  verify: 4,
  files: 12,
  restart: 3,
  online: 8,
}

const order: FlashPhaseName[] = ['connect', 'erase', 'write', 'verify', 'files', 'restart', 'online']

/** The phases of a job of that kind, all of them waiting. */
export function phasesOf(kind: FlashKind): FlashPhase[] {
  const without: FlashPhaseName[] = kind === 'flash' ? ['erase'] : kind === 'files' ? ['erase', 'write'] : []
  return order.filter((name) => !without.includes(name)).map((name) => ({ name, state: 'waiting', done: 0, total: 0 }))
}

/** How much of a phase is over, 0 to 1. */
function part({ state, done, total }: FlashPhase): number {
  if (state === 'done' || state === 'skipped') return 1
  return state === 'running' && total > 0 ? done / total : 0
}

/** 0 to 100, by the time that the phases usually take. */
export function percentOf(phases: FlashPhase[]): number {
  const all = phases.reduce((sum, p) => sum + usual[p.name], 0)
  const over = phases.reduce((sum, p) => sum + usual[p.name] * part(p), 0)
  return Math.floor((100 * over) / all)
}

/** Seconds that are left. rate: bytes a second of the phase that runs; 0 when it is not known. */
export function etaOf(phases: FlashPhase[], rate: number): number {
  const left = (p: FlashPhase) => {
    if (p.state === 'running' && p.total > 0 && rate > 0) return (p.total - p.done) / rate
    return usual[p.name] * (1 - part(p))
  }
  return Math.round(phases.reduce((sum, p) => sum + left(p), 0))
}

/** Tells the lines of a text that comes in pieces of any size; what is no text (a chip at another rate) is left out. */
export class LineSplitter {
  #rest = ''
  #told: (line: string) => void

  constructor(told: (line: string) => void) {
    this.#told = told
  }

  /** bytes: a character each. */
  add(bytes: string): void {
    const lines = (this.#rest + bytes).split('\n')
    this.#rest = lines.pop()!.slice(-2000)
    for (const line of lines) {
      const text = readable(line)
      if (text) this.#told(text)
    }
  }
}

function readable(line: string): string {
  const text = new TextDecoder().decode(Uint8Array.from(line, (c) => c.charCodeAt(0)))
  // eslint-disable-next-line no-control-regex
  const odd = text.match(/[\uFFFD\x00-\x08\x0e-\x1f\x7f]/g)?.length ?? 0
  if (odd * 5 > text.length) return ''
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\uFFFD\x00-\x08\x0e-\x1f\x7f\r]/g, '').trimEnd()
}
