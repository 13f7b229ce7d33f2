// The real gateway binary as a child process, on ports and a data directory of its own.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, afterEach, before } from 'node:test'
import { metrics } from './metrics.mjs'
import { Process } from './process.mjs'
import { Inbox, until, within } from './wait.mjs'

const here = import.meta.dirname
/** The binary under test. */
export const binary = resolve(process.env.GATEWAY_BIN ?? join(here, '..', '..', 'bin', 'gateway'))

const anyPort = '127.0.0.1:0'
const stopWithin = 5000

/** A gateway of the calling test: it ends with the test, and its log is printed when the test fails. */
export async function startGateway(t, config = '', options = {}) {
  const gateway = await new Gateway(options).prepare(config)
  t.after(async () => {
    if (!t.passed) gateway.printLog(t.name)
    await gateway.dispose()
  })
  await gateway.start()
  return gateway
}

/** One gateway for all tests of a file. What it returns is usable inside tests only. */
export function sharedGateway(config = '', options = {}) {
  const gateway = new Gateway(options)
  before(async () => {
    await gateway.prepare(config)
    await gateway.start().catch(async (error) => {
      await gateway.dispose()
      throw error
    })
  })
  afterEach((t) => {
    if (t.passed) gateway.forgetLog()
    else gateway.printLog(t.name)
  })
  after(() => gateway.dispose())
  return gateway
}

class Gateway {
  #process
  #log = []
  #logged = new Inbox('the log')
  #listen = { HTTP_LISTEN: anyPort, MQTT_LISTEN: anyPort, MQTT_WEBSOCKET_LISTEN: anyPort }

  /** options: demo (run the simulated devices), env (GATEWAY_... variables). */
  constructor({ demo = false, env = {} } = {}) {
    this.options = { demo, env }
  }

  async prepare(config) {
    assert(existsSync(binary), `${binary} is missing: run make build, or name another in GATEWAY_BIN`)
    this.dir = await mkdtemp(join(tmpdir(), 'gateway-test-'))
    await this.configure(config)
    return this
  }

  /** Writes the config file; a running gateway sees it at the next reload. */
  configure(config) {
    return writeFile(join(this.dir, 'config.toml'), config)
  }

  /** Starts the process, and learns from its first lines where it listens. */
  async start() {
    const ready = new Promise((resolve) => {
      this.#process = new Process(binary, this.commandLine().slice(1), {
        cwd: this.dir,
        env: this.#env(),
        onLine: (line, stream) => this.#line(line, stream, resolve),
      })
    })
    const early = this.#process.exit.then(({ code }) => {
      throw new Error(`the gateway ended with ${code} before it was ready:\n${this.#process.text()}`)
    })
    early.catch(() => {})
    await within(Promise.race([ready, early]), () => `the gateway to be ready; it said:\n${this.#process.text()}`)
    const refused = this.#log.filter((line) => line.includes('mapping left out'))
    assert.deepEqual(refused, [], 'mappings that the gateway did not take')
  }

  /** What a user would type. */
  commandLine() {
    const files = ['--config', join(this.dir, 'config.toml'), '--data', join(this.dir, 'data')]
    return [binary, 'serve', ...files, ...(this.options.demo ? ['--demo'] : [])]
  }

  #env() {
    const listen = Object.entries(this.#listen).map(([key, addr]) => [`GATEWAY_${key}`, addr])
    return { ...Object.fromEntries(listen), ...this.options.env }
  }

  #line(line, stream, ready) {
    if (stream === 'stderr') {
      this.#log.push(line)
      this.#logged.push(line)
      return
    }
    const url = (name) => line.match(new RegExp(`^ +${name} +(\\w+://\\S+)`))?.[1]
    this.url = url('page, REST, socket\\.io') ?? this.url
    this.mqttUrl = url('MQTT') ?? this.mqttUrl
    this.mqttWebsocketUrl = url('MQTT over websocket') ?? this.mqttWebsocketUrl
    if (line.startsWith('try: ')) {
      this.#keepPorts()
      ready()
    }
  }

  // A restart takes the same ports, as a user's would.
  #keepPorts() {
    const addr = (url) => `127.0.0.1:${new URL(url).port}`
    this.#listen = {
      HTTP_LISTEN: addr(this.url),
      MQTT_LISTEN: addr(this.mqttUrl),
      MQTT_WEBSOCKET_LISTEN: addr(this.mqttWebsocketUrl),
    }
  }

  /** What it has logged so far, a line each. */
  get lines() {
    return this.#log
  }

  get pid() {
    return this.#process.pid
  }

  get mqttPort() {
    return Number(new URL(this.mqttUrl).port)
  }

  get httpPort() {
    return Number(new URL(this.url).port)
  }

  get alive() {
    return !this.#process.ended
  }

  /** An address below the HTTP root: at('api/v1/info'). */
  at(path) {
    return new URL(path, this.url).href
  }

  /** Pulls the plug: no goodbye, nothing written. */
  async kill9() {
    await this.#process.end('SIGKILL')
  }

  /** Starts again on the same data directory and ports. */
  async restart() {
    if (this.alive) await this.stop()
    await this.start()
  }

  /** SIGTERM; asserts that it ends by itself, in time and content. */
  async stop() {
    const { code, signal } = await this.#process.end('SIGTERM', stopWithin)
    assert.deepEqual(
      { code, signal },
      { code: 0, signal: null },
      `the gateway's end after SIGTERM:\n${this.#process.text()}`,
    )
  }

  /** Puts a new config file in place and has it read; resolves with the log entry that says how that went. */
  async reload(config) {
    await this.configure(config)
    this.#logged.drain()
    process.kill(this.pid, 'SIGHUP')
    return this.logged(/reload/)
  }

  /** The next log line that matches. */
  async logged(pattern) {
    for (;;) {
      const line = await this.#logged.next(`a log line like ${pattern}`)
      if (pattern.test(line)) return line
    }
  }

  /** The families of /metrics. */
  async metrics() {
    const response = await fetch(this.at('metrics'))
    assert.equal(response.status, 200, 'status of /metrics')
    return metrics(await response.text())
  }

  /**
   * Waits until everything that the gateway has is on disk: until a flush that began after this call has ended. The first one
   * to end may have begun before; messages on test/flush see to it that there is a second.
   */
  async flushed() {
    const syncs = async () => (await this.metrics()).value('gateway_state_log_syncs_total')
    const start = await syncs()
    const twice = async () => {
      await fetch(this.at('api/v1/publish/test/flush'), { method: 'POST', body: String(Date.now()) })
      return (await syncs()) >= start + 2
    }
    await until(twice, 'the state to be written to disk')
  }

  printLog(test) {
    console.error(`--- the gateway's log during "${test}":\n${this.#log.join('\n') || '(empty)'}\n---`)
  }

  forgetLog() {
    this.#log = []
  }

  async dispose() {
    if (this.#process && this.alive) await this.kill9()
    if (this.dir) await rm(this.dir, { recursive: true, force: true })
  }
}
