// Who sends: each a topic of its own, numbered. What is acknowledged goes into the book of promises.
import { connectMQTT } from '../lib/mqtt.mjs'
import { connect } from '../lib/socketio.mjs'
import { within } from '../lib/wait.mjs'

/** Starts every sender of the gateway; resolves with the number that each topic has got to. */
export async function startSenders(s) {
  const mqtt = await connectMQTT(s.t, s.gateway, { clientId: 'sender' })
  const socket = await connect(s.t, s.gateway, '/soak')
  for (const qos of [0, 1, 2]) {
    number(s, `soak/mqtt/qos${qos}`, (n, topic) => mqtt.publish(topic, n, { qos }), { promised: qos > 0 })
  }
  number(s, 'soak/socketio/n', async (n) => {
    const answer = await socket.ask('socketio/n', n)
    if (!answer.ok) throw new Error(`refused: ${JSON.stringify(answer)}`)
  })
  // Requests may overtake each other, so one at a time.
  number(s, 'soak/http/n', (n, topic) => publishHTTP(s.gateway, topic, n), { serial: true })
}

/** Sends from the broker beyond the link, which is not always there. */
export function startRemoteSender(s, remote) {
  number(s, 'remote/n', (n, topic) => within(remote.publishAsync(topic, n, { qos: 1 }), 'a PUBACK', 60_000), {
    ready: () => remote.connected,
  })
}

export async function publishHTTP(gateway, topic, body) {
  const response = await fetch(gateway.at(`api/v1/publish/${topic}?qos=1`), { method: 'POST', body })
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`)
  await response.arrayBuffer()
}

const interval = 50 // milliseconds between two messages of a sender
const unanswered = 200 // most that may wait for an answer

function number(s, topic, send, { promised = true, serial = false, ready = () => true } = {}) {
  const waiting = new Set()
  let n = 0
  s.schedule.every(interval, topic, async () => {
    if (!ready() || waiting.size >= unanswered) return
    const number = n++
    s.sent.add(topic, number)
    const answer = send(String(number), topic).then(
      () => promised && s.promised.add(topic, number),
      (error) => s.failures.add(`${topic} ${number} was not acknowledged: ${error.message}`),
    )
    waiting.add(answer)
    answer.finally(() => waiting.delete(answer))
    if (serial) await answer
  })
  s.settling.push(() => Promise.all(waiting))
}
