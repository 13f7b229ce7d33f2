import type { PreviewRow, RuleProblem } from '$lib/api'

export type {
  Direction,
  Dryrun,
  ImportResult,
  InverseRow,
  Mapping,
  MappingList,
  Outcome,
  Preview,
  Rule,
  RuleStats,
  RuleTest,
  Suggestion,
  Template,
  Undo,
  Vocabulary,
} from '$lib/api'
export type Problem = RuleProblem
/** A row of the preview. The ring cuts long payloads, which a row then says. */
export type Row = PreviewRow & { truncated?: boolean; size?: number }
export type Codec = 'auto' | 'json' | 'text' | 'binary'
