// A stand-in for the API and /admin. It keeps nothing and checks little.
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { data, setup, user } from './data.mjs'

const can = ['publish', 'mappings.write', 'links.write', 'users.write', 'tokens.write', 'settings.write', 'backup']
let loggedIn = setup.claimed
let seq = 5000
const session = () => ({
  authenticated: loggedIn,
  claimed: setup.claimed,
  ...(loggedIn && {
    user: { id: user.id, username: user.username, role: user.role },
    principal: { kind: 'user', id: user.id, role: user.role },
    can,
  }),
})
const rates = () => ({
  mqtt_in: 142 + Math.random() * 9,
  mqtt_out: 60,
  socketio_in: 3.2,
  socketio_out: 138 + Math.random() * 9,
  link_in: 12,
  link_out: 0.4,
  http_in: 0.1,
  dropped: 0,
})
const topics = ['home/kitchen/temp', 'home/attic/hum', 'home/cellar/power', 'plug_7/state', 'alert/lamp/led']
const message = () => {
  const topic = topics[seq % topics.length]
  return {
    seq: seq++,
    at: new Date().toISOString(),
    topic,
    payload: String(20 + (seq % 7)),
    encoding: 'utf8',
    size: 2,
    qos: 0,
    retain: false,
    origin: { adapter: 'mqtt', conn: 'plug_7' },
  }
}
const problem = (status, code, detail) => Object.assign(new Error(detail), { status, code })
const list = (name) => ({ items: data[name], revision: 'r1' })
const without = (name, key, id) => (data[name] = data[name].filter((x) => x[key] !== id))

const routes = {
  'GET /setup': () => setup,
  'POST /setup/claim': ({ body }) => {
    if (body.code !== '1234-5678')
      throw problem(403, 'denied', 'this is not the setup code: it stands in the log, or ask `gateway setup-code`')
    setup.claimed = loggedIn = true
    return session()
  },
  'GET /session': session,
  'POST /session': ({ body }) => {
    if (body.password === 'wrong') throw problem(403, 'denied', 'wrong user or password')
    loggedIn = true
    return session()
  },
  'DELETE /session': () => void (loggedIn = false),
  'GET /health': () => data.health,
  'GET /settings': () => data.settings,
  'PUT /settings': ({ body }) => Object.assign(data.settings, body),
  'GET /licenses': () => list('licenses'),
  'POST /links/test': () => ({
    ok: false,
    steps: [
      { name: 'dns', ok: true, text: 'broker.lan is 192.168.1.2', ms: 3 },
      { name: 'tcp', ok: true, text: 'port 1883 answers', ms: 2 },
      {
        name: 'connect',
        ok: false,
        text: 'not authorized: the broker knows no such user, or another password',
        ms: 12,
      },
    ],
  }),
  'POST /tokens': ({ body }) => {
    const t = {
      id: body.name.toLowerCase().replace(/\W+/g, '-'),
      role: body.kind,
      created_at: new Date().toISOString(),
      created_by: 'ann',
      revision: '1',
      ...body,
    }
    data.tokens.push(t)
    return {
      ...t,
      secret: 'c2VjcmV0LXNlY3JldC1zZWNyZXQ',
      token: `${t.id}.c2VjcmV0LXNlY3JldC1zZWNyZXQ`,
      mqtt: { username: t.id, password: 'c2VjcmV0LXNlY3JldC1zZWNyZXQ' },
    }
  },
  'POST /users': ({ body }) => (
    data.users.push({ id: `u${data.users.length + 1}`, created_at: new Date().toISOString(), revision: '1', ...body }),
    body
  ),
  'POST /backup/compare': () => ({
    schema: 5,
    created_at: new Date(Date.now() - 864e5).toISOString(),
    version: '0.3.0',
    changes: [
      { what: 'mapping', name: 'kitchen-blinds', kind: 'removed' },
      { what: 'user', name: 'ben', kind: 'changed' },
    ],
    counts: { values: 312 },
  }),
  'GET /state': () => ({
    items: topics.map((topic, i) => ({
      topic,
      payload: '21.5',
      encoding: 'utf8',
      size: 4,
      seq: i,
      at: new Date().toISOString(),
      qos: 0,
      retained: false,
    })),
  }),
  'GET /traffic': () => ({ items: Array.from({ length: 200 }, message).reverse(), first_seq: 1, last_seq: seq }),
}

async function answer(method, path, body) {
  const route = routes[`${method} ${path}`]
  if (route) return route({ body })
  if (!loggedIn) throw problem(401, 'denied', 'log in first')
  const [, name, id] = path.split('/')
  const key = name === 'links' ? 'name' : 'id'
  if (!data[name]) throw problem(404, 'invalid', `${method} ${path} is not part of the stand-in`)
  if (method === 'GET' && !id) return list(name)
  if (method === 'GET') return data[name].find((x) => x[key] === id)
  if (method === 'DELETE') return void without(name, key, id)
  if (method === 'POST' && !id) return (data[name].push({ ...body.config, ...body, revision: '1', topics: [] }), body)
  return Object.assign(data[name].find((x) => x[key] === id) ?? {}, body)
}

async function serve(req, res) {
  const chunks = []
  for await (const chunk of req) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const path = new URL(req.url, 'http://x').pathname.replace('/api/v1', '')
  try {
    const out = await answer(
      req.method,
      path,
      req.headers['content-type']?.includes('json') ? JSON.parse(text || '{}') : text,
    )
    res.writeHead(out === undefined ? 204 : 200, { 'Content-Type': 'application/json' }).end(out && JSON.stringify(out))
  } catch (e) {
    res.writeHead(e.status ?? 500, { 'Content-Type': 'application/problem+json' })
    res.end(JSON.stringify({ title: 'No', status: e.status ?? 500, code: e.code ?? 'unavailable', detail: e.message }))
  }
}

function admin(io) {
  io.of('/admin')
    .use((_, next) => (loggedIn ? next() : next(new Error('log in first'))))
    .on('connection', (socket) => {
      let watching = false
      socket.emit('hello', {
        version: '0.3.0',
        started_at: new Date(Date.now() - 12 * 864e5).toISOString(),
        session: 's1',
        revision: {},
      })
      const wave = (n) => Array.from({ length: 360 }, (_, i) => n * (1 + 0.4 * Math.sin(i / 23) + 0.1 * Math.random()))
      socket.emit('history', {
        step_s: 10,
        series: { mqtt_in: wave(142), socketio_out: wave(138), socketio_in: wave(3), mqtt_out: wave(60) },
      })
      const stats = () =>
        socket.emit('stats', {
          at: new Date().toISOString(),
          seq,
          rates: rates(),
          clients: { mqtt: 23, socketio: 10, admin: 1 },
          rules: {},
          queues: { links: {} },
          memory: { heap: 12e6, rss: 31e6 },
          health: 'bad',
        })
      stats()
      const timers = [
        setInterval(stats, 1000),
        setInterval(
          () => watching && socket.emit('traffic', { items: [message(), message()], missed: 0, sampled: false }),
          300,
        ),
      ]
      socket.on('watch', (_, ack) => ((watching = true), ack?.({ ok: true })))
      socket.on('unwatch', (ack) => ((watching = false), ack?.({ ok: true })))
      socket.on('topics', (_, ack) =>
        ack({
          items: [
            { name: 'home', children: 3, rate: 2 },
            { name: 'plug_7', children: 1, rate: 0.1 },
          ],
        }),
      )
      socket.on('disconnect', () => timers.forEach(clearInterval))
    })
}

/** Answers at 127.0.0.1:port until the process ends. */
export function startGateway(port) {
  const http = createServer((req, res) => void serve(req, res))
  admin(new Server(http))
  return new Promise((done) => http.listen(port, '127.0.0.1', done))
}
