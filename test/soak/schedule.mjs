// Work that goes on until it is told to stop.

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

export class Schedule {
  #stopped = false
  #running = []

  constructor(failures) {
    this.failures = failures
  }

  /** Does work every ms, not before it has ended; what it throws is a failure. */
  every(ms, name, work) {
    this.#running.push(this.#loop(ms, name, work))
  }

  async #loop(ms, name, work) {
    while (!this.#stopped) {
      await Promise.race([pause(ms), this.#end])
      if (this.#stopped) return
      await work().catch((error) => this.failures.add(`${name}: ${error.message}`))
    }
  }

  #end = new Promise((resolve) => (this.finish = resolve))

  /** Ends everything, and resolves when what is going on has ended. */
  async stop() {
    this.#stopped = true
    this.finish()
    await Promise.all(this.#running)
  }
}
