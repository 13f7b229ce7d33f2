// The clients as pages load them, in Chromium: unlike Node's they take binary by long-polling.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { clients } from './lib/clients.mjs'
import { sharedServer } from './lib/server.mjs'
import { patience, within } from './lib/wait.mjs'

const server = sharedServer()

let browser
before(async () => {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run']
  browser = await chromium.launch({ executablePath, args, timeout: 30_000 })
})
after(() => browser?.close())

/** Runs in the page: sends what is asked for, and returns all that came back, with bytes as { bytes }. */
async function converse(options) {
  const bytes = (n) => Uint8Array.from({ length: n }, (_, i) => i * 7).buffer
  const plain = (v) => {
    if (v instanceof ArrayBuffer) return { bytes: new Uint8Array(v).join() }
    if (Array.isArray(v)) return v.map(plain)
    if (v === null || typeof v !== 'object') return v
    return Object.fromEntries(Object.entries(v).map(([key, value]) => [key, plain(value)]))
  }
  const socket = globalThis.io('/', { forceNew: true, ...options })
  await new Promise((done) => socket.on('connect', done))
  const sent = [
    ['é😀', '漢字', null],
    [bytes(300), 'é😀', { x: [bytes(1), { y: bytes(0) }] }],
    ['0123456789'.repeat(20_000), bytes(10_000)],
  ]
  const came = []
  for (const args of sent) {
    came.push(await new Promise((done) => socket.emit('echo', ...args, (...answer) => done(answer.map(plain)))))
    const back = new Promise((done) => socket.once('echo', (...answer) => done(answer.map(plain))))
    socket.emit('echo', ...args)
    came.push(await back)
  }
  // Much at once, so that text and binary share an answer. But pages make base64 in the background, and turn
  // packets around when there is more than one.
  const all = []
  const last = new Promise((done) => socket.on('echo', (i, b) => all.push(plain([i, b])) === 100 && done()))
  for (let i = 0; i < 100; i++) {
    const one = new Promise((done) => socket.once('echo', done))
    socket.emit('echo', i, i % 3 ? 'é😀' : bytes(i))
    if (options.forceBase64) await one
  }
  await last
  socket.close()
  return {
    sent: sent.flatMap((args) => [plain(args), plain(args)]),
    came,
    burst: Array.from({ length: 100 }, (_, i) => [i, i % 3 ? 'é😀' : plain(bytes(i))]),
    all,
  }
}

const base64 = clients.map((which) => ({ ...which, forceBase64: true }))

for (const { version, transport, transports, forceBase64 } of [...clients, ...base64]) {
  test(`${version}, ${transport}${forceBase64 ? ', base64' : ''}`, async (t) => {
    const page = await browser.newPage()
    t.after(() => page.close())
    page.setDefaultTimeout(patience)
    const types = new Set()
    page.on('response', (response) => types.add(response.headers()['content-type']))
    await page.goto(`${server.url}/nothing-here`) // only to be of the same origin
    const file = version === 'v2' ? 'socket.io.js' : 'socket.io.min.js'
    await page.addScriptTag({ path: `${import.meta.dirname}/node_modules/socket.io-client-${version}/dist/${file}` })
    const { sent, came, burst, all } = await within('the page', page.evaluate(converse, { transports, forceBase64 }))
    assert.deepEqual(came, sent)
    assert.deepEqual(all, burst)
    if (transport === 'polling') {
      assert.equal(types.has('application/octet-stream'), version === 'v2' && !forceBase64)
    }
  })
}
