// Gives the library's private names short ones, the same in all files: a name costs a board flash in each file that has it, and
// memory for ever once it was read.
//
// Private is what the library defines, no sketch may use (names.mjs says what it may), and no string names. Parameters of
// private functions are renamed within their function; what is an attribute anywhere, through the whole library; the rest only
// has to differ within a file, so that names are shared.
import { EVENTS, FOREIGN, PUBLIC } from './names.mjs'

const TOKEN =
  /(?<space>[ \t]+|\\\r?\n)|(?<newline>\r?\n)|(?<comment>#[^\n]*)|(?<string>[rbRB]{0,2}(?:"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))|(?<name>[A-Za-z_]\w*)|(?<number>\d[\w.]*)|(?<mark>[^])/gy
const KEYWORDS = new Set(
  'and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield True False None self print len range'.split(
    ' ',
  ),
)

/** The tokens of a Python text: {kind, text, depth (of brackets), indent and number of the logical line}. */
export function tokens(text) {
  const list = []
  let depth = 0
  let indent = 0
  let fresh = true
  let line = 0
  for (const match of text.matchAll(TOKEN)) {
    const kind = Object.keys(match.groups).find((k) => match.groups[k] !== undefined)
    if (fresh && depth === 0 && kind !== 'newline' && kind !== 'comment') {
      indent = kind === 'space' ? match[0].length : 0
      fresh = false
    }
    if ('([{'.includes(match[0])) depth++
    if (')]}'.includes(match[0])) depth--
    list.push({ kind, text: match[0], depth, indent, line })
    if (kind === 'newline' && depth === 0) [fresh, line] = [true, line + 1]
  }
  return list
}

/** Shorten a library: files is a map from path to text; return the same with short names, and the names: {short: long}. */
export function shorten(files) {
  const parsed = new Map([...files].map(([file, text]) => [file, analyse(text)]))
  const all = [...parsed.values()].flatMap(({ code }) => code)
  const given = new Set(all.filter((t) => t.keyword).map((t) => t.text))
  const strings = all.filter((t) => t.kind === 'string').map((t) => t.text.slice(1, -1))
  const kept = new Set([...PUBLIC, ...EVENTS, ...FOREIGN, ...KEYWORDS, ...given, ...strings])
  const short = assign(parsed, kept)
  for (const file of parsed.values()) rename(file, short)
  for (const file of parsed.values())
    for (const f of file.functions) if (!PUBLIC.has(f.name) && !f.name.startsWith('__')) parameters(f, given)
  return {
    files: new Map([...parsed].map(([name, { list }]) => [name, list.map((t) => t.text).join('')])),
    names: Object.fromEntries([...short].map(([name, to]) => [to, name])),
  }
}

function analyse(text) {
  const list = tokens(text)
  const code = list.filter((t) => !['space', 'newline', 'comment'].includes(t.kind))
  code.forEach((t, i) => ((t.before = code[i - 1]?.text), (t.after = code[i + 1]?.text)))
  const found = functions(code)
  const parameters = new Set(found.flatMap((f) => f.parameters))
  for (const t of code) t.keyword = t.kind === 'name' && t.after === '=' && t.depth > 0 && !parameters.has(t) // f(name=...)
  return { list, code, functions: found }
}

/** Every def: {name, parameters: [token], body: [token], nested or not}. */
function functions(code) {
  const found = []
  code.forEach((t, i) => {
    if (t.before !== 'def') return
    const open = i + 1
    let close = open + 1
    while (code[close].depth >= code[open].depth) close++
    const parameters = code
      .slice(open + 1, close)
      .filter((p) => p.kind === 'name' && ['(', ',', '*'].includes(p.before) && p.depth === code[open].depth)
    let end = close + 1
    while (end < code.length && (code[end].line === t.line || code[end].indent > t.indent)) end++
    found.push({ name: t.text, parameters, body: code.slice(open, end) })
  })
  return found
}

/** Choose the short names: {name -> short}. */
function assign(parsed, kept) {
  const words = new Set(
    [...parsed.values()].flatMap(({ code }) => code.filter((t) => t.kind === 'name').map((t) => t.text)),
  )
  const taken = new Map([...parsed.keys()].map((file) => [file, new Set()]))
  const free = (name, files) => !words.has(name) && !kept.has(name) && !files.some((file) => taken.get(file).has(name))
  const short = new Map()
  for (const [name, use] of ranked(parsed, kept)) {
    const files = use.attribute ? [...parsed.keys()] : [...use.files]
    const to = shorts().find((candidate) => free(candidate, files))
    if (!to || to.length >= name.length) continue
    for (const file of files) taken.get(file).add(to)
    short.set(name, to)
  }
  return short
}

/** The names that may be shortened, the most used first: [name, {count, files, attribute, defined}]. */
function ranked(parsed, kept) {
  const uses = new Map()
  for (const [file, { code }] of parsed) {
    code.forEach((t, i) => {
      if (t.kind !== 'name' || kept.has(t.text) || /^(__|.$)/.test(t.text)) return
      const use = uses.get(t.text) ?? { count: 0, files: new Set(), attribute: false, defined: false }
      uses.set(t.text, use)
      use.count++
      use.files.add(file)
      const defines = t.before === 'def' || t.before === 'class'
      use.attribute ||= t.before === '.' || (defines && t.indent > 0)
      use.defined ||=
        defines || (t.before === '.' && code[i - 2].text === 'self') || (t.after === '=' && t.depth + t.indent === 0)
    })
  }
  return [...uses]
    .filter(([, use]) => use.defined)
    .sort(([, a], [, b]) => b.attribute - a.attribute || b.count - a.count)
}

function shorts() {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  return [...letters, ...letters.flatMap((a) => letters.map((b) => a + b.toLowerCase()))]
}

function rename({ code }, short) {
  for (const t of code) {
    if (t.kind === 'name' && short.has(t.text)) t.text = short.get(t.text)
  }
}

/** Rename the parameters of one function to the first letters that it has not. */
function parameters(f, given) {
  const used = new Set(f.body.filter((t) => t.kind === 'name' && t.before !== '.').map((t) => t.text))
  const letters = [...'abcdefghijklmnopqrstuvwxyz']
  for (const old of f.parameters.map((p) => p.text)) {
    if (old === 'self' || given.has(old)) continue
    const next = letters.find((letter) => letter === old || !used.has(letter))
    letters.splice(letters.indexOf(next), 1)
    for (const t of f.body) if (t.kind === 'name' && t.text === old && t.before !== '.' && !t.keyword) t.text = next
  }
}
