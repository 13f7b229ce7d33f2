// Debian's mosquitto as somebody else's broker, for links. It can go away and come back with its sessions.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { Process } from './process.mjs'
import { until } from './wait.mjs'

/** Starts a mosquitto on a port of its own; it ends with the test. */
export async function startMosquitto(t) {
  const broker = new Mosquitto()
  t.after(() => broker.dispose())
  await broker.prepare()
  await broker.start()
  return broker
}

class Mosquitto {
  #process

  async prepare() {
    this.port = await freePort()
    this.url = `mqtt://127.0.0.1:${this.port}`
    this.dir = await mkdtemp(join(tmpdir(), 'gateway-test-mosquitto-'))
    const lines = [
      `listener ${this.port} 127.0.0.1`,
      'allow_anonymous true',
      'persistence true',
      `persistence_location ${this.dir}/`,
      'max_queued_messages 0',
      `user ${userInfo().username}`,
    ]
    await writeFile(join(this.dir, 'mosquitto.conf'), lines.join('\n'))
  }

  /** Starts it and waits until it takes connections. */
  async start() {
    this.#process = new Process('mosquitto', ['-c', join(this.dir, 'mosquitto.conf')])
    await until(() => accepts(this.port), `mosquitto to listen on port ${this.port}`)
  }

  /** Stops it in an orderly way: it keeps its sessions, and what waits in them. */
  async stop() {
    if (!this.#process.ended) await this.#process.end('SIGTERM')
  }

  async dispose() {
    if (this.#process && !this.#process.ended) await this.#process.end('SIGKILL')
    if (this.dir) await rm(this.dir, { recursive: true, force: true })
  }
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}
