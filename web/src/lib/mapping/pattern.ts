/** One level of a topic pattern. */
export interface Level {
  text: string
  kind: 'literal' | 'capture' | 'rest' | 'one' | 'many'
  /** Of a capture: `room` in `{room}` and `{room...}`. */
  name?: string
}

/** Splits a topic pattern into its levels. */
export function levelsOf(pattern: string): Level[] {
  return pattern.split('/').map(levelOf)
}

function levelOf(text: string): Level {
  if (text === '+') return { text, kind: 'one' }
  if (text === '#') return { text, kind: 'many' }
  const capture = /^\{([^{}]+?)(\.\.\.)?\}$/.exec(text)
  if (capture?.[1]) return { text, kind: capture[2] ? 'rest' : 'capture', name: capture[1] }
  return { text, kind: 'literal' }
}

/** The names that a pattern captures, in order. */
export function capturesOf(pattern: string): string[] {
  return levelsOf(pattern).flatMap((l) => (l.name ? [l.name] : []))
}

/** The MQTT filter that takes what a pattern takes (and for `{x...}` the level itself too). */
export function filterOf(pattern: string): string {
  return levelsOf(pattern)
    .map((l) => (l.kind === 'capture' ? '+' : l.kind === 'rest' ? '#' : l.text))
    .join('/')
}

/** The values that a topic gives the captures of a pattern; undefined when it does not match. */
export function captured(pattern: string, topic: string): Map<string, string> | undefined {
  const want = levelsOf(pattern)
  const have = topic.split('/')
  const out = new Map<string, string>()
  for (const [i, l] of want.entries()) {
    if (l.kind === 'many') return out
    if (i >= have.length) return undefined
    const level = have[i] ?? ''
    if (l.kind === 'rest') return out.set(l.name ?? '', have.slice(i).join('/'))
    if (l.kind === 'capture') {
      if (level === '') return undefined
      out.set(l.name ?? '', level)
    } else if (l.kind === 'literal' && l.text !== level) return undefined
  }
  return want.length === have.length ? out : undefined
}

/** Makes a level of a pattern a capture named `name`, or `literal` text again. */
export function replaceLevel(pattern: string, index: number, text: string): string {
  return pattern
    .split('/')
    .map((level, i) => (i === index ? text : level))
    .join('/')
}

/**
 * Switches one level between what the sample topic has there and a capture. The name is guessed from the level before
 * (`rooms/kitchen` gives `{room}`), and is new to the pattern.
 */
export function toggleCapture(pattern: string, index: number, sample: string): string {
  const levels = levelsOf(pattern)
  const level = levels[index]
  const literal = sample.split('/')[index]
  if (!level || literal === undefined) return pattern
  if (level.kind !== 'literal') return replaceLevel(pattern, index, literal)
  const taken = new Set(capturesOf(pattern))
  return replaceLevel(pattern, index, `{${freeName(guessName(levels, index), taken)}}`)
}

/** Words that stand before a level of their kind. */
const kinds: Record<string, string> = {
  home: 'room',
  house: 'room',
  building: 'floor',
  tele: 'device',
  stat: 'device',
  cmnd: 'device',
  shellies: 'device',
  zigbee2mqtt: 'device',
  homeassistant: 'domain',
}

function guessName(levels: Level[], index: number): string {
  const before = levels[index - 1]
  if (before?.kind === 'literal') {
    const word = before.text.toLowerCase()
    if (kinds[word]) return kinds[word]
    if (/^[a-z]{3,}s$/.test(word) && !word.endsWith('ss')) return word.slice(0, -1)
  }
  if (before?.name === 'room') return 'sensor'
  if (before?.name === 'device') return 'what'
  return index === 0 ? 'site' : index === levels.length - 1 ? 'name' : 'part'
}

function freeName(name: string, taken: Set<string>): string {
  if (!taken.has(name)) return name
  for (let n = 2; ; n++) if (!taken.has(name + n)) return name + n
}

/** Gives a capture another name wherever the texts use it. */
export function renameCapture(text: string, from: string, to: string): string {
  return text.replaceAll(`{${from}}`, `{${to}}`).replaceAll(`{${from}...}`, `{${to}...}`)
}

/** What is wrong with a capture's name; empty when nothing is. */
export function nameFault(name: string, others: readonly string[]): string {
  if (name === 'client.id') return ''
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'letters, digits and _ only, a letter first'
  if (others.includes(name)) return `{${name}} is in the topic already`
  return ''
}
