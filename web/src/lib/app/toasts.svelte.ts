// Short notes of what was done, with the way back where there is one.
import { wordsOf } from '$lib/api'

export interface Toast {
  id: number
  text: string
  kind: 'done' | 'error'
  undo?: () => Promise<unknown>
  busy: boolean
}

const shownFor = { done: 4000, undo: 12000, error: 10000 } // ms

class Toasts {
  items = $state<Toast[]>([])
  #next = 1
  #timers = new Map<number, ReturnType<typeof setTimeout>>()

  /** Says that something was done. undo, if given, is offered for 12 s. */
  done(text: string, undo?: () => Promise<unknown>): void {
    this.#add({ text, kind: 'done', undo }, undo ? shownFor.undo : shownFor.done)
  }

  /** Says that something went wrong, in the words of the error. */
  error(error: unknown, before = ''): void {
    this.#add({ text: [before, wordsOf(error)].filter(Boolean).join(' '), kind: 'error' }, shownFor.error)
  }

  #add(toast: Pick<Toast, 'text' | 'kind' | 'undo'>, time: number): void {
    const id = this.#next++
    this.items = [...this.items.slice(-2), { ...toast, id, busy: false }]
    this.hold(id, false, time)
  }

  /** Keeps a toast while somebody is on it. */
  hold(id: number, on: boolean, time = shownFor.done): void {
    clearTimeout(this.#timers.get(id))
    if (!on)
      this.#timers.set(
        id,
        setTimeout(() => this.dismiss(id), time),
      )
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id))
    this.#timers.delete(id)
    this.items = this.items.filter((toast) => toast.id !== id)
  }

  async undo(id: number): Promise<void> {
    const toast = this.items.find((t) => t.id === id)
    if (!toast?.undo || toast.busy) return
    this.hold(id, true)
    toast.busy = true
    try {
      await toast.undo()
      this.dismiss(id)
      this.done('Undone.')
    } catch (error) {
      this.dismiss(id)
      this.error(error, 'Not undone.')
    }
  }
}

export const toasts = new Toasts()
