// A soak: everything at once, for a while, and then the accounts.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { startMosquitto } from '../lib/broker.mjs'
import { startGateway } from '../lib/gateway.mjs'
import { until } from '../lib/wait.mjs'
import { base, rules } from './config.mjs'
import { Book, Failures } from './ledger.mjs'
import { Keeper, startSockets } from './receivers.mjs'
import { pause, Schedule } from './schedule.mjs'
import { startRemoteSender, startSenders } from './senders.mjs'
import { startTrouble } from './trouble.mjs'
import { leaks, line, measure, slope } from './watch.mjs'

const sampling = 2000 // milliseconds
const catchUp = 60_000
const growth = { goroutines: 10, fds: 5 } // what may be left of the load

/** Runs for seconds; print gets a line now and then. Resolves with what went wrong: a list of texts. */
export async function soak(t, { seconds, every = 10, print = () => {} }) {
  const clients = { leaving: [], after: (fn) => clients.leaving.push(fn) }
  const s = await prepare(t, clients)
  const start = await measure(s.gateway)
  await startLoad(s)
  print(`begins: ${line(start)}`)
  const ownDelay = monitorEventLoopDelay() // a machine that is too busy for the clients says nothing of the gateway
  ownDelay.enable()
  const samples = []
  for (let end = performance.now() + 1000 * seconds, said = 0; performance.now() < end;) {
    await pause(sampling)
    samples.push(await measure(s.gateway))
    if (samples.at(-1).at - said < every) continue
    said = samples.at(-1).at
    const late = (ownDelay.max / 1e6).toFixed(0)
    print(`${accounts(s)}\n    ${line(samples.at(-1))}; the clients were up to ${late} ms late`)
    ownDelay.reset()
  }
  await finish(s, clients)
  await assertSettled(s, start, print)
  if (leaks(samples)) s.failures.add(`the heap grows by ${slope(samples, 'goal').toFixed(1)} MiB a minute`)
  for (const name of ['rss', 'heap', 'goal'])
    print(`${name}: ${slope(samples, name).toFixed(2)} MiB a minute in the second half`)
  print(`ends: ${accounts(s)}`)
  return s.failures.list
}

async function prepare(t, clients) {
  const broker = await startMosquitto(t)
  const config = base(broker)
  const gateway = await startGateway(t, config + rules(0))
  await until(async () => (await gateway.metrics()).value('gateway_link_up') === 1, 'the link to be up')
  const failures = new Failures()
  return {
    t: clients,
    ...{ broker, config, gateway, failures, schedule: new Schedule(failures) },
    ...{ sent: new Book(), promised: new Book(), sequences: [], settling: [] },
    counts: { recoveries: 0, reloads: 0, visits: 0, calls: 0, rooms: 0 },
    keepers: [
      new Keeper('keeper', gateway.mqttUrl, ['soak/#', 'remote/#'], 1, { protocolVersion: 4 }),
      new Keeper('keeper5', gateway.mqttUrl, ['soak/#', 'remote/#'], 2, {
        protocolVersion: 5,
        properties: { sessionExpiryInterval: 3600 },
      }),
      new Keeper('beyond', broker.url, ['soak/#'], 1, { protocolVersion: 4 }),
    ],
  }
}

async function startLoad(s) {
  for (const keeper of s.keepers) {
    await keeper.come()
    s.t.after(() => keeper.leave())
  }
  const [keeper, keeper5, beyond] = s.keepers
  s.schedule.every(5000, 'keeper', () => keeper.rest(1000))
  s.schedule.every(7000, 'keeper5', () => keeper5.rest(500))
  s.schedule.every(8000, 'mosquitto', async () => {
    await s.broker.stop()
    await pause(2000)
    await s.broker.start()
  })
  await startSockets(s)
  await startSenders(s)
  startRemoteSender(s, beyond.raw)
  await startTrouble(s)
}

/** Ends the load, waits for what is on its way, says what is missing, and sends the clients home. */
async function finish(s, clients) {
  await s.schedule.stop()
  await Promise.all(s.settling.map((settle) => settle()))
  const missing = () =>
    s.keepers
      .map((k) => [k.name, s.promised.without(k.received, (topic) => k.wants(topic))])
      .filter(([, m]) => m.length > 0)
  await until(() => missing().length === 0 && behind(s).length === 0, 'everything to arrive', catchUp).catch(() => {})
  for (const [name, topics] of missing()) s.failures.add(`${name} lacks ${JSON.stringify(topics).slice(0, 500)}`)
  for (const text of behind(s)) s.failures.add(text)
  for (const leave of clients.leaving.reverse()) await leave()
}

/** Clients that stayed, and lack the last of something. */
function behind(s) {
  return s.sequences.flatMap(({ name, last }) =>
    [...s.sent.topics]
      .filter(([topic, sent]) => topic.startsWith('soak/') && last.get(topic) !== sent.size - 1)
      .map(([topic, sent]) => `${name}: the last of ${topic} is ${last.get(topic)}, not ${sent.size - 1}`),
  )
}

async function assertSettled(s, start, print) {
  let now
  const settled = async () => {
    now = await measure(s.gateway)
    return Object.entries(growth).every(([name, more]) => now[name] <= start[name] + more)
  }
  await until(settled, 'the load to leave nothing behind', catchUp).catch(() => {
    for (const name of Object.keys(growth)) {
      if (now[name] > start[name] + growth[name]) s.failures.add(`${name}: ${start[name]} before, ${now[name]} after`)
    }
  })
  print(`after the load: ${line(now)}`)
}

function accounts(s) {
  const topics = [...s.sent.topics].map(([topic, sent]) => `${topic} ${sent.size}`)
  const kept = s.keepers.map((k) => `${k.name} ${k.received.size}`)
  const other = Object.entries(s.counts).map(([what, n]) => `${n} ${what}`)
  const sent = `sent ${s.sent.size} (${topics.join(', ')}), promised ${s.promised.size}`
  return `${sent}; kept: ${kept.join(', ')}; ${other.join(', ')}; ${s.failures.count} failures`
}
