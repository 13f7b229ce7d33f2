// The list of topics with their last values.
import { age, count } from './format.js'
import { fadeIn, h, setText } from './dom.js'

const manyAtOnce = 12 // more changes than this in one go and fading explains nothing

/** Shows a TopicTable; onPick(topic) when one is chosen. */
export class TopicView {
  #rows = new Map()

  constructor(table, list, counter, onPick) {
    this.table = table
    this.list = list
    this.counter = counter
    this.onPick = onPick
    this.passes = () => true
  }

  setFilter(passes) {
    this.passes = passes
    this.draw()
  }

  /** Brings rows, values and ages up to date; called a few times a second. */
  draw(now = Date.now()) {
    const messages = this.table.list(this.passes)
    const wanted = new Set(messages.map((m) => m.topic))
    for (const [topic, r] of this.#rows) {
      if (wanted.has(topic)) continue
      r.item.remove()
      this.#rows.delete(topic)
    }
    const fade = messages.filter((m) => this.#rows.get(m.topic)?.message !== m).length <= manyAtOnce
    let next = this.list.firstElementChild
    for (const m of messages) {
      const r = this.#rows.get(m.topic) ?? this.#row(m.topic)
      if (r.item === next) next = next.nextElementSibling
      else this.list.insertBefore(r.item, next)
      this.#fill(r, m, now, fade)
    }
    setText(
      this.counter,
      wanted.size === this.table.size ? count(wanted.size, 'topic') : `${wanted.size} of ${this.table.size}`,
    )
  }

  #fill(r, message, now, fade) {
    setText(r.age, age(now - message.at))
    if (r.message === message) return
    const changed = r.message && r.message.text !== message.text
    r.message = message
    setText(r.value, message.text)
    if (changed && fade) fadeIn(r.value)
  }

  #row(topic) {
    const value = h('span', { class: 'value mono num' })
    const seen = h('span', { class: 'caption num' })
    const button = h(
      'button',
      { type: 'button', title: `Show only ${topic}`, onclick: () => this.onPick(topic) },
      h('span', { class: 'topic mono' }, topic),
      value,
      seen,
    )
    const r = { item: h('li', {}, button), value, age: seen, message: null }
    this.#rows.set(topic, r)
    return r
  }
}
