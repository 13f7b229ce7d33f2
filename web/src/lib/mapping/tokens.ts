/** A piece of an expression, for its colours and for completion. Offsets are into the text. */
export interface Token {
  kind: 'name' | 'member' | 'call' | 'number' | 'string' | 'word' | 'operator' | 'space' | 'comment'
  from: number
  to: number
}

/** Operators of the expression language that are words. */
const words = new Set([
  'and',
  'or',
  'not',
  'in',
  'contains',
  'matches',
  'startsWith',
  'endsWith',
  'let',
  'true',
  'false',
  'nil',
  'if',
  'else',
])

const pattern =
  /(?<space>\s+)|(?<comment>\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?)|(?<number>(?:0[xX][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?))|(?<name>[A-Za-z_$][\w$]*)|(?<operator>\?\.|\?\?|\*\*|[=!<>]=|&&|\|\||\.\.|[\s\S])/gy

/** Splits an expression into tokens. Whatever the text, the tokens cover it without a gap. */
export function tokenize(text: string, language: 'expr' | 'jq' = 'expr'): Token[] {
  const tokens: Token[] = []
  let before = ''
  for (const m of text.matchAll(pattern)) {
    const from = m.index
    const to = from + m[0].length
    const kind = kindOf(m, before, text, to, language)
    tokens.push({ kind, from, to })
    if (kind !== 'space' && kind !== 'comment') before = m[0]
  }
  return tokens
}

function kindOf(m: RegExpMatchArray, before: string, text: string, to: number, language: 'expr' | 'jq'): Token['kind'] {
  const g = m.groups ?? {}
  if (g['space'] !== undefined) return 'space'
  if (g['comment'] !== undefined) return m[0].startsWith('#') && language === 'expr' ? 'operator' : 'comment'
  if (g['string'] !== undefined) return 'string'
  if (g['number'] !== undefined) return 'number'
  if (g['operator'] !== undefined) return 'operator'
  if (before === '.' || before === '?.') return 'member'
  if (words.has(m[0])) return 'word'
  return /^\s*\(/.test(text.slice(to)) ? 'call' : 'name'
}

/** What may be completed at the caret: the start of a word, and the path before it when it is a member. */
export interface Caret {
  /** Where the word starts. */
  from: number
  word: string
  /** `payload.color` when the word follows `payload.color.`; empty otherwise. */
  path: string
}

/** Finds the word before the caret. Inside a string or a number there is nothing to complete. */
export function caretIn(text: string, caret: number): Caret | undefined {
  const tokens = tokenize(text.slice(0, caret))
  const last = tokens.at(-1)
  if (!last) return { from: caret, word: '', path: '' }
  if (last.kind === 'number' || (last.kind === 'string' && !closed(text.slice(last.from, last.to)))) return undefined
  if (last.kind === 'string') return undefined
  const isWord = last.kind === 'name' || last.kind === 'member' || last.kind === 'word'
  const from = isWord ? last.from : caret
  return { from, word: text.slice(from, caret), path: pathBefore(tokens.slice(0, isWord ? -1 : undefined), text) }
}

function closed(s: string): boolean {
  return s.length > 1 && s.at(-1) === s[0]
}

/** The names and dots right before a member. */
function pathBefore(tokens: Token[], text: string): string {
  const parts: string[] = []
  for (let i = tokens.length - 1; i > 0; i -= 2) {
    const dot = tokens[i]
    const name = tokens[i - 1]
    if (!dot || !name || !['.', '?.'].includes(text.slice(dot.from, dot.to))) break
    if (name.kind !== 'name' && name.kind !== 'member') break
    parts.unshift(text.slice(name.from, name.to))
  }
  return parts.join('.')
}
