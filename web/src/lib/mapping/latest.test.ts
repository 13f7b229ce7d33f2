import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { latest } from './latest'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Calls whose answers the test gives. */
function slow() {
  const calls: { signal: AbortSignal; answer: (v: string) => void; fail: (e: unknown) => void }[] = []
  const call = (signal: AbortSignal) =>
    new Promise<string>((answer, fail) => {
      calls.push({ signal, answer, fail })
    })
  return { calls, call }
}

it('asks the first time at once, then when typing pauses', async () => {
  const { calls, call } = slow()
  const q = latest(
    150,
    call,
    () => {},
    () => {},
  )
  q.ask()
  await vi.advanceTimersByTimeAsync(0)
  expect(calls).toHaveLength(1)
  for (let i = 0; i < 5; i++) {
    q.ask()
    await vi.advanceTimersByTimeAsync(50)
  }
  expect(calls).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(150)
  expect(calls).toHaveLength(2)
})

it('drops the answers and faults that were overtaken', async () => {
  const { calls, call } = slow()
  const got: unknown[] = []
  const q = latest(
    10,
    call,
    (a) => got.push(a),
    (f) => got.push(f),
  )
  for (let i = 0; i < 3; i++) {
    q.ask()
    await vi.advanceTimersByTimeAsync(20)
  }
  expect(calls.map((c) => c.signal.aborted)).toEqual([true, true, false])
  calls[2]!.answer('third')
  calls[0]!.answer('first')
  calls[1]!.fail(new Error('second'))
  await vi.advanceTimersByTimeAsync(0)
  expect(got).toEqual(['third'])
  expect(q.busy()).toBe(false)
  expect(q.last()).toBe('third')
})

it('says nothing after it was stopped', async () => {
  const { calls, call } = slow()
  const got: unknown[] = []
  const q = latest(
    10,
    call,
    (a) => got.push(a),
    (f) => got.push(f),
  )
  q.ask()
  await vi.advanceTimersByTimeAsync(20)
  q.stop()
  calls[0]!.answer('late')
  await vi.advanceTimersByTimeAsync(20)
  expect(calls[0]!.signal.aborted).toBe(true)
  expect(got).toEqual([])
})
