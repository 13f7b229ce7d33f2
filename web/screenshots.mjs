// Every page at 1280 and 390 pixels, light and dark, into screenshots/: of a gateway that is started for it, with the demo,
// a few users, tokens and links, and messages that come in.
//   PROGRAM=...      another program than ../bin/gateway      ONLY=links  only the pages whose name has this in it
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const root = dirname(fileURLToPath(import.meta.url))
const program = process.env.PROGRAM ?? join(root, '../bin/gateway')
const only = process.env.ONLY ?? ''
const out = join(root, 'screenshots')
const owner = { username: 'ann', password: 'correct horse battery' }

const pages = [
  ['overview', '/'],
  ['traffic', '/traffic'],
  ['mappings', '/mappings'],
  ['mapping-editor', '/mappings/new?topic=home/kitchen/temp'],
  ['links', '/links'],
  ['link', '/links/cloud'],
  ['link-new', '/links/new'],
  ['devices', '/devices'],
  ['flash', '/flash'],
  ['settings', '/settings'],
  ['settings-account', '/settings/account'],
  ['settings-users', '/settings/users'],
  ['settings-tokens', '/settings/tokens'],
  ['token-new', '/settings/tokens?new=yes'],
  ['settings-sessions', '/settings/sessions'],
  ['settings-tls', '/settings/tls'],
  ['settings-backup', '/settings/backup'],
  ['settings-about', '/settings/about'],
  ['not-found', '/nowhere'],
]
/** The pictures of the README are taken last: by then the charts have something to show. */
const looks = [390, 1280].flatMap((width) => ['dark', 'light'].map((colorScheme) => ({ width, colorScheme })))

class Gateway {
  constructor(port) {
    this.url = `http://127.0.0.1:${port}/`
    this.mqtt = port + 1
    this.data = mkdtempSync(join(tmpdir(), 'gateway-pictures-'))
    const listen = { GATEWAY_HTTP_LISTEN: `127.0.0.1:${port}`, GATEWAY_MQTT_LISTEN: `127.0.0.1:${port + 1}` }
    const env = { ...process.env, ...listen, GATEWAY_MQTT_WEBSOCKET_LISTEN: `127.0.0.1:${port + 2}` }
    this.process = spawn(program, ['serve', '--demo', '--data', this.data], { env, stdio: 'ignore' })
  }

  async ready() {
    for (let i = 0; i < 100; i++) {
      if (
        await fetch(`${this.url}readyz`).then(
          (r) => r.ok,
          () => false,
        )
      )
        return
      await new Promise((go) => setTimeout(go, 100))
    }
    throw new Error('the gateway did not become ready')
  }

  async ask(method, path, body) {
    const headers = { 'Content-Type': 'application/json', ...(this.cookie && { Cookie: this.cookie }) }
    const answer = await fetch(`${this.url}api/v1${path}`, { method, headers, body: body && JSON.stringify(body) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    this.cookie ??= answer.headers.get('set-cookie')?.split(';')[0]
    return text && JSON.parse(text)
  }

  async claim() {
    const said = execFileSync(program, ['setup-code', '--data', this.data]).toString()
    await this.ask('POST', '/setup/claim', { ...owner, name: 'cellar', code: /[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(said)[0] })
  }

  async furnish(other) {
    await this.ask('POST', '/users', { username: 'ben', password: 'another long secret', role: 'viewer' })
    for (const body of [
      { name: 'Kitchen panel', kind: 'client', read: ['home/#'], write: ['home/kitchen/#'] },
      { name: 'plug_7', kind: 'client' },
      { name: 'Grafana', kind: 'api', role: 'viewer', expires_in: '720h' },
      { name: 'Lamp 2', kind: 'device' },
    ]) {
      await this.ask('POST', '/tokens', body)
    }
    for (const [name, url] of [
      ['house', `mqtt://127.0.0.1:${other.mqtt}`],
      ['cloud', 'mqtt://127.0.0.1:9'],
    ]) {
      const topics = [
        { filter: `${name}/#`, direction: 'in', qos: 1 },
        { filter: 'home/#', direction: 'out', qos: 1, remote_prefix: 'site7/' },
      ]
      await this.ask('POST', '/links', { config: { name, url, topics } }).catch((e) => console.log(e.message))
    }
  }

  /** Something that comes in all the time; ends with the process. */
  chatter() {
    let n = 0
    const say = (topic, payload) => {
      const args = ['-p', String(this.mqtt), '-i', topic.split('/')[0], '-t', topic, '-m', payload]
      spawn('mosquitto_pub', args, { stdio: 'ignore' }).on('error', () => undefined)
    }
    return setInterval(() => {
      n++
      say('home/attic/hum', String(60 + (n % 7)))
      say('plug_7/energy', JSON.stringify({ power: 41 + (n % 5), voltage: 231, relay: 'on' }))
    }, 700)
  }

  stop() {
    this.process.kill('SIGTERM')
    rmSync(this.data, { recursive: true, force: true })
  }
}

async function photograph(page, name, look) {
  const dark = look.colorScheme === 'dark' ? '-dark' : ''
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  if (over > 0) console.log(`${name} at ${look.width}: ${over} pixels too wide`)
  await page.screenshot({ path: join(out, `${name}-${look.width}${dark}.png`), fullPage: name !== 'traffic' })
}

async function open(browser, look, url) {
  const viewport = { width: look.width, height: look.width === 390 ? 844 : 900 }
  const page = await browser.newPage({ viewport, colorScheme: look.colorScheme, reducedMotion: 'no-preference' })
  const tell = (what) => (m) => console.log(`${what} at ${page.url()}: ${m.text?.() ?? m.message}`)
  page.on('console', (m) => m.type() === 'error' && tell('error')(m))
  page.on('pageerror', tell('exception'))
  await page.goto(url)
  return page
}

async function rounds(browser, gateway) {
  for (const look of looks) {
    const page = await open(browser, look, gateway.url)
    await page.getByTestId('login-username').waitFor()
    if ('login'.includes(only)) await photograph(page, 'login', look)
    await page.getByTestId('login-username').fill(owner.username)
    await page.getByTestId('login-password').fill(owner.password)
    await page.getByTestId('login-submit').click()
    await page.getByTestId('verdict').waitFor()
    for (const [name, path] of pages.filter(([name]) => name.includes(only))) {
      await page.goto(`${gateway.url}#${path}`)
      await page.waitForTimeout(name === 'overview' || name === 'traffic' ? 3000 : 1200) // for what comes over the live connection
      await photograph(page, name, look)
    }
    await page.close()
  }
}

async function firstRun(browser, gateway) {
  for (const look of looks) {
    const page = await open(browser, look, gateway.url)
    await page.getByTestId('setup-code').waitFor()
    await photograph(page, 'setup', look)
    await page.close()
  }
}

mkdirSync(out, { recursive: true })
const gateways = [new Gateway(21090), new Gateway(21190)]
const [claimed, fresh] = gateways
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
let chatter
try {
  await Promise.all(gateways.map((gateway) => gateway.ready()))
  await claimed.claim()
  await claimed.furnish(fresh)
  chatter = claimed.chatter()
  if ('setup'.includes(only)) await firstRun(browser, fresh)
  await rounds(browser, claimed)
} finally {
  clearInterval(chatter)
  await browser.close()
  gateways.forEach((gateway) => gateway.stop())
}
