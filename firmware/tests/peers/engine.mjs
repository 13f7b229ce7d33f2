// A server of Engine.IO that a test speaks for, packet by packet: for what no real server sends.
import { frame, goodbye, serve } from './websocket.mjs'

/** One connection of a client: packets as text, without frames around them. */
export class Engine {
  constructor(peer) {
    this.peer = peer
  }

  /** Send a packet: text, or bytes as an attachment. */
  send(packet) {
    this.peer.write(frame(typeof packet === 'string' ? 1 : 2, packet))
  }

  /** The next packet of the client; null once it says goodbye, which has to have code 1000. Fails when it goes without. */
  async next() {
    for (;;) {
      const { op, data } = await this.peer.next()
      if (op === 8 && data.readUInt16BE() !== 1000) throw new Error(`a goodbye with ${data.readUInt16BE()}`)
      if (op === 8) return null
      if (op < 8) return op === 1 ? String(data) : data
    }
  }

  /** The next packet that begins with text; null as for next(). */
  async seek(text) {
    for (;;) {
      const packet = await this.next()
      if (packet === null || String(packet).startsWith(text)) return packet
    }
  }

  /** Do what every connection begins with: the terms, and a CONNECT of / and of nothing else. */
  async open({ pingInterval = 25_000, pingTimeout = 20_000, pid } = {}) {
    this.peer.accept()
    this.send(`0${JSON.stringify({ sid: 'engine', upgrades: [], pingInterval, pingTimeout, maxPayload: 1e6 })}`)
    this.connect = await this.seek('40')
    this.send(`40${JSON.stringify({ sid: 'socket', pid })}`)
    return this
  }

  close() {
    this.peer.send(8, goodbye(1000))
    this.peer.conn.end()
  }
}

/** A server that calls session(engine, n) for the n-th connection, from 0. */
export async function serveEngine(t, session) {
  let n = 0
  const { port } = await serve(t, { '/socket.io/': (peer) => session(new Engine(peer), n++) })
  return `http://127.0.0.1:${port}`
}
