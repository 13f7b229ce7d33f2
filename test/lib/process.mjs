// Child processes that never outlive the tests.
import { spawn } from 'node:child_process'
import { within } from './wait.mjs'

// What a person has set for gateways of their own must not change those under test.
const ownEnv = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GATEWAY_')))

const running = new Set()

function endAll() {
  for (const child of running) child.kill('SIGKILL')
}
process.on('exit', endAll)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

/** A child process whose output comes by line. */
export class Process {
  /** onLine(line, stream) gets every line of stdout and stderr. */
  constructor(command, args, { env = {}, cwd, onLine = () => {} } = {}) {
    this.command = [command, ...args].join(' ')
    this.output = []
    this.child = spawn(command, args, { cwd, env: { ...ownEnv, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    running.add(this.child)
    this.child.stdin.on('error', () => {}) // it may end without reading
    const streams = ['stdout', 'stderr'].map((name) => this.#read(name, onLine))
    const ended = new Promise((resolve, reject) => {
      this.child.on('error', reject)
      this.child.on('close', (code, signal) => resolve({ code, signal }))
    })
    this.exit = Promise.all([ended, ...streams])
      .then(([how]) => how)
      .finally(() => running.delete(this.child))
    this.exit.catch(() => {}) // for those who wait
  }

  #read(name, onLine) {
    let rest = ''
    const stream = this.child[name].setEncoding('utf8')
    const line = (text) => {
      this.output.push(text)
      onLine(text, name)
    }
    stream.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()
      lines.forEach(line)
    })
    return new Promise((resolve) => stream.on('close', () => resolve(rest && line(rest))))
  }

  get pid() {
    return this.child.pid
  }

  get ended() {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** Sends a signal and waits for the end: {code, signal}. */
  async end(signal = 'SIGTERM', ms) {
    if (!this.ended) this.child.kill(signal)
    try {
      return await within(this.exit, () => `${this.command} to end after ${signal}`, ms)
    } finally {
      if (!this.ended) this.child.kill('SIGKILL')
    }
  }

  /** The whole output, for messages. */
  text() {
    return this.output.join('\n')
  }
}

/** Runs a command to its end: {code, stdout}. */
export async function run(command, args, { input, env } = {}) {
  const out = []
  const p = new Process(command, args, { env, onLine: (line, stream) => stream === 'stdout' && out.push(line) })
  p.child.stdin.end(input)
  try {
    const { code } = await within(p.exit, () => `${p.command} to end`)
    return { code, stdout: out.join('\n'), output: p.text() }
  } finally {
    if (!p.ended) p.child.kill('SIGKILL')
  }
}
