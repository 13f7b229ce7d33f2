import type { Board, Rollout, RolloutChange, Turn } from '$lib/api'
import type { Tone } from '$lib/ui'
import { count } from '$lib/format'

/** The rollout with what was told of it; undefined when it is another one, or not known yet: ask then. */
export function followed(rollout: Rollout | null | undefined, change: RolloutChange): Rollout | undefined {
  if (!rollout?.boards || rollout.id !== change.rollout.id) return undefined
  const turns = new Map(change.boards.map((t) => [t.id, t]))
  return { ...change.rollout, boards: rollout.boards.map((t) => turns.get(t.id) ?? t) }
}

export const goesOn = (r?: Rollout | null) => r?.state === 'running' || r?.state === 'stopping'

const total = (r: Rollout) => Object.values(r.counts).reduce((sum, n) => sum + n, 0)

/** Share of the boards that are through, 0 to 1. */
export const share = (r: Rollout) => 1 - (r.counts.waiting + r.counts.updating) / Math.max(1, total(r))

/** How a rollout goes, or went, as a sentence. */
export function rolloutWords(r: Rollout): string {
  const { done, failed, skipped } = r.counts
  const boards = count(total(r), 'board')
  switch (r.state) {
    case 'running':
      return `Updating ${boards} to ${r.version}: ${done + skipped} through, ${failed ? `${failed} failed, ` : ''}${r.counts.waiting + r.counts.updating} to go.`
    case 'stopping':
      return `No further board is updated to ${r.version}; ${r.counts.updating} under way.`
    case 'done':
      return `All of ${boards} run ${r.version}.`
    case 'cancelled':
      return `The update to ${r.version} was cancelled: ${done} of ${boards} had it by then.`
  }
  return `The update to ${r.version} failed on ${failed} of ${boards}; ${done} ${done === 1 ? 'has' : 'have'} it${skipped ? `, ${skipped} were left as they are` : ''}.`
}

export const rolloutTone = (r: Rollout) =>
  (({ done: 'good', failed: 'bad', cancelled: 'warn' }) as const)[r.state as 'done'] ?? 'info'

export const turnTone = (t: Turn): Tone =>
  ({ waiting: 'wait', updating: 'info', done: 'good', failed: 'bad', skipped: 'off', cancelled: 'warn' })[
    t.state
  ] as Tone

/** What a board's part is, in words; board is what is known of it now. */
export function turnWords(t: Turn, board?: Board): string {
  if (t.state === 'waiting') {
    if (!board) return 'its turn has not come'
    return board.connected_at ? 'its turn has not come' : 'is not connected: updated when it comes back, within a day'
  }
  const u = board?.update
  if (t.state !== 'updating') return t.reason ?? ''
  if (u?.state === 'restarting') return 'starts the new build'
  return u?.state === 'sending' && u.total ? `${Math.floor((100 * u.sent) / u.total)} % fetched` : 'is asked'
}
