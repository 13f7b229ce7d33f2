// A job that this page does itself, over Web Serial: the same phases as those of the gateway, shown by the same parts.
import {
  api,
  Problem,
  wordsOf,
  type Board,
  type FlashError,
  type FlashJob,
  type FlashKind,
  type FlashKit,
} from '$lib/api'
import type { FlashLine, FlashPhase, FlashPhaseName, FlashReason, NewFlashKit } from '$lib/api'
import { live, seg } from '$lib/app'
import { joined } from '../jobs'
import { Line } from './line'
import type { Loader } from './loader'
import { etaOf, LineSplitter, percentOf, phasesOf } from './progress'
import { Repl, type File } from './repl'
import { nameOf, serialOf, type SerialPort } from './serial'
import { gone, Trouble } from './trouble'
import { WiFiWatch } from './watch'

export interface Orders extends NewFlashKit {
  kind: FlashKind
  baud?: number
}

const replBaud = 115200
const usualBaud = 460800
const patience = 15 // s: MicroPython makes its file system at the first start
const handFor = 120 // s that a person has for the button
const onlineWithin = 120_000 // ms

export class LocalJob {
  /** As the gateway would tell it. */
  now = $state.raw<FlashJob>() as FlashJob
  readonly orders: Orders
  readonly port: SerialPort
  #abort = new AbortController()
  #lines = 0
  #loader: Loader | undefined
  #line: Line | undefined
  #began = 0 // of the phase that runs, as performance.now()

  constructor(port: SerialPort, orders: Orders) {
    this.port = port
    this.orders = orders
    this.now = {
      id: crypto.randomUUID(),
      kind: orders.kind,
      port: nameOf(port),
      board: orders.id,
      name: orders.name,
      template: orders.template,
      ssid: orders.wifi.ssid,
      state: 'running',
      phase: 'connect',
      phases: phasesOf(orders.kind),
      percent: 0,
      started: new Date().toISOString(),
      manual: false,
      log: [],
    }
  }

  get running(): boolean {
    return this.now.state === 'running'
  }

  /** Gives up between two blocks; the board can be flashed again. */
  cancel(): void {
    this.#abort.abort()
  }

  /** Does everything. It never rejects: how it ended is in now, when nothing of it is under way any more. */
  async run(): Promise<void> {
    const pulled = new Promise<never>((_, reject) => {
      this.port.addEventListener('disconnect', () => reject(gone()), { once: true })
    })
    const work = this.#work()
    const why = await Promise.race([work, pulled]).then(
      () => undefined,
      (error: unknown) => error ?? new Error('it is not known why'),
    )
    this.#abort.abort()
    await this.#letGo()
    await work.catch(() => undefined)
    const ended = new Date().toISOString()
    if (why) this.#failed(why, ended)
    else this.#put({ state: 'done', percent: 100, eta_s: undefined, ended })
  }

  async #work(): Promise<void> {
    const { kind, baud = usualBaud } = this.orders
    if (kind !== 'files') {
      await this.#phase('connect', () => this.#connect(baud))
      const [kit, image] = [await this.#kit(), await this.#image()]
      if (kind === 'erase') await this.#phase('erase', () => this.#loader!.erase())
      await this.#phase('write', () => this.#write(image), image.length)
      await this.#fill(kit)
    } else {
      await this.#phase('connect', async () => void (await this.#open()))
      await this.#fill(await this.#kit())
    }
  }

  /** What comes after MicroPython is on the chip. */
  async #fill(kit: FlashKit): Promise<void> {
    const repl = await this.#phase('verify', () => this.#verify())
    const files = kit.files.map(decoded)
    const size = files.reduce((sum, file) => sum + file.bytes.length, 0)
    await this.#phase('files', () => this.#push(repl, kit.prepare, files), size)
    let online: Promise<void> | undefined
    await this.#phase('restart', async () => {
      online = this.#online(kit)
      online.catch(() => undefined)
      await repl.restart()
    })
    await this.#phase('online', () => online!)
    this.#put({ suggestion: kit.suggestion })
  }

  async #connect(baud: number): Promise<void> {
    const { Loader } = await import('./loader')
    this.#loader = await Loader.connect(this.port, {
      baud,
      signal: this.#abort.signal,
      log: (text) => this.#log(text),
      manual: (on) => this.#put({ manual: on }),
    })
    this.#put({ chip: this.#loader.chip })
    await this.#loader.quicken()
    this.#put({ baud: this.#loader.baud })
  }

  async #kit(): Promise<FlashKit> {
    const { name, id, template, wifi, address } = this.orders
    const kit = await api.post<FlashKit>('/flash/kits', { name, id, template, wifi, address } satisfies NewFlashKit)
    this.orders.id = kit.board.id // whoever tries again means this board
    this.#put({ board: kit.board.id })
    this.#log(`The board is ${kit.board.id}, and will look for the gateway at ${kit.address}.`)
    return kit
  }

  async #image(): Promise<Uint8Array> {
    const answer = await api.send('GET', '/flash/image/content', { signal: this.#abort.signal })
    const image = new Uint8Array(await answer.arrayBuffer())
    const room = this.#loader?.chip.flash_size
    if (room !== undefined && image.length > room) {
      throw new Trouble(
        'image',
        'The image does not fit into the flash of this board.',
        'Take a board with 2 MB or more.',
      )
    }
    return image
  }

  async #write(image: Uint8Array): Promise<void> {
    const loader = this.#loader!
    await loader.write(image, (done) => this.#progress('write', done))
    await loader.leave()
    await loader.close()
    this.#loader = undefined
  }

  async #open(): Promise<Line> {
    const line = await Line.open(this.port, replBaud, this.#abort.signal).catch(() => {
      throw new Trouble(
        'busy',
        'The port cannot be opened: another program has it.',
        'Close that program, and try again.',
      )
    })
    this.#line = line
    return line
  }

  async #verify(): Promise<Repl> {
    const fresh = !this.#line
    const line = this.#line ?? (await this.#open())
    if (fresh) await line.reset()
    const repl = await this.#enter(line)
    const { ok, release } = await repl.firmware()
    if (!ok) throw new Trouble('flash', 'What is on the chip is not what was written.', 'Try again, at a lower rate.')
    this.#log(`MicroPython ${release} runs.`)
    return repl
  }

  /** Gets hold of MicroPython; a board whose reset is not wired has to be helped. */
  async #enter(line: Line): Promise<Repl> {
    try {
      return await Repl.enter(line, this.#abort.signal, patience)
    } catch (error) {
      if (!(error instanceof Trouble && error.reason === 'files')) throw error
    }
    this.#put({ manual: true })
    try {
      return await Repl.enter(line, this.#abort.signal, handFor)
    } finally {
      this.#put({ manual: false })
    }
  }

  async #push(repl: Repl, prepare: string, files: File[]): Promise<void> {
    await repl.prepare(prepare)
    let over = 0
    for (const file of files) {
      await repl.put(file, (done) => this.#progress('files', over + done))
      over += file.bytes.length
    }
  }

  /** Resolves when the board has come online with its new key; rejects when its boot log says why it will not. */
  #online(kit: FlashKit): Promise<void> {
    const { id, connected_at: before } = kit.board
    const watch = new WiFiWatch(this.orders.wifi.ssid)
    const ends: (() => void)[] = []
    const came = new Promise<void>((resolve, reject) => {
      const see = (board?: Board) => {
        if (board?.id === id && board.state === 'online' && board.build && board.connected_at !== before) resolve()
      }
      const ask = () => void api.get<Board>(`/boards/${seg(id)}`).then(see, () => undefined)
      ends.push(
        live.on('board', (change) => see(change.board)),
        live.on('fresh', ask),
      )
      const splitter = new LineSplitter((text) => {
        this.#log(text, 'board')
        const why = watch.line(text)
        if (why) reject(why)
      })
      this.#line!.onBytes = (bytes) => splitter.add(bytes)
      const timer = setTimeout(() => reject(late(kit.address)), onlineWithin)
      ends.push(() => clearTimeout(timer))
      this.#abort.signal.addEventListener('abort', () => reject(new Trouble('cancelled', 'The job was cancelled.')))
    })
    return came.finally(() => ends.forEach((end) => end()))
  }

  async #phase<T>(name: FlashPhaseName, run: () => Promise<T>, total = 0): Promise<T> {
    this.#began = performance.now()
    this.#change(name, { state: 'running', total })
    this.#put({ phase: name })
    const got = await run()
    this.#change(name, { state: 'done', done: total })
    return got
  }

  #progress(name: FlashPhaseName, done: number): void {
    this.#change(name, { done })
    const rate = done / Math.max(0.2, (performance.now() - this.#began) / 1000)
    this.#put({ eta_s: etaOf(this.now.phases, rate), ...(name === 'write' && { rate: Math.round(rate) }) })
  }

  #change(name: FlashPhaseName, change: Partial<FlashPhase>): void {
    const phases = this.now.phases.map((p) => (p.name === name ? { ...p, ...change } : p))
    this.#put({ phases, percent: percentOf(phases), eta_s: etaOf(phases, 0) })
  }

  #put(change: Partial<FlashJob>): void {
    this.now = { ...this.now, ...change }
  }

  #log(text: string, from: FlashLine['from'] = 'gateway'): void {
    const line = { n: ++this.#lines, at: new Date().toISOString(), from, text: text.trimEnd() }
    if (line.text) this.#put({ log: joined(this.now.log, [line]) })
  }

  #failed(error: unknown, ended: string): void {
    const why = explained(error, this.now.phase)
    if (!(error instanceof Trouble)) this.#log(wordsOf(error))
    const phases = this.now.phases.map((p) => (p.state === 'running' ? { ...p, state: 'failed' as const } : p))
    const state = why.reason === 'cancelled' ? 'cancelled' : 'failed'
    this.#put({ state, phases, error: why, manual: false, eta_s: undefined, ended })
  }

  async #letGo(): Promise<void> {
    await this.#loader?.close()
    await this.#line?.close()
  }
}

function decoded({ path, sha256, data }: FlashKit['files'][number]): File {
  return { path, sha256, bytes: Uint8Array.from(atob(data), (c) => c.charCodeAt(0)) }
}

function late(address: string): Trouble {
  return new Trouble('online', `The board runs, but has not come to the gateway at ${address} within two minutes.`)
}

const failures: Partial<Record<FlashPhaseName, [FlashReason, string]>> = {
  connect: ['silent', 'The board does not answer as it should.'],
  erase: ['flash', 'The flash could not be erased.'],
  write: ['flash', 'The flash could not be written.'],
  verify: ['files', 'What was written could not be checked.'],
  files: ['files', 'The files could not be put on the board.'],
}

/** Why a phase failed, for what was thrown there. The gateway's own words are passed on; a tool's are in the log. */
function explained(error: unknown, phase: FlashPhaseName): FlashError {
  if (error instanceof Trouble) {
    return { code: 'unavailable', reason: error.reason, detail: error.message, remedy: error.remedy }
  }
  const [reason, detail] = failures[phase] ?? ['internal', wordsOf(error)]
  if (error instanceof Problem) return { code: error.code, reason: 'internal', detail: error.message }
  return { code: 'unavailable', reason, detail }
}

/** The job of this page, if there was one. It outlives the visit to another page, but not a reload. */
class Local {
  job = $state.raw<LocalJob>()

  begin(port: SerialPort, orders: Orders): LocalJob {
    this.job = new LocalJob(port, orders)
    void this.job.run()
    return this.job
  }

  /** The same once more, or with something changed. A board that was plugged in anew may have got another port. */
  async again(job: LocalJob, how: Partial<Orders>): Promise<void> {
    const ports = (await serialOf(navigator)?.getPorts()) ?? []
    const like = (port: SerialPort) => nameOf(port) === nameOf(job.port)
    const port = ports.includes(job.port) ? job.port : (ports.find(like) ?? job.port)
    this.begin(port, { ...job.orders, ...how })
  }
}

export const local = new Local()
