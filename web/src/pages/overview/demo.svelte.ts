// The simulated devices, each over its own mapped namespace: this file is an example client.
import type { Socket } from 'socket.io-client'
import { ackSentence, openNamespace, type Ack } from '$lib/connect/namespace'

const kept = 90 // values of a curve
const answerWithin = 8000 // ms

export type Led = 'off' | 'green' | 'amber' | 'red'

/** The second argument of a mapped event. */
interface Meta {
  age_ms?: number
}
const publishedAt = (meta?: Meta) => Date.now() - (meta?.age_ms ?? 0)

export class Demo {
  led = $state<Led>('off')
  ledText = $state('')
  ledBy = $state('')
  ledSeq = $state(0)
  ledSince = $state(0)
  celsius = $state<number | null>(null)
  celsiusAt = $state(0)
  temperatures = $state.raw<number[]>([])
  on = $state<boolean | null>(null)
  watts = $state<number | null>(null)
  kwh = $state(0)
  wattsAt = $state(0)
  powers = $state.raw<number[]>([])
  /** What the last press of a button came to. */
  said = $state('')
  busy = $state(false)
  #sockets: Record<'lamp' | 'kitchen' | 'plug', Socket> | null = null

  /** Connects; what comes back disconnects. */
  start(): () => void {
    const sockets = {
      lamp: openNamespace('/demo/lamp'),
      kitchen: openNamespace('/home/kitchen'),
      plug: openNamespace('/tasmota/plug'),
    }
    this.#sockets = sockets
    sockets.lamp.on('led', (led, meta) => this.#takeLed(led, meta))
    sockets.kitchen.on('temp', (celsius, meta) => this.#takeTemperature(celsius, meta))
    sockets.plug.on('state', (state) => (this.on = state === 'ON'))
    sockets.plug.on('power', (power, meta) => this.#takePower(power, meta))
    return () => Object.values(sockets).forEach((socket) => socket.disconnect())
  }

  #takeLed(led: { color?: Led; text?: string; by?: string; seq?: number } | null, meta?: Meta): void {
    if (!led?.color) return // deleted, or not from the lamp
    this.led = led.color
    this.ledText = led.text ?? ''
    this.ledBy = led.by ?? ''
    this.ledSeq = led.seq ?? 0
    this.ledSince = publishedAt(meta)
  }

  #takeTemperature(celsius: unknown, meta?: Meta): void {
    if (typeof celsius !== 'number') return
    this.celsius = celsius
    this.celsiusAt = publishedAt(meta)
    this.temperatures = [...this.temperatures, celsius].slice(-kept)
  }

  #takePower(power: { watts?: number; today_kwh?: number } | null, meta?: Meta): void {
    if (typeof power?.watts !== 'number') return
    this.watts = power.watts
    this.kwh = power.today_kwh ?? 0
    this.wattsAt = publishedAt(meta)
    this.powers = [...this.powers, power.watts].slice(-kept)
  }

  /** Tells the lamp that somebody has seen its alert. */
  async acknowledge(): Promise<void> {
    if (!this.ledSeq || !this.#sockets) return
    await this.#ask(this.#sockets.lamp, 'acknowledge', { by: 'page', seq: this.ledSeq })
  }

  /** Switches the plug; the ack is the plug's own answer, through the mapping's rpc. */
  async toggle(): Promise<void> {
    if (!this.#sockets) return
    const started = performance.now()
    const ok = await this.#ask(this.#sockets.plug, 'switch', !this.on)
    if (ok) this.said = `The plug answered in ${Math.max(1, Math.round(performance.now() - started))} ms.`
  }

  async #ask(socket: Socket, event: string, argument: unknown): Promise<boolean> {
    this.busy = true
    this.said = ''
    try {
      const ack: Ack = await socket.timeout(answerWithin).emitWithAck(event, argument)
      if (!ack?.ok) this.said = ackSentence(ack?.error)
      return ack?.ok === true
    } catch {
      this.said = ackSentence({ code: 'timeout', message: '' })
      return false
    } finally {
      this.busy = false
    }
  }
}
