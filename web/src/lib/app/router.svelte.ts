// The place in the page, kept behind the # of the address, so that it works below any path and survives a reload.
import { SvelteURLSearchParams } from 'svelte/reactivity'

import { href, match, parsePlace } from './place'

class Router {
  path = $state('/')
  readonly query = new SvelteURLSearchParams()
  #leave: (() => boolean | Promise<boolean>) | null = null

  start(): void {
    const moved = () => this.#moved()
    addEventListener('hashchange', moved)
    addEventListener('popstate', moved)
    addEventListener('click', (event) => this.#follow(event))
    this.#read()
  }

  /**
   * The browser's own buttons, or what was typed into its address, ask the guard too. They have gone already: so the place is
   * come back to until there is an answer.
   */
  #moved(): void {
    const { path, query } = parsePlace(location.hash)
    const here = href(this.path, Object.fromEntries(this.query))
    const may = !this.#leave || href(path, Object.fromEntries(query)) === here || this.#leave()
    if (may === true) return this.#read()
    history.pushState(null, '', here)
    void Promise.resolve(may).then((go) => {
      if (!go) return
      this.#leave = null
      history.back()
    })
  }

  /** Links in the page ask the guard too. */
  #follow(event: MouseEvent): void {
    if (!this.#leave || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey)
      return
    const link = event.target instanceof Element ? event.target.closest('a[href^="#/"]:not([target])') : null
    if (!link) return
    event.preventDefault()
    const { path, query } = parsePlace(link.getAttribute('href') ?? '')
    void this.go(path, { query: Object.fromEntries(query) })
  }

  #read(): void {
    const place = parsePlace(location.hash)
    if (place.path !== this.path) this.path = place.path
    const gone = [...this.query.keys()].filter((name) => !place.query.has(name))
    gone.forEach((name) => this.query.delete(name))
    for (const [name, value] of place.query) if (this.query.get(name) !== value) this.query.set(name, value)
  }

  /** The part of the path below pattern's {names}, or null. */
  match(pattern: string): Record<string, string> | null {
    return match(pattern, this.path)
  }

  /** True at that path and everywhere below it. */
  within(path: string): boolean {
    return this.path === path || this.path.startsWith(`${path}/`)
  }

  /** Goes to another place. replace: the one left is not to be come back to. */
  async go(
    path: string,
    options: { query?: Record<string, string | undefined>; replace?: boolean } = {},
  ): Promise<void> {
    if (this.#leave && !(await this.#leave())) return
    this.#leave = null
    const target = href(path, options.query)
    if (options.replace) history.replaceState(null, '', target)
    else history.pushState(null, '', target)
    this.#read()
  }

  /** Changes what is asked for at this place; undefined or '' takes a name away. Not a new entry to come back to. */
  set(changes: Record<string, string | undefined>): void {
    const next = new URLSearchParams(this.query)
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value)
      else next.delete(name)
    }
    history.replaceState(null, '', href(this.path, Object.fromEntries(next)))
    this.#read()
  }

  /** Asks ask before the place is left (unsaved work), by `go`, a link or the browser's buttons; gives back how to stop asking. */
  guard(ask: () => boolean | Promise<boolean>): () => void {
    this.#leave = ask
    return () => {
      if (this.#leave === ask) this.#leave = null
    }
  }
}

export const router = new Router()
