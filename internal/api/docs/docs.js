// Renders openapi.json as a page. It needs nothing from elsewhere, and puts text into the page as text only.

const methods = ['get', 'post', 'put', 'patch', 'delete']
const deepest = 3 // levels of a body that are shown
const $ = (id) => document.getElementById(id)

// el makes an element: el('p', {class: 'x'}, 'text', child).
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(name, value)
  node.append(...children.flat().filter((c) => c !== undefined && c !== ''))
  return node
}

// prose is text in which back quotes mark code.
function prose(text) {
  return text.split('`').map((part, i) => (i % 2 ? el('code', {}, part) : part))
}

class Document {
  constructor(doc) {
    this.doc = doc
  }

  resolve(schema) {
    const name = schema?.$ref?.split('/').pop()
    return name ? this.doc.components.schemas[name] : (schema ?? {})
  }

  operations() {
    const list = []
    for (const [path, item] of Object.entries(this.doc.paths))
      for (const method of methods) if (item[method]) list.push({ method, path, ...item[method] })
    return list.sort((a, b) => a.tags[0].localeCompare(b.tags[0]) || a.path.localeCompare(b.path) || methods.indexOf(a.method) - methods.indexOf(b.method))
  }

  typeOf(schema) {
    const s = this.resolve(schema)
    const type = [s.type ?? 'any'].flat().filter((t) => t !== 'null').join(' or ')
    if (type === 'array') return `list of ${this.typeOf(s.items)}`
    if (type === 'object' && typeof s.additionalProperties === 'object') return `map of ${this.typeOf(s.additionalProperties)}`
    if (s.enum) return s.enum.map((v) => JSON.stringify(v)).join(' | ')
    return s.format && s.format !== 'double' && s.format !== 'int64' && s.format !== 'int32' ? `${type} (${s.format})` : type
  }

  // example makes up a value of a schema.
  example(schema, depth = 0) {
    const s = this.resolve(schema)
    if (s.examples?.length) return s.examples[0]
    if (s.default !== undefined) return s.default
    if (s.enum) return s.enum[0]
    switch ([s.type].flat().find((t) => t !== 'null')) {
      case 'object': {
        if (depth > deepest) return {}
        const out = {}
        for (const name of s.required ?? []) if (!s.properties?.[name]?.readOnly) out[name] = this.example(s.properties[name], depth + 1)
        return out
      }
      case 'array':
        return depth > deepest ? [] : [this.example(s.items, depth + 1)]
      case 'integer':
      case 'number':
        return s.minimum ?? 1
      case 'boolean':
        return true
      default:
        return s.format === 'date-time' ? '2026-01-31T12:00:00Z' : '…'
    }
  }

  // fields lists the fields of a body, those within others below them.
  fields(schema, depth = 0, within = []) {
    let s = this.resolve(schema)
    while (s.type === 'array' || [s.type].flat().includes('array')) s = this.resolve(s.items)
    if (!s.properties || depth > deepest || within.includes(s)) return []
    return Object.entries(s.properties).flatMap(([name, property]) => {
      const about = property.description ?? this.resolve(property).description ?? ''
      const row = el('tr', {},
        el('td', { class: `depth-${depth}` }, el('span', { class: s.required?.includes(name) ? 'required' : undefined }, name)),
        el('td', {}, el('span', { class: 'type' }, this.typeOf(property))),
        el('td', {}, about))
      return [row, ...this.fields(property, depth + 1, [...within, s])]
    })
  }
}

function curl(d, op) {
  const base = new URL('..', location.href).href.replace(/\/$/, '')
  const path = op.path.replace(/\{(\w+)\}/g, (_, name) => (name === 'topic' ? 'home/kitchen/temp' : name.toUpperCase()))
  const lines = [`curl ${op.method === 'get' ? '' : `-X ${op.method.toUpperCase()} `}'${base}${path}'`]
  if (op['x-needs'] !== 'open') lines.push(`-H 'Authorization: Bearer ID.SECRET'`)
  if (op.parameters?.some((p) => p.name === 'If-Match')) lines.push(`-H 'If-Match: "REVISION"'`)
  const content = op.requestBody?.content ?? {}
  if (content['application/json']) {
    lines.push(`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(d.example(content['application/json'].schema), null, 2).replaceAll("'", "'\\''")}'`)
  } else if (op.requestBody) {
    lines.push(op.operationId === 'publish' ? `--data-binary '21.5'` : `--data-binary @FILE`)
  }
  const answer = Object.entries(op.responses).find(([status]) => status.startsWith('2'))?.[1].content ?? {}
  if (Object.keys(answer).some((type) => /octet-stream|zip/.test(type))) lines.push('-OJ')
  return lines.join(' \\\n  ')
}

function example(text) {
  const button = el('button', { type: 'button' }, 'Copy')
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text)
      button.textContent = 'Copied'
    } catch {
      getSelection().selectAllChildren(button.previousSibling) // without https there is no clipboard
      button.textContent = 'Selected'
    }
    setTimeout(() => (button.textContent = 'Copy'), 1500)
  })
  return el('div', { class: 'example' }, el('pre', {}, el('code', {}, text)), button)
}

function body(d, title, content = {}) {
  return Object.entries(content).flatMap(([type, media]) => {
    const rows = d.fields(media.schema)
    const note = type === 'application/json' ? '' : ` · ${type}`
    return [el('h3', {}, `${title}${note}`), rows.length ? el('table', {}, el('tbody', {}, rows)) : el('code', {}, d.typeOf(media.schema))]
  })
}

function card(d, op) {
  const inside = el('div', { class: 'inside' })
  const details = el('details', {},
    el('summary', {},
      el('span', { class: `method ${op.method}` }, op.method.toUpperCase()),
      el('span', { class: 'path' }, op.path),
      el('span', { class: 'what' }, op.summary)),
    inside)
  // What is inside is made when it is opened: there are many operations, and few are looked at.
  details.addEventListener('toggle', () => {
    if (!details.open || inside.childElementCount) return
    inside.append(el('p', {}, prose(op.description ?? '')), example(curl(d, op)))
    const rows = (op.parameters ?? []).map((p) => el('tr', {},
      el('td', {}, el('span', { class: p.required ? 'required' : undefined }, p.name)),
      el('td', {}, el('span', { class: 'type' }, `${d.typeOf(p.schema)}, in ${p.in}`)),
      el('td', {}, p.description ?? '')))
    if (rows.length) inside.append(el('h3', {}, 'Parameters'), el('table', {}, el('tbody', {}, rows)))
    inside.append(...body(d, 'Body', op.requestBody?.content))
    const refusals = []
    for (const [status, answer] of Object.entries(op.responses)) {
      if (status.startsWith('2')) inside.append(...body(d, `Answer ${status}`, answer.content))
      else refusals.push(`${status} ${answer.description}`)
    }
    inside.append(el('h3', {}, 'Refusals, as problem documents'), el('p', {}, refusals.join(' · ')))
  })
  const article = el('article', { id: op.operationId }, details)
  article.words = `${op.method} ${op.path} ${op.summary} ${op.description ?? ''} ${op.operationId} ${op.tags}`.toLowerCase()
  article.link = el('a', { href: `#${op.operationId}` }, op.summary)
  return article
}

function open() {
  const details = document.getElementById(location.hash.slice(1))?.querySelector('details')
  if (details) details.open = true
}

function searchable(sections) {
  const search = $('search')
  search.addEventListener('input', () => {
    const words = search.value.toLowerCase().split(/\s+/)
    let found = 0
    for (const { parts, articles } of sections) {
      let some = false
      for (const a of articles) {
        const hit = words.every((w) => a.words.includes(w))
        a.hidden = a.link.hidden = !hit
        some ||= hit
        found += hit
      }
      for (const part of parts) part.hidden = !some
    }
    $('status').hidden = found > 0
    $('status').textContent = found ? '' : 'No operation has these words.'
  })
  addEventListener('keydown', (e) => {
    if (e.key !== '/' || e.target === search) return
    e.preventDefault()
    search.focus()
  })
}

function render(d) {
  $('version').textContent = d.doc.info.version
  $('about').append(...prose(d.doc.info.description))
  const sections = []
  for (const [tag, ops] of Map.groupBy?.(d.operations(), (op) => op.tags[0]) ?? group(d.operations())) {
    const articles = ops.map((op) => card(d, op))
    const parts = [el('h2', {}, tag), el('h2', {}, tag)]
    $('nav').append(parts[0], ...articles.map((a) => a.link))
    $('operations').append(parts[1], ...articles)
    sections.push({ parts, articles })
  }
  $('status').hidden = true
  searchable(sections)
  addEventListener('hashchange', open)
  open()
  document.getElementById(location.hash.slice(1))?.scrollIntoView()
}

function group(ops) {
  const by = new Map()
  for (const op of ops) by.set(op.tags[0], [...(by.get(op.tags[0]) ?? []), op])
  return by
}

try {
  const answer = await fetch('openapi.json')
  if (!answer.ok) throw new Error(`openapi.json: ${answer.status}`)
  render(new Document(await answer.json()))
} catch (err) {
  $('status').textContent = `The document could not be loaded (${err.message}). Reload the page to try again.`
}
