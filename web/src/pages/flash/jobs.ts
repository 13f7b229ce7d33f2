import type { FlashJob, FlashLine } from '$lib/api'

/** How many lines of a log are kept. */
export const mostLines = 500

/** A log with lines behind it; those that it has already are left out. */
export function joined(lines: FlashLine[], more: FlashLine[]): FlashLine[] {
  const last = lines.at(-1)?.n ?? 0
  const fresh = more.filter((line) => line.n > last)
  return fresh.length === 0 ? lines : [...lines, ...fresh].slice(-mostLines)
}

/** The jobs with what was told of one put in its place; one that is new comes first. */
export function applied(items: FlashJob[], told: FlashJob): FlashJob[] {
  const known = items.find((job) => job.id === told.id)
  if (!known) return [told, ...items]
  const next = { ...told, log: joined(known.log, told.log ?? []) }
  return items.map((job) => (job === known ? next : job))
}

/** True when lines are missing between what is known and what was told: then the job is to be asked for again. */
export function gap(known: FlashJob | undefined, told: FlashJob): boolean {
  const first = told.log?.[0]?.n
  if (first === undefined) return false
  return first > (known?.log.at(-1)?.n ?? 0) + 1
}
