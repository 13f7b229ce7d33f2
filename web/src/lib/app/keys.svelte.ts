// The keys of the page: single letters, off while somebody writes.

import { untrack } from 'svelte'

export interface Key {
  key: string
  label: string
  run: () => void
}

class Keys {
  items = $state.raw<Key[]>([])
  listOpen = $state(false)

  start(): void {
    addEventListener('keydown', (event) => this.#press(event))
  }

  /** Takes a key for as long as the thing is on the page: `$effect(() => keys.on('/', 'Filter', focus))`. */
  on(key: string, label: string, run: () => void): () => void {
    const entry = { key, label, run }
    untrack(() => (this.items = [...this.items, entry]))
    return () => (this.items = this.items.filter((k) => k !== entry))
  }

  #press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || writing(event)) return
    if (document.querySelector('dialog[open]')) return
    const entry = this.items.findLast((k) => k.key === event.key)
    if (!entry) return
    event.preventDefault()
    entry.run()
  }
}

function writing(event: KeyboardEvent): boolean {
  const at = event.composedPath()[0]
  if (!(at instanceof HTMLElement)) return false
  return at.isContentEditable || /^(input|textarea|select)$/i.test(at.tagName)
}

export const keys = new Keys()
