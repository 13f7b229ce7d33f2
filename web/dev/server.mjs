// The page without the gateway: serves src/ and plays /mqtt, /api/v1 and the demo's devices. For work on the page only.
//   npm run dev            then open http://127.0.0.1:8099/
//   PORT=..., DEMO=0 (no devices), REFUSE=1 (lets nobody in)
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Server } from 'socket.io'
import { Bus } from './bus.mjs'
import { simulate } from './devices.mjs'
import { info } from './info.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const port = Number(process.env.PORT ?? 8099)
const demo = process.env.DEMO !== '0'
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self' ws: wss:"
const bus = new Bus()
const started = Date.now()

function page(req, res) {
  const name = normalize(new URL(req.url, 'http://x').pathname).replace(/\/$/, '/index.html')
  const file = name === '/fonts/inter.woff2' ? inter() : join(root, 'src', name)
  if (!existsSync(file) || !statSync(file).isFile()) return res.writeHead(404).end()
  res.writeHead(200, {
    'Content-Type': types[extname(file)] ?? 'application/octet-stream',
    'Content-Security-Policy': policy,
  })
  createReadStream(file).pipe(res)
}

const inter = () => join(root, 'node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2')

function api(req, res) {
  const path = new URL(req.url, 'http://x').pathname
  const json = (body) => res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  if (path === '/api/v1/info') return json(info({ port, demo, uptime: (Date.now() - started) / 1000 }))
  const topic = /^\/api\/v1\/publish\/(.+)$/.exec(path)?.[1]
  if (!topic || req.method !== 'POST') return res.writeHead(404).end()
  const chunks = []
  req
    .on('data', (c) => chunks.push(c))
    .on('end', () => json({ ok: true, seq: bus.publish(topic, Buffer.concat(chunks)) }))
}

const http = createServer((req, res) => (req.url.startsWith('/api/') ? api(req, res) : page(req, res)))
const io = new Server(http)

const mqtt = io.of('/mqtt')
if (process.env.REFUSE) {
  mqtt.use((socket, next) => {
    const error = new Error('anonymous clients are let in from this machine only')
    next(socket.handshake.auth.token === 'secret' ? undefined : Object.assign(error, { data: { code: 'denied' } }))
  })
}
mqtt.on('connection', (socket) => {
  socket.on('subscribe', (filter, ack) => {
    ack?.({ ok: true, filters: [{ filter, ok: true }] })
    bus.subscribe(filter, socket)
  })
  socket.on('publish', (topic, payload, options, ack) => {
    if (/[+#]/.test(topic))
      return ack?.({ ok: false, error: { code: 'invalid', message: 'a topic holds no wildcard' } })
    if (topic.startsWith('$')) return ack?.({ ok: false, error: { code: 'denied', message: `no write on ${topic}` } })
    ack?.({ ok: true, seq: bus.publish(topic, payload, options) })
  })
})

if (demo) simulate(io, bus)
http.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/`))
