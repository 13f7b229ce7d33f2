import type { Step, Trace } from './types'

/** One way a message took, or did not take: a rule and what came of it, or something that needs no rule. */
export interface Branch {
  rule?: string
  /** Whether it arrived somewhere, was held back on purpose, or failed. */
  end: 'sent' | 'held' | 'failed'
  steps: Step[]
}

export interface Ways {
  /** How the message came in. */
  entry?: Step
  branches: Branch[]
}

/** Reasons that are somebody's intention, or nobody's fault. */
const intended = new Set([
  'when',
  'rate',
  'rate_held',
  'dedupe',
  'deadband',
  'loop',
  'hops',
  'echo',
  'disabled',
  'nobody',
  'command',
  'system',
])

/**
 * Sorts the steps of a trace into ways, those that arrived first. The answer to why something did not arrive is a chain
 * that leads to the reason: it keeps its order.
 */
export function ways(trace: Trace): Ways {
  const entry = trace.steps.find((s) => s.kind === 'in')
  const byRule = new Map<string, Branch>()
  const branches: Branch[] = []
  for (const step of trace.steps) {
    if (step === entry) continue
    const known = step.rule ? byRule.get(step.rule) : undefined
    if (known) known.steps.push(step)
    else {
      const branch: Branch = { end: 'sent', steps: [step], ...(step.rule ? { rule: step.rule } : {}) }
      branches.push(branch)
      if (step.rule) byRule.set(step.rule, branch)
    }
  }
  for (const b of branches) b.end = endOf(b)
  const rank = { sent: 0, failed: 1, held: 2 }
  if (!workedOut(trace)) branches.sort((a, b) => rank[a.end] - rank[b.end])
  return entry ? { entry, branches } : { branches }
}

/** Whether all of a trace was worked out when asked. */
export function workedOut(trace: Trace): boolean {
  return trace.steps.every((s) => s.recomputed)
}

/** What a step says beside the chips with its rule and its target. */
export function stepText(step: Step): string {
  const text = step.rule ? step.text.replace(`mapping ${step.rule}: `, '') : step.text
  if (step.kind !== 'socketio' || !step.rule || !step.receivers) return text
  return `${step.receivers} ${step.receivers === 1 ? 'browser' : 'browsers'}${step.slow ? `, ${step.slow} too slow` : ''}`
}

function endOf(b: Branch): Branch['end'] {
  const [first] = b.steps
  if (b.steps.length === 1 && first?.kind === 'rule' && !first.rule && !first.recomputed) return 'held' // no rule at all
  const held = b.steps.find((s) => s.reason !== undefined && s.reason !== '')
  const dropped = b.steps.some((s) => s.kind === 'drop')
  if (!held && !dropped) return 'sent'
  return held?.reason && intended.has(held.reason) ? 'held' : 'failed'
}

/** The time from one step to the next, as `0.1 ms`; empty where either is not known. */
export function between(before: Step | undefined, after: Step): string {
  if (before?.at_us === undefined || after.at_us === undefined || after.recomputed) return ''
  return duration(after.at_us - before.at_us)
}

/** Microseconds in the unit a person would say. */
export function duration(us: number): string {
  if (us < 0) return ''
  if (us < 100) return '<0.1 ms'
  if (us < 10_000) return `${(us / 1000).toFixed(1)} ms`
  if (us < 1_000_000) return `${Math.round(us / 1000)} ms`
  return `${(us / 1_000_000).toFixed(1)} s`
}

/** Whose colour a step has. */
export function sideOf(step: Step): 'mqtt' | 'sio' | '' {
  if (step.kind === 'mqtt' || step.kind === 'link') return 'mqtt'
  if (step.kind === 'socketio' || step.kind === 'board') return 'sio'
  if (step.kind === 'rule' || step.kind === 'drop') return step.target?.includes(' ') ? 'sio' : 'mqtt'
  return ''
}
