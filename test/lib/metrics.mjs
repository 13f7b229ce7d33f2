// Prometheus' text format, read strictly.
const name = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"'
const sampleLine = new RegExp(`^(${name})(?:\\{(${label}(?:,${label})*),?\\})? (\\S+)$`)
const commentLine = new RegExp(`^# (HELP|TYPE) (${name}) (.*)$`)

/** Parses an exposition: a Map of families {type, help, samples: [{name, labels, value}]}. Throws at what is none. */
export function metrics(text) {
  const families = new Families()
  for (const line of text.split('\n').filter(Boolean)) {
    const comment = line.match(commentLine)
    const sample = line.match(sampleLine)
    if (comment) families.of(comment[2])[comment[1].toLowerCase()] = comment[3]
    else if (sample) families.add(sample)
    else throw new Error(`no line of Prometheus' text format: ${line}`)
  }
  return families
}

class Families extends Map {
  of(name) {
    if (!this.has(name)) this.set(name, { type: '', help: '', samples: [] })
    return this.get(name)
  }

  add([line, name, labels = '', text]) {
    const value = Number(text.replace('Inf', 'Infinity'))
    if (Number.isNaN(value) && text !== 'NaN') throw new Error(`no number in: ${line}`)
    const family = this.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '')
    this.of(family).samples.push({ name, labels: parseLabels(labels), value })
  }

  /** The value of the sample with these labels; 0 when it is not there yet, as for a counter of something that never was. */
  value(name, labels = {}) {
    const fits = (s) => Object.entries(labels).every(([k, v]) => s.labels[k] === v)
    return this.get(name)?.samples.find(fits)?.value ?? 0
  }
}

function parseLabels(text) {
  const pairs = text.match(new RegExp(label, 'g')) ?? []
  return Object.fromEntries(pairs.map((p) => [p.slice(0, p.indexOf('=')), JSON.parse(p.slice(p.indexOf('=') + 1))]))
}
