// Debian's mosquitto_pub and mosquitto_sub, as a user types them.
import assert from 'node:assert/strict'
import { Process, run } from './process.mjs'
import { Inbox, within } from './wait.mjs'

/** Publishes one message: options are more arguments, as ['-q', '1', '-r']. Binary payloads are Buffers. */
export async function publish(gateway, topic, payload, options = []) {
  const { code, output } = await tryPublish(gateway, topic, payload, options)
  assert.equal(code, 0, `mosquitto_pub to ${topic}: ${output}`)
}

/** The same, with its exit code: {code, output}. */
export function tryPublish(gateway, topic, payload, options = []) {
  const args = ['-h', '127.0.0.1', '-p', String(gateway.mqttPort), '-t', topic, ...options]
  if (payload.length === 0) return run('mosquitto_pub', [...args, '-n'])
  return run('mosquitto_pub', [...args, '-s'], { input: payload })
}

/** Subscribes and resolves when the gateway has granted it. It ends with the test. */
export async function subscribe(t, gateway, filter, options = []) {
  const subscriber = new Subscriber(gateway, filter, options)
  t.after(() => subscriber.end())
  await subscriber.granted()
  return subscriber
}

// One line a message: QoS, retain flag, payload in hexadecimal, topic.
const format = 'message %q %r %x. %t'
const line = /^message (\d) (\d) ([0-9a-f]*)\. (.*)$/

class Subscriber {
  #grant
  #arrived

  constructor(gateway, filter, options) {
    this.#arrived = new Inbox(`mosquitto_sub -t ${filter}`)
    this.#grant = new Promise((resolve) => (this.onGrant = resolve))
    const args = ['-h', '127.0.0.1', '-p', String(gateway.mqttPort), '-t', filter, '-d', '-F', format, ...options]
    // It says at once that it has subscribed only to a terminal, or with stdbuf.
    this.process = new Process('stdbuf', ['-oL', 'mosquitto_sub', ...args], { onLine: (text) => this.#line(text) })
    this.process.exit.then(
      ({ code }) => this.#arrived.close(new Error(`mosquitto_sub ended with ${code}:\n${this.process.text()}`)),
      (error) => this.#arrived.close(error),
    )
  }

  #line(text) {
    const [, qos, retain, hex, topic] = text.match(line) ?? []
    if (topic !== undefined) {
      this.#arrived.push({ topic, payload: Buffer.from(hex, 'hex'), qos: Number(qos), retain: retain === '1' })
    } else if (text.startsWith('Subscribed ')) {
      this.onGrant()
    }
  }

  granted() {
    const ended = this.process.exit.then(() => {
      throw new Error(`mosquitto_sub ended:\n${this.process.text()}`)
    })
    return within(Promise.race([this.#grant, ended]), () => `mosquitto_sub to subscribe:\n${this.process.text()}`)
  }

  /** The next message: {topic, payload, qos, retain}. */
  next(what = 'a message') {
    return this.#arrived.next(what)
  }

  /** The next message as [topic, text]. */
  async line() {
    const { topic, payload } = await this.next()
    return [topic, payload.toString()]
  }

  take(n) {
    return this.#arrived.take(n, 'message')
  }

  end() {
    return this.process.end('SIGKILL') // its own handler of SIGTERM can hang on a busy machine
  }
}
