// What else goes on at a gateway: clients that come and go, rooms, commands with answers, reloads, and rubbish.
import { randomBytes, randomInt } from 'node:crypto'
import net from 'node:net'
import { connectMQTT } from '../lib/mqtt.mjs'
import { connect, transports } from '../lib/socketio.mjs'
import { rules } from './config.mjs'
import { pause } from './schedule.mjs'
import { publishHTTP } from './senders.mjs'

export async function startTrouble(s) {
  s.schedule.every(1000, 'a visitor by MQTT', () => visitMQTT(s))
  s.schedule.every(1000, 'a visitor by socket.io', () => visitSocketIO(s))
  s.schedule.every(500, 'rubbish', () => rubbish([s.gateway.mqttPort, s.gateway.httpPort][randomInt(2)]))
  s.schedule.every(5000, 'reload', () => reload(s))
  await startCalls(s)
  await startRooms(s)
  await startRaw(s)
}

/** A test context of its own, for clients that leave before the end. */
async function visit(work) {
  const leaving = []
  try {
    await work({ after: (fn) => leaving.push(fn) })
  } finally {
    for (const leave of leaving.reverse()) await leave()
  }
}

const visitMQTT = (s) =>
  visit(async (t) => {
    const url = randomInt(2) ? s.gateway.mqttUrl : s.gateway.mqttWebsocketUrl
    const client = await connectMQTT(t, s.gateway, { url, protocolVersion: 4 + randomInt(2) })
    await client.subscribe(['soak/#', `none/${randomInt(1000)}/+`], { qos: randomInt(3) })
    await client.next()
    await client.raw.unsubscribeAsync('soak/#')
    s.counts.visits++
  })

const visitSocketIO = (s) =>
  visit(async (t) => {
    const transport = Object.keys(transports)[randomInt(3)]
    const client = await connect(t, s.gateway, '/soak', { transport })
    await client.next()
    s.counts.visits++
  })

const openings = [
  '',
  'GET / HTTP/1.1\r\n\r\n',
  'GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
  '\x10\xff\xff\xff\x7f',
]

async function rubbish(port) {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {})
  socket.write(openings[randomInt(openings.length)])
  socket.write(randomBytes(randomInt(1, 2000)))
  await pause(randomInt(200))
  socket.destroy()
}

async function reload(s) {
  const line = await s.gateway.reload(s.config + rules(s.counts.reloads++))
  if (!line.includes('mappings reloaded')) throw new Error(line)
}

// A device that answers, and a client that asks.
async function startCalls(s) {
  const device = await connectMQTT(s.t, s.gateway, { clientId: 'device' })
  device.raw.on('message', (topic, payload) => device.raw.publish(topic.replace('ask', 'answer'), payload, { qos: 1 }))
  await device.subscribe('ask/+', { qos: 1 })
  const client = await connect(s.t, s.gateway, '/calls')
  s.schedule.every(200, 'a call', async () => {
    const question = s.counts.calls++
    const answer = await client.ask('device', question)
    if (answer.payload !== question) throw new Error(`${question} was answered with ${JSON.stringify(answer)}`)
  })
}

// In a room and out again: its messages come while one is in it, and only then.
async function startRooms(s) {
  const client = await connect(s.t, s.gateway, '/rooms')
  s.schedule.every(300, 'a room', async () => {
    const room = `room${randomInt(5)}`
    await client.ask('join', room)
    const [n, elsewhere] = [s.counts.rooms++, `elsewhere${randomInt(5)}`]
    await publishHTTP(s.gateway, `rooms/${elsewhere}/n`, String(n))
    await publishHTTP(s.gateway, `rooms/${room}/n`, String(n))
    const got = await nextLive(client)
    if (got !== n) throw new Error(`${n} was expected in ${room}, ${got} came`)
    await client.ask('leave', room)
  })
}

async function nextLive(client) {
  for (;;) {
    const [, value, meta] = await client.next()
    if (!meta?.replayed) return value
  }
}

// The raw bus: subscribed, one message seen, unsubscribed.
async function startRaw(s) {
  const client = await connect(s.t, s.gateway, '/mqtt')
  s.schedule.every(1000, 'the raw bus', async () => {
    await client.ask('subscribe', ['soak/#'])
    await client.next()
    await client.ask('unsubscribe', ['soak/#'])
    client.drain()
  })
}
