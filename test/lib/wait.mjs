// Waiting for what must happen: always bounded, and a failure says in words what did not.

/**
 * How long anything may take before a test fails, in milliseconds. Long, because it is paid for by failures only: a link tries
 * again after 15 s at the latest, a page after 7 s, and the machine may be busy.
 */
export const patience = 40_000

/** Resolves as promise does; rejects when that takes too long. what is a text, or a function for one made only then. */
export async function within(promise, what, ms = patience) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${typeof what === 'string' ? what : what()}`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Asks again and again until read gives a truthy value, and resolves with it. For what has no event to await. */
export async function until(read, what, ms = patience) {
  const end = Date.now() + ms
  for (;;) {
    const value = await read()
    if (value) return value
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** What has arrived, in order. Nothing is lost between two calls of next, and nothing can slip in unseen. */
export class Inbox {
  #items = []
  #waiting = []
  #closed = null

  constructor(name) {
    this.name = name
  }

  push(item) {
    const first = this.#waiting.shift()
    if (first) first.resolve(item)
    else this.#items.push(item)
  }

  /** Fails every next from now on, once what has arrived is taken. */
  close(error) {
    this.#closed = error
    for (const w of this.#waiting.splice(0)) w.reject(error)
  }

  /** The next item, whatever it is. */
  next(what = 'something') {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift())
    if (this.#closed) return Promise.reject(this.#closed)
    const waiter = {}
    const arrival = new Promise((resolve, reject) => Object.assign(waiter, { resolve, reject }))
    this.#waiting.push(waiter)
    return within(arrival, `${what} at ${this.name}`).finally(() => {
      this.#waiting = this.#waiting.filter((w) => w !== waiter)
    })
  }

  /** The next n items. */
  async take(n, what) {
    const items = []
    while (items.length < n) items.push(await this.next(`${what ?? 'item'} ${items.length + 1} of ${n}`))
    return items
  }

  /** Everything that has arrived and was not taken. */
  drain() {
    return this.#items.splice(0)
  }
}
