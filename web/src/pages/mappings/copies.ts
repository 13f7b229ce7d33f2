import type { Rule } from '$lib/mapping/types'

let kept: Rule | undefined

/** Hands a rule to the editor of a new mapping, once. */
export const copies = {
  keep(rule: Rule): void {
    kept = { ...(JSON.parse(JSON.stringify(rule)) as Rule), name: `${rule.name}-copy` }
  },
  take(): Rule | undefined {
    const rule = kept
    kept = undefined
    return rule
  },
}
