// Blocking TCP sockets for MicroPython. The sockets live in a thread of their own; while Python waits for one of them, this
// thread, and with it the whole board, stands still.
import path from 'node:path'
import { Worker } from 'node:worker_threads'

const SIZE = 8192 // bytes that one call moves at most

export class Blocking {
  #memory
  #answer = new Int32Array(new SharedArrayBuffer(8)) // whether it is there, and what it is
  #data = new Uint8Array(new SharedArrayBuffer(SIZE))
  #worker

  /** memory returns MicroPython's memory as a Uint8Array. */
  constructor(memory) {
    this.#memory = memory
  }

  /** Connect; 0 or a negative errno. ms: what it may take at most, -1 for ever. */
  connect(handle, ms, host, port) {
    return this.#call({ op: 'connect', handle, ms, host, port })
  }

  /** Bytes read: at most n, at least 1; 0 at the end; negative errno. */
  read(handle, ms, pointer, n) {
    const done = this.#call({ op: 'read', handle, ms, n: Math.min(n, SIZE) })
    if (done > 0) this.#memory().set(this.#data.subarray(0, done), pointer)
    return done
  }

  /** Bytes written; negative errno. */
  write(handle, ms, pointer, n) {
    return this.#call({ op: 'write', handle, ms, data: this.#memory().slice(pointer, pointer + Math.min(n, SIZE)) })
  }

  close(handle) {
    return this.#call({ op: 'close', handle, ms: -1 })
  }

  #call(request) {
    this.#worker ??= this.#start()
    Atomics.store(this.#answer, 0, 0)
    this.#worker.postMessage(request)
    Atomics.wait(this.#answer, 0, 0)
    return this.#answer[1]
  }

  #start() {
    process.removeAllListeners('SIGTERM') // nobody would hear them: the signal has to end the process by itself
    const file = path.join(import.meta.dirname, 'blocking-worker.mjs')
    const worker = new Worker(file, { workerData: { answer: this.#answer, data: this.#data } })
    worker.unref()
    return worker
  }
}
