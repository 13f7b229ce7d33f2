// Pretty JSON as coloured tokens, for the view of one message.

/** Splits a value into [{kind, text}], kind one of punct, key, string, number, word. Two spaces a level. */
export function jsonTokens(value, indent = '') {
  if (Array.isArray(value))
    return block(
      '[',
      ']',
      value.map((v) => jsonTokens(v, `${indent}  `)),
      indent,
    )
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).map(([key, v]) => [
      { kind: 'key', text: JSON.stringify(key) },
      { kind: 'punct', text: ': ' },
      ...jsonTokens(v, `${indent}  `),
    ])
    return block('{', '}', members, indent)
  }
  const kinds = { string: 'string', number: 'number' }
  return [{ kind: kinds[typeof value] ?? 'word', text: JSON.stringify(value) ?? 'null' }]
}

function block(open, close, items, indent) {
  if (items.length === 0) return [{ kind: 'punct', text: open + close }]
  const lines = items.flatMap((item, i) => [{ kind: 'punct', text: `${i ? ',' : ''}\n${indent}  ` }, ...item])
  return [{ kind: 'punct', text: open }, ...lines, { kind: 'punct', text: `\n${indent}${close}` }]
}

/** The object or list a payload stands for: itself, or what its text parses to; undefined when it is neither. */
export function structured(value) {
  if (typeof value === 'string' && /^\s*[[{]/.test(value)) {
    try {
      return JSON.parse(value)
    } catch {
      return undefined
    }
  }
  const plain = value !== null && typeof value === 'object' && !(value instanceof ArrayBuffer)
  return plain && !ArrayBuffer.isView(value) ? value : undefined
}
