// The list of live messages.
import { clock, ago, count, kindOf } from './format.js'
import { h, setText } from './dom.js'
import { jsonTokens, structured } from './json.js'

const rowLimit = 150
const reasons = { user: 'Paused', open: 'Held while a message is open', scroll: 'Held while you look further down' }

/** Shows a MessageLog in a list; holds still while someone reads. */
export class LiveView {
  #holds = new Set()
  #rows = new Map()
  #due = false
  #drawn = 0

  /** elements: {list, held, pause, empty, emptyLine}. */
  constructor(log, elements) {
    this.log = log
    this.el = elements
    this.passes = () => true
    const { list, pause } = elements
    list.addEventListener('pointerenter', (e) => e.pointerType === 'mouse' && this.#hold('pointer', true))
    list.addEventListener('pointerleave', () => this.#hold('pointer', false))
    list.addEventListener('scroll', () => this.#hold('scroll', list.scrollTop > 8), { passive: true })
    list.addEventListener('focusin', () => this.#hold('focus', list.querySelector(':focus-visible') !== null))
    list.addEventListener('focusout', () => this.#hold('focus', false))
    list.addEventListener('toggle', () => this.#hold('open', list.querySelector('details[open]') !== null), true)
    pause.addEventListener('click', () => this.togglePause())
  }

  togglePause() {
    const on = !this.#holds.has('user')
    this.el.pause.setAttribute('aria-pressed', String(on))
    setText(this.el.pause, on ? 'Go on' : 'Pause')
    this.#hold('user', on)
  }

  #hold(reason, on) {
    if (on) this.#holds.add(reason)
    else this.#holds.delete(reason)
    if (this.#holds.size > 0) this.log.pause()
    else this.log.resume()
    this.schedule()
  }

  setFilter(passes) {
    this.passes = passes
    this.schedule()
  }

  add(message) {
    this.log.add(message)
    this.schedule()
  }

  /** Draws soon: at once after a quiet moment, else five times a second, however many messages come. */
  schedule() {
    if (this.#due) return
    this.#due = true
    setTimeout(
      () =>
        requestAnimationFrame(() => {
          this.#due = false
          this.#drawn = performance.now()
          this.#draw()
        }),
      Math.max(0, this.#drawn + 200 - performance.now()),
    )
  }

  #draw() {
    const shown = this.log.shown(this.passes, rowLimit)
    const rows = shown.map((m) => this.#rows.get(m) ?? row(m))
    this.#rows = new Map(shown.map((m, i) => [m, rows[i]]))
    reconcile(this.el.list, rows)
    // An open message that the filter took away must not hold the list for ever.
    if (this.#holds.has('open') && !this.el.list.querySelector('details[open]')) this.#hold('open', false)
    this.el.empty.hidden = shown.length > 0
    this.el.emptyLine.hidden = shown.length > 0 || this.filtered
    setText(
      this.el.empty,
      this.filtered ? 'Nothing that arrived matches the filter.' : 'Nothing has arrived yet. Send the first one:',
    )
    this.#drawHeld(shown.length)
  }

  #drawHeld(n) {
    const why = [...this.#holds].map((r) => reasons[r]).find(Boolean) ?? 'Held while you are on the list'
    const waiting = this.log.waiting(this.passes)
    const held = `${why} · ${waiting ? `${waiting.toLocaleString('en')} wait` : 'nothing new'}`
    setText(this.el.held, this.log.paused ? held : `Newest first · ${count(n, 'message')}`)
    this.el.held.dataset.held = String(this.log.paused)
  }
}

/** Makes a list's children these rows with the fewest moves: rows are only ever put in front or dropped at the end. */
function reconcile(list, rows) {
  const keep = new Set(rows)
  for (const child of [...list.children]) if (!keep.has(child)) child.remove()
  let next = list.firstElementChild
  for (const r of rows) {
    if (r === next) next = next.nextElementSibling
    else list.insertBefore(r, next)
  }
}

function row(message) {
  const summary = h(
    'summary',
    {},
    h('time', { datetime: new Date(message.at).toISOString() }, clock(new Date(message.at))),
    h('span', { class: 'topic mono', title: message.topic }, message.topic),
    h('span', { class: 'value mono' }, message.text),
    h('span', { class: 'tag' }, tags(message.meta)),
  )
  const details = h('details', {}, summary)
  details.addEventListener(
    'toggle',
    () => details.open && details.children.length === 1 && details.append(detail(message)),
  )
  return h('li', {}, details)
}

/** What is unusual about a message, in words; nothing for a live QoS 0 one. */
function tags({ replayed, retained, qos }) {
  return [replayed ? 'last value' : retained ? 'retained' : '', qos ? `QoS ${qos}` : ''].filter(Boolean).join(' · ')
}

function detail(message) {
  const value = structured(message.payload)
  const pre = h('pre', {})
  if (value === undefined) pre.append(message.text)
  else pre.append(...jsonTokens(value).map((t) => h('span', { class: `j-${t.kind}` }, t.text)))
  const { seq, qos, retained, replayed } = message.meta
  const facts = [
    kindOf(message.payload),
    `QoS ${qos ?? 0}`,
    retained ? 'retained' : 'not retained',
    replayed ? `last value, ${ago(Date.now() - message.at)}` : null,
    seq === undefined ? null : `sequence ${seq}`,
  ]
  return h('div', { class: 'detail' }, pre, h('p', { class: 'caption num' }, facts.filter(Boolean).join(' · ')))
}
