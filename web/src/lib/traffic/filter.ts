/** What the filter field of the page means: an MQTT filter, text to find, or both. */
export interface Query {
  /** MQTT filter; `#` takes everything. */
  filter: string
  /** Words to find in topic or payload, lower case; empty takes everything. */
  text: string
}

/** Whether an MQTT filter takes a topic, as MQTT 5 section 4.7 says. */
export function matches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && (filter.startsWith('+') || filter.startsWith('#'))) return false
  if (filter === '#') return true
  const want = filter.split('/')
  const have = topic.split('/')
  for (let i = 0; i < want.length; i++) {
    if (want[i] === '#') return true
    if (i >= have.length || (want[i] !== '+' && want[i] !== have[i])) return false
  }
  return want.length === have.length
}

/** Says what is wrong with an MQTT filter; empty when nothing is. */
export function filterFault(filter: string): string {
  if (filter === '') return 'a filter is at least one character'
  const levels = filter.split('/')
  for (const [i, level] of levels.entries()) {
    if (level.includes('#') && level !== '#') return '# takes a whole level'
    if (level === '#' && i < levels.length - 1) return '# is the last level'
    if (level.includes('+') && level !== '+') return '+ takes a whole level'
  }
  return ''
}

/**
 * Reads the filter field. The first word is an MQTT filter if it has a slash or a wildcard level; the rest is text.
 * Quotes make a text of what would be a filter: `"on/off"`.
 */
export function parseQuery(field: string): Query {
  const line = field.trim()
  if (line.startsWith('"')) return { filter: '#', text: unquote(line) }
  const gap = line.search(/\s/)
  const first = gap < 0 ? line : line.slice(0, gap)
  if (!looksLikeFilter(first)) return { filter: '#', text: line.toLowerCase() }
  const rest = gap < 0 ? '' : line.slice(gap).trim()
  return { filter: first, text: unquote(rest) }
}

function looksLikeFilter(word: string): boolean {
  return (word.includes('/') || word === '#' || word === '+') && filterFault(word) === ''
}

function unquote(text: string): string {
  return text.replace(/^"|"$/g, '').toLowerCase()
}

/** Whether a message is one that the query asks for. */
export function accepts(q: Query, topic: string, payload: string): boolean {
  if (q.filter !== '#' && !matches(q.filter, topic)) return false
  if (q.filter === '#' && topic.startsWith('$')) return q.text !== '' && topic.toLowerCase().includes(q.text)
  if (q.text === '') return true
  return topic.toLowerCase().includes(q.text) || payload.toLowerCase().includes(q.text)
}
