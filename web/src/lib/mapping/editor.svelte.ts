// What the editor knows of one mapping while somebody works on it.
import { wordsOf } from '$lib/api'
import { latest } from './latest'
import { blank, carries, formOf, ruleOf, sameRule, type Form } from './form'
import { capturesOf, levelsOf, renameCapture } from './pattern'
import { byField, sentence } from './problems'
import { mappings, type TestResult } from './service'
import type { Mapping, Preview, Problem, Rule } from './types'

const quiet = 120 // ms of no typing before the preview is asked for

export class Editor {
  form: Form
  enabled = $state(true)
  /** Whoever looks at it may not change it. */
  locked = $state(false)
  /** The mapping as saved; undefined for a new one. */
  saved = $state.raw<Mapping | undefined>(undefined)
  /** A topic that the pattern came from: clicked levels go back to what it has. */
  sample = $state('')
  preview = $state.raw<Preview | undefined>(undefined)
  /** Why there is no preview. */
  fault = $state('')
  /** True while what is shown is older than the form. */
  stale = $state(false)
  /** The rule cannot be tried: the rows are of the last one that could. */
  outdated = $state(false)
  tests = $state.raw<TestResult[]>([])
  /** Problems that the gateway found when saving. */
  refused = $state.raw<Problem[]>([])
  /** Somebody has set the target by hand, so that suggestions keep away from it. */
  targetTouched = false

  /** What the form started from. */
  #start: Rule = $state.raw(blank)
  readonly #question = latest(
    quiet,
    (signal) => this.#answer(signal),
    ([preview, tests]) => {
      this.#show(preview)
      this.tests = tests
      this.fault = ''
      this.stale = false
    },
    (fault) => {
      this.fault = wordsOf(fault)
      this.stale = false
    },
  )

  constructor(rule: Rule, saved?: Mapping) {
    this.form = $state(formOf(rule))
    this.#start = saved?.rule ?? rule
    this.saved = saved
    this.enabled = saved?.enabled ?? true
    this.targetTouched = saved !== undefined
  }

  get rule(): Rule {
    return ruleOf(this.form)
  }

  get captures(): string[] {
    return capturesOf(this.form.topic)
  }

  get carries(): { out: boolean; back: boolean } {
    return carries(this.form)
  }

  get readonly(): boolean {
    return this.locked || (this.saved !== undefined && this.saved.origin !== 'ui')
  }

  get dirty(): boolean {
    return !sameRule(this.rule, this.#start) || (this.saved !== undefined && this.enabled !== this.saved.enabled)
  }

  /** All that is wrong, from the preview and from saving. */
  get problems(): Problem[] {
    const fresh = this.preview?.problems ?? []
    const said = new Set(fresh.map((p) => `${p.field} ${p.message}`))
    return [...fresh, ...this.refused.filter((p) => !said.has(`${p.field} ${p.message}`))]
  }

  /** What is wrong with a field, as a sentence; empty when nothing is. */
  at(field: string): string {
    return (byField(this.problems).get(field) ?? []).map(sentence).join(' ')
  }

  /** Takes another rule into the form, as from TOML or a suggestion. */
  take(rule: Rule): void {
    Object.assign(this.form, formOf(rule))
  }

  /** Takes what is saved now for what the form started from. */
  settle(saved: Mapping): void {
    this.saved = saved
    this.#start = saved.rule
    this.enabled = saved.enabled
    this.refused = []
    this.targetTouched = true
  }

  /** Asks for the preview of what the form says now. */
  ask(): void {
    this.stale = true
    this.#question.ask()
  }

  stop(): void {
    this.#question.stop()
  }

  async #answer(signal: AbortSignal): Promise<[Preview, TestResult[]]> {
    const rule = this.rule
    const preview = mappings.preview(rule, this.saved?.id, signal)
    const tests = rule.test ? mappings.test(rule, signal).catch(() => ({ results: [] })) : { results: [] }
    return [await preview, (await tests).results]
  }

  /** While a rule is half written its rows stay those of the last whole one, so that nothing jumps. */
  #show(preview: Preview): void {
    const before = this.preview
    const tried = preview.rows.some((r) => r.new)
    this.outdated = !preview.ok && !tried && before !== undefined && before.rows.length > 0
    this.preview = this.outdated && before ? { ...preview, rows: before.rows, counts: before.counts } : preview
  }

  /** Sets the topic; a capture that was given another name keeps its place in the target. */
  setTopic(topic: string): void {
    const before = levelsOf(this.form.topic)
    const after = levelsOf(topic)
    const names = capturesOf(topic)
    for (const [i, level] of before.entries()) {
      const now = after[i]?.name
      if (level.name && now && now !== level.name && !names.includes(level.name)) this.#rename(level.name, now)
    }
    this.form.topic = topic
  }

  #rename(from: string, to: string): void {
    for (const key of ['namespace', 'event', 'room', 'to', 'rpc_reply'] as const) {
      this.form[key] = renameCapture(this.form[key], from, to)
    }
  }

  /** The levels that are captures, by index. */
  get captured(): number[] {
    return levelsOf(this.form.topic).flatMap((l, i) => (l.name ? [i] : []))
  }
}
