// Chromium, as Debian has it, on pages of the gateway.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { chromium } from 'playwright-core'
import { patience } from './wait.mjs'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** One browser for the tests of a file. open(t, url, options) gives a page of its own to a test. */
export function sharedBrowser() {
  let browser
  before(async () => {
    browser = await chromium.launch({ executablePath, args, timeout: 30_000 })
  })
  after(() => browser?.close())
  return {
    /**
     * options are those of a browser context (viewport, colorScheme, ...), and cookie ("name=value"). What the page complains
     * of is in page.complaints. page.the finds parts of it: the('toast', 'is on') by data-testid and a text in it,
     * the('mapping-row', {name: 'rooms', enabled: true}) by data-testid and other data- attributes.
     */
    async open(t, url, { cookie, ...options } = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
      t.after(async () => {
        if (!t.passed) for (const page of context.pages()) await tell(page)
        await context.close()
      })
      if (cookie) await context.addCookies([cookieOf(cookie, url)])
      return newPage(context, url)
    },
  }
}

/** Another page in the same context: with the same cookies and storage. */
export async function newPage(context, url) {
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  page.complaints = complaintsOf(page)
  page.the = (testid, which) => find(page, testid, which)
  await page.goto(url)
  return page
}

/** Says what a page shows, for a test that has failed. */
async function tell(page) {
  const text = await page.innerText('body', { timeout: 1000 }).catch((error) => error.message)
  console.error(
    `--- the page at ${page.url()} shows:\n${text}\nand complained of: ${page.complaints.join('\n') || 'nothing'}\n---`,
  )
}

function find(page, testid, which = {}) {
  if (typeof which === 'string' || which instanceof RegExp) return page.getByTestId(testid).filter({ hasText: which })
  const data = Object.entries(which).map(([name, value]) => `[data-${name}=${JSON.stringify(String(value))}]`)
  return page.locator(`[data-testid="${testid}"]${data.join('')}`)
}

function cookieOf(text, url) {
  const at = text.indexOf('=')
  return {
    name: text.slice(0, at),
    value: text.slice(at + 1),
    url: new URL(url).origin,
    httpOnly: true,
    sameSite: 'Strict',
  }
}

// Chromium's own word on an answer of 400 and above; the answer itself says more.
const doubled = /^Failed to load resource: the server responded with a status/

/** Collects what the page writes to its console as an error, throws, or is refused. */
function complaintsOf(page) {
  const complaints = []
  page.on('console', (message) => {
    if (message.type() === 'error' && !doubled.test(message.text())) complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`))
  page.on('response', (response) => {
    if (response.status() < 400) return
    complaints.push(`${response.status()} ${response.request().method()} ${new URL(response.url()).pathname}`)
  })
  return complaints
}

/** Asserts that the page has complained of nothing but what matches one of expected. */
export function assertNoComplaints(page, ...expected) {
  assert.deepEqual(
    page.complaints.filter((text) => !expected.some((pattern) => pattern.test(text))),
    [],
  )
}

/** Asserts that nothing is wider than the screen. */
export async function assertNoSidewaysScroll(page) {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth
    const beyond = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > width + 1)
    return {
      scroll: document.documentElement.scrollWidth - width,
      beyond: beyond.slice(0, 5).map((e) => e.outerHTML.slice(0, 80)),
    }
  })
  assert(wide.scroll <= 0, `the page is ${wide.scroll} pixels wider than the screen; beyond its edge: ${wide.beyond}`)
}
