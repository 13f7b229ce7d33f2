import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Feed } from './feed.svelte'
import { message } from './testing'
import type { Message } from './types'

const mock = vi.hoisted(() => ({
  frames: [] as ((now: number) => void)[],
  recorded: [] as unknown[],
  values: [] as unknown[],
  asked: [] as string[],
  handlers: new Map<string, (data: unknown) => void>(),
  /** Set to hold the answer of /traffic back. */
  gate: Promise.resolve() as Promise<void>,
}))
vi.mock('$lib/api', () => ({
  wordsOf: (e: unknown) => String(e),
  api: {
    get: async (path: string, o: { query: Record<string, unknown> }) => {
      mock.asked.push(`${path} ${String(o.query['filter'])} ${String(o.query['text'] ?? '')}`.trim())
      if (path === '/state') return { items: mock.values }
      await mock.gate
      const before = Number(o.query['before'] ?? Infinity)
      return { items: (mock.recorded as Message[]).filter((m) => m.seq < before), first_seq: 1, last_seq: 9 }
    },
  },
}))
vi.mock('$lib/app', () => ({
  live: {
    on: (name: string, handler: (data: unknown) => void) => {
      mock.handlers.set(name, handler)
      return () => mock.handlers.delete(name)
    },
    watch: () => Promise.resolve(),
    unwatch: () => undefined,
  },
}))

let clock = 0
beforeEach(() => {
  vi.stubGlobal('requestAnimationFrame', (f: (now: number) => void) => mock.frames.push(f))
  vi.stubGlobal('cancelAnimationFrame', () => undefined)
  Object.assign(mock, { recorded: [], values: [], gate: Promise.resolve() })
  mock.asked.length = 0
  mock.frames.length = 0
})
afterEach(() => vi.unstubAllGlobals())

/** Lets a frame pass, as the browser would. */
function frame() {
  clock += 200
  mock.frames.splice(0).forEach((f) => f(clock))
}
const settled = () => vi.waitFor(() => expect(mock.asked.filter((a) => a.startsWith('/state'))).not.toHaveLength(0))
const seqs = (f: Feed) => f.shown.map((m) => m.seq)
const batch = (...items: Message[]) => ({ items, missed: 0, sampled: false })

async function loaded(...recorded: Message[]): Promise<Feed> {
  mock.recorded = recorded
  const f = new Feed()
  f.follow()
  await settled()
  await vi.waitFor(() => expect(f.loading).toBe(false))
  return f
}

it('shows what was recorded, then what comes', async () => {
  const f = await loaded(message(1), message(2))
  expect(seqs(f)).toEqual([1, 2])
  f.take(batch(message(3)))
  expect(seqs(f)).toEqual([1, 2])
  frame()
  expect(seqs(f)).toEqual([1, 2, 3])
})

it('loses nothing that comes while it asks', async () => {
  let open = () => {}
  mock.gate = new Promise((resolve) => (open = resolve))
  mock.recorded = [message(1), message(2)]
  const f = new Feed()
  f.follow()
  await vi.waitFor(() => expect(mock.asked).toHaveLength(1))
  f.take(batch(message(2), message(3)))
  open()
  await settled()
  expect(seqs(f)).toEqual([1, 2, 3])
})

it('stands still while it is held, and says how many wait', async () => {
  const f = await loaded(message(1))
  f.hold.set('pointer', true)
  f.take(batch(message(2), message(3)))
  frame()
  expect([seqs(f), f.waiting]).toEqual([[1], 2])
  f.hold.set('pointer', false)
  f.draw()
  expect([seqs(f), f.waiting]).toEqual([[1, 2, 3], 0])
})

it('goes on where it was paused', async () => {
  const f = await loaded(message(1))
  f.pause()
  f.take(batch(message(2)))
  frame()
  expect(seqs(f)).toEqual([1])
  f.pause()
  expect(seqs(f)).toEqual([1, 2])
})

it('filters what is here at once, and counts only what matches', async () => {
  const f = await loaded(message(1, 'home/a'), message(2, 'other'))
  f.filter('home/#')
  expect(seqs(f)).toEqual([1])
  f.hold.set('pointer', true)
  f.take(batch(message(3, 'other'), message(4, 'home/b')))
  expect(f.waiting).toBe(1)
})

it('asks the gateway for the filter and the text', async () => {
  const f = await loaded()
  f.filter('home/# On')
  await f.load()
  expect(mock.asked).toContain('/traffic home/# on')
  expect(mock.asked).toContain('/state home/#')
})

it('begins anew when the gateway was started anew', async () => {
  const f = await loaded(message(100))
  mock.handlers.get('hello')!({ started_at: 'monday' })
  mock.recorded = [message(5)]
  mock.handlers.get('hello')!({ started_at: 'tuesday' })
  await vi.waitFor(() => expect(seqs(f)).toEqual([5]))
})

it('weighs sampled messages in the rates, and says what is left out', async () => {
  const f = await loaded()
  f.take({ items: [message(1, 'a'), message(2, 'a')], missed: 18, sampled: true })
  expect(f.missed).toBe(18)
  expect(f.tree.get('a')!.rate.perSecond(Date.parse(message(2).at))).toBeGreaterThan(1.5)
})

it('fills the tree with last values', async () => {
  mock.values = [{ ...message(1, 'home/attic/temp', '19.5'), retained: true }]
  const f = await loaded()
  expect(f.tree.get('home/attic/temp')?.last?.payload).toBe('19.5')
})
