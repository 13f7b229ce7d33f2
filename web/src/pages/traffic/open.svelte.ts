/** Which levels of the tree are open; kept for as long as the tab lives. */
export class OpenTopics {
  /** Grows with each change. */
  version = $state(0)
  #chosen = new Map<string, boolean>()

  constructor(private readonly key = 'traffic-open') {
    try {
      const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]')
      if (Array.isArray(kept)) this.#chosen = new Map(kept as [string, boolean][])
    } catch {
      // not kept, or not by us
    }
  }

  /** Whether a level is open; `otherwise` for those that nobody has touched. */
  has(path: string, otherwise: boolean): boolean {
    return this.#chosen.get(path) ?? otherwise
  }

  set(path: string, on: boolean): void {
    this.#chosen.set(path, on)
    this.version++
    try {
      sessionStorage.setItem(this.key, JSON.stringify([...this.#chosen].slice(-500)))
    } catch {
      // full or forbidden: open for this page only
    }
  }

  /** Opens all levels above a topic. */
  reveal(topic: string): void {
    const levels = topic.split('/')
    for (let i = 1; i < levels.length; i++) this.set(levels.slice(0, i).join('/'), true)
  }
}
