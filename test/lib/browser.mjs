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
    /** options are those of a browser context: viewport, colorScheme, ... The test fails when the page complains. */
    async open(t, url, options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
      t.after(() => context.close())
      const page = await context.newPage()
      page.setDefaultTimeout(patience)
      page.complaints = complaintsOf(page)
      await page.goto(url)
      return page
    },
  }
}

/** Collects what the page writes to its console as an error, throws, or fails to load. */
function complaintsOf(page) {
  const complaints = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(`console: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`))
  page.on(
    'response',
    (response) => response.status() >= 400 && complaints.push(`${response.status()} ${response.url()}`),
  )
  return complaints
}

/** Asserts that the page has had nothing to complain about. */
export function assertNoComplaints(page) {
  assert.deepEqual(page.complaints, [])
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
