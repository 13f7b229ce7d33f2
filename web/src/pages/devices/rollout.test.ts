import { expect, test } from 'vitest'
import type { Board, Rollout, Turn } from '$lib/api'
import { followed, rolloutWords, share, turnWords } from './rollout'

const counts = { waiting: 0, updating: 0, done: 0, failed: 0, skipped: 0, cancelled: 0 }
const rollout = (more: Partial<Rollout> = {}) =>
  ({ id: 'r', version: 'v2', state: 'running', counts, boards: [], ...more }) as Rollout
const turn = (id: string, state: Turn['state']): Turn => ({ id, state })

test('what is told of a rollout goes to the boards it is about', () => {
  const before = rollout({ boards: [turn('a', 'waiting'), turn('b', 'waiting')] })
  const now = followed(before, {
    rollout: rollout({ counts: { ...counts, updating: 1 } }),
    boards: [turn('b', 'updating')],
  })
  expect(now?.boards?.map((t) => t.state)).toEqual(['waiting', 'updating'])
  expect(now?.counts.updating).toBe(1)
})

test('another rollout, or one that is not known yet, is asked for', () => {
  expect(followed(null, { rollout: rollout(), boards: [] })).toBeUndefined()
  expect(followed(rollout({ id: 'old' }), { rollout: rollout(), boards: [] })).toBeUndefined()
})

test('says how it goes, and never that all have it when one has not', () => {
  expect(rolloutWords(rollout({ counts: { ...counts, waiting: 2, done: 1 } }))).toBe(
    'Updating 3 boards to v2: 1 through, 2 to go.',
  )
  expect(rolloutWords(rollout({ state: 'failed', counts: { ...counts, done: 1, failed: 1, skipped: 3 } }))).toBe(
    'The update to v2 failed on 1 of 5 boards; 1 has it, 3 were left as they are.',
  )
  expect(rolloutWords(rollout({ state: 'cancelled', counts: { ...counts, done: 1, skipped: 1 } }))).toContain('1 of 2')
  expect(share(rollout({ counts: { ...counts, waiting: 1, done: 3 } }))).toBe(0.75)
})

test('says of a board that is away that it is waited for', () => {
  expect(turnWords(turn('a', 'waiting'), { id: 'a' } as Board)).toContain('when it comes back')
  expect(turnWords(turn('a', 'waiting'), { id: 'a', connected_at: 'x' } as Board)).toBe('its turn has not come')
  const update = { state: 'sending', sent: 50, total: 200 }
  expect(turnWords(turn('a', 'updating'), { id: 'a', update } as Board)).toBe('25 % fetched')
})
