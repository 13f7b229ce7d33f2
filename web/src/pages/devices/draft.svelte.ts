import { wordsOf } from '$lib/api'
import { objectOf, patchOf } from './boards'

type Document = Record<string, unknown>

/** A JSON document that somebody edits as text. Only what was changed is sent, so that what others change meanwhile stays. */
export class Draft {
  /** What is typed; null: the document is as it is. */
  text = $state<string | null>(null)
  busy = $state(false)
  #refusal = $state('')
  #from: Document = {}
  readonly #parsed = $derived(this.text === null ? {} : objectOf(this.text))

  /** Whether it can be sent. */
  readonly sound = $derived(typeof this.#parsed !== 'string')
  /** What is wrong with it, in words; '' is nothing. */
  readonly wrong = $derived(typeof this.#parsed === 'string' ? this.#parsed : this.#refusal)

  /** Takes what is typed over the document as it is then. */
  type(text: string, document: Document): void {
    if (this.text === null) this.#from = document
    this.text = text
    this.#refusal = ''
  }

  drop(): void {
    this.text = null
    this.#refusal = ''
  }

  /** Sends the change as a merge patch. A refusal is kept, with what was typed. */
  async save(send: (patch: Document) => Promise<void>): Promise<void> {
    if (typeof this.#parsed === 'string') return
    this.busy = true
    try {
      await send(patchOf(this.#from, this.#parsed))
      this.drop()
    } catch (e) {
      this.#refusal = wordsOf(e)
    } finally {
      this.busy = false
    }
  }
}
