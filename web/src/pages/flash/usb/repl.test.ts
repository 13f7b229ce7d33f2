import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { FakeBoard, type Manners } from './fakeboard'
import { Line, Silence } from './line'
import { Repl, Traceback } from './repl'
import { Trouble } from './trouble'

const file = (path: string, size: number) => {
  const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7) & 0xff)
  return { path, bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}

async function enter(manners: Partial<Manners> = {}, tries = 3) {
  const board = new FakeBoard(manners)
  const job = new AbortController()
  const line = await Line.open(board, 115200, job.signal)
  return { board, job, line, repl: await Repl.enter(line, job.signal, tries) }
}

test.each<[string, Partial<Manners>]>([
  ['raw paste', {}],
  ['raw paste by one byte', { window: 1 }],
  ['no raw paste', { paste: 'no' }],
  ['a MicroPython of before raw paste', { paste: 'old' }],
])('a file arrives whole by %s', async (_, manners) => {
  const { board, repl, line } = await enter(manners)
  const sent = file('/a/lib/aio.mpy', 1000)
  const told: number[] = []
  await repl.put(sent, (done) => told.push(done))
  expect([...board.files.keys()]).toEqual(['/a/lib/aio.mpy'])
  expect(board.files.get('/a/lib/aio.mpy')!.equals(sent.bytes)).toBe(true)
  expect(told.at(-1)).toBe(1000)
  expect([...told].sort((a, b) => a - b)).toEqual(told)
  if (manners.paste === undefined) expect(board.most).toBeLessThanOrEqual(manners.window ?? 32)
  await line.close()
})

test('what is there already is not sent again', async () => {
  const { board, repl } = await enter()
  const sent = file('/main.py', 700)
  await repl.put(sent, () => undefined)
  const told: number[] = []
  await repl.put(sent, (done) => told.push(done))
  expect([told, board.files.size]).toEqual([[700], 1])
})

test('a file that is not on the board as it was sent does not take its place', async () => {
  const { board, repl } = await enter({ forgetful: true })
  await expect(repl.put(file('/main.py', 50), () => undefined)).rejects.toThrow('/main.py is not what was sent')
  expect(board.files.has('/main.py')).toBe(false)
})

test('an error of the board is told in its own words', async () => {
  const { repl } = await enter()
  await expect(repl.exec('raise ValueError(7)')).rejects.toThrow(Traceback)
  expect(await repl.exec('print()')).toBe('said\r\n')
})

test('what a board is made of is asked for', async () => {
  const { repl } = await enter()
  expect(await repl.firmware()).toEqual({ ok: true, release: '1.27.0', flash: 4194304 })
})

test('a board that is busy is asked again', async () => {
  const { repl } = await enter({ deaf: 1 })
  expect(await repl.exec('print()')).toBe('said\r\n')
})

test('a board that never answers is given up', async () => {
  await expect(enter({ deaf: 9 }, 1)).rejects.toThrow('MicroPython does not answer')
})

test('who waits learns that the cable was pulled, that the job was cancelled, that nothing comes', async () => {
  const board = new FakeBoard()
  const job = new AbortController()
  const line = await Line.open(board, 115200, job.signal)
  await expect(line.until('never', 10)).rejects.toThrow(Silence)
  const pulled = line.until('never', 60_000)
  board.pull()
  await expect(pulled).rejects.toMatchObject({ reason: 'gone' })

  const other = await Line.open(new FakeBoard(), 115200, job.signal)
  const cancelled = other.until('never', 60_000)
  job.abort()
  await expect(cancelled).rejects.toThrow(Trouble)
})
