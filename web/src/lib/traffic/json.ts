/** A JSON value with its scalars as they were written: 2^53 + 1 keeps its last digit. */
export type Json =
  | { kind: 'object'; entries: [string, Json][] }
  | { kind: 'array'; items: Json[] }
  | { kind: 'string' | 'number' | 'word'; raw: string }

/** Nesting past this is shown as text. */
const maxDepth = 64

/** Reads JSON; undefined when the text is not JSON or too deep. */
export function parseJson(text: string): Json | undefined {
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  return new Reader(text).value(0)
}

/** Reads text that is known to be JSON. */
class Reader {
  private readonly tokens: string[]
  private i = 0

  constructor(text: string) {
    this.tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? []
  }

  value(depth: number): Json | undefined {
    if (depth > maxDepth) return undefined
    const t = this.tokens[this.i++] ?? ''
    if (t === '{') return this.object(depth)
    if (t === '[') return this.array(depth)
    if (t.startsWith('"')) return { kind: 'string', raw: t }
    return { kind: /^[-\d]/.test(t) ? 'number' : 'word', raw: t }
  }

  private object(depth: number): Json | undefined {
    const entries: [string, Json][] = []
    while (this.tokens[this.i] !== '}') {
      const key = JSON.parse(this.tokens[this.i++] ?? '""') as string
      this.i++ // the colon
      const v = this.value(depth + 1)
      if (!v) return undefined
      entries.push([key, v])
      if (this.tokens[this.i] === ',') this.i++
    }
    this.i++
    return { kind: 'object', entries }
  }

  private array(depth: number): Json | undefined {
    const items: Json[] = []
    while (this.tokens[this.i] !== ']') {
      const v = this.value(depth + 1)
      if (!v) return undefined
      items.push(v)
      if (this.tokens[this.i] === ',') this.i++
    }
    this.i++
    return { kind: 'array', items }
  }
}

/** A piece of JSON as drawn. */
export interface Piece {
  kind: 'key' | 'string' | 'number' | 'word' | 'mark'
  text: string
}

/** One line of JSON as drawn; depth counts indents. */
export interface JsonLine {
  depth: number
  pieces: Piece[]
}

/** Lays JSON out, one entry a line; short arrays of scalars stay on one line. */
export function layOut(v: Json): JsonLine[] {
  const lines: JsonLine[] = []
  emit(v, 0, [], '', lines)
  return lines
}

function emit(v: Json, depth: number, before: Piece[], after: string, lines: JsonLine[]): void {
  const [open, close] = v.kind === 'object' ? ['{', '}'] : ['[', ']']
  const line = short(v)
  if (line) {
    lines.push({ depth, pieces: [...before, ...line, ...(after ? [mark(after)] : [])] })
    return
  }
  lines.push({ depth, pieces: [...before, mark(open)] })
  const entries: [string | undefined, Json][] =
    v.kind === 'object' ? v.entries : v.kind === 'array' ? v.items.map((item) => [undefined, item]) : []
  entries.forEach(([key, item], i) => {
    const head: Piece[] = key === undefined ? [] : [{ kind: 'key', text: JSON.stringify(key) }, mark(': ')]
    emit(item, depth + 1, head, i < entries.length - 1 ? ',' : '', lines)
  })
  lines.push({ depth, pieces: [mark(close + after)] })
}

/** The pieces of what fits on one line. */
function short(v: Json): Piece[] | undefined {
  if (v.kind === 'object') return v.entries.length === 0 ? [mark('{}')] : undefined
  if (v.kind !== 'array') return [{ kind: v.kind, text: v.raw }]
  const scalars: Piece[] = []
  for (const item of v.items) {
    if (item.kind === 'object' || item.kind === 'array') return undefined
    scalars.push(...(scalars.length ? [mark(', ')] : []), { kind: item.kind, text: item.raw })
  }
  const length = scalars.reduce((n, p) => n + p.text.length, 0)
  return length > 60 ? undefined : [mark('['), ...scalars, mark(']')]
}

function mark(text: string): Piece {
  return { kind: 'mark', text }
}

/** The scalars of a value by their path, as `battery`, `color.x`, `[0]`, `list[2].id`. A bare scalar has the path ``. */
export function leaves(v: Json): Map<string, string> {
  const out = new Map<string, string>()
  collect(v, '', out)
  return out
}

function collect(v: Json, path: string, out: Map<string, string>): void {
  switch (v.kind) {
    case 'object':
      if (v.entries.length === 0) out.set(path, '{}')
      for (const [key, item] of v.entries) collect(item, path + step(key, path === ''), out)
      return
    case 'array':
      if (v.items.length === 0) out.set(path, '[]')
      v.items.forEach((item, i) => collect(item, `${path}[${i}]`, out))
      return
    default:
      out.set(path, v.raw)
  }
}

function step(key: string, first: boolean): string {
  if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(key)) return `[${JSON.stringify(key)}]`
  return first ? key : '.' + key
}
