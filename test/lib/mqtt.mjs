// The npm mqtt client, with its messages in an inbox.
import mqtt from 'mqtt'
import { Inbox, within } from './wait.mjs'

/** Connects an MQTT client; it leaves with the test. options are those of mqtt.connect, and url for another listener. */
export async function connectMQTT(t, gateway, { url = gateway.mqttUrl, ...options } = {}) {
  const raw = mqtt.connect(url, { reconnectPeriod: 0, protocolVersion: 5, connectTimeout: 5000, ...options })
  t.after(() => raw.end(true))
  const client = new Client(raw)
  await within(client.opened, `an MQTT client to connect to ${url}`)
  raw.on('error', () => {}) // a lost connection is seen by what does not arrive
  return client
}

class Client {
  #arrived

  constructor(raw) {
    this.raw = raw
    this.#arrived = new Inbox(`the MQTT client ${raw.options.clientId}`)
    this.opened = new Promise((resolve, reject) => {
      raw.once('connect', (connack) => resolve((this.connack = connack)))
      raw.once('error', reject)
      raw.once('close', () => reject(new Error('the connection was closed')))
    })
    raw.on('message', (topic, payload, { qos, retain, properties }) =>
      this.#arrived.push({ topic, payload, qos, retain, properties }),
    )
  }

  /** Subscribes; resolves with the grants when the gateway has answered. */
  subscribe(filters, options = { qos: 0 }) {
    return within(this.raw.subscribeAsync(filters, options), `SUBACK for ${filters}`)
  }

  /** Publishes; resolves when the gateway has acknowledged it as its QoS says. */
  publish(topic, payload, options = { qos: 1 }) {
    return within(this.raw.publishAsync(topic, payload, options), `the acknowledgement of ${topic}`)
  }

  /** The next message: {topic, payload, qos, retain, properties}. */
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

  closed() {
    return within(new Promise((resolve) => this.raw.once('close', resolve)), 'the MQTT connection to be closed')
  }
}
