// The server of pkg/socketio/conformance as a child process.
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before } from 'node:test'
import { promisify } from 'node:util'
import { within } from './wait.mjs'

// The command's own times are for suites that wait for them to pass.
const unhurried = ['-ping-interval', '1s', '-ping-timeout', '20s', '-connect-timeout', '20s']

const repository = resolve(import.meta.dirname, '../../..')

/** One server for the tests of a file: url is where it listens. Flags are added to those of the command. */
export function sharedServer(...flags) {
  const server = new Server(flags)
  before(async () => {
    await server.build()
    await server.start()
  })
  after(() => server.remove())
  return server
}

class Server {
  #flags
  #dir
  #child
  #addr = '127.0.0.1:0'

  constructor(flags) {
    this.#flags = flags
  }

  get url() {
    return `http://${this.#addr}`
  }

  async build() {
    this.#dir = await mkdtemp(join(tmpdir(), 'compat-'))
    await promisify(execFile)('go', ['build', '-o', this.#dir, './pkg/socketio/conformance'], { cwd: repository })
  }

  /** Starts it, on the same port as before. */
  async start() {
    const args = ['-mode', 'clients', '-addr', this.#addr, ...unhurried, ...this.#flags]
    this.#child = spawn(join(this.#dir, 'conformance'), args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const line = await within(
      'the server listens',
      new Promise((done) => createInterface(this.#child.stdout).once('line', done)),
    )
    this.#addr = line.replace('ready ', '')
  }

  /** Lets it end in order. */
  async stop() {
    const ended = new Promise((done) => this.#child.once('exit', done))
    this.#child.kill('SIGINT')
    await within('the server ends', ended)
    this.#child = undefined
  }

  async remove() {
    if (this.#child) await this.stop()
    await rm(this.#dir, { recursive: true, force: true })
  }
}
