import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { toasts } from './toasts.svelte'

const texts = () => toasts.items.map((t) => t.text)

beforeEach(() => {
  vi.useFakeTimers()
  toasts.items = []
})
afterEach(() => vi.useRealTimers())

test('a note goes by itself, later when it can be undone', () => {
  toasts.done('saved')
  toasts.done('deleted', async () => undefined)
  vi.advanceTimersByTime(5000)
  expect(texts()).toEqual(['deleted'])
  vi.advanceTimersByTime(8000)
  expect(texts()).toEqual([])
})

test('at most three are shown, the oldest goes', () => {
  for (const text of ['a', 'b', 'c', 'd']) toasts.done(text)
  expect(texts()).toEqual(['b', 'c', 'd'])
})

test('undo runs once, and says how it went', async () => {
  const undo = vi.fn(async () => undefined)
  toasts.done('deleted', undo)
  const id = toasts.items[0].id
  await Promise.all([toasts.undo(id), toasts.undo(id)])
  expect(undo).toHaveBeenCalledOnce()
  expect(texts()).toEqual(['Undone.'])
})

test('an undo that is refused says why', async () => {
  toasts.done('deleted', async () => {
    throw new Error('it was changed since')
  })
  await toasts.undo(toasts.items[0].id)
  expect(texts()).toEqual(['Not undone. It was changed since.'])
})
