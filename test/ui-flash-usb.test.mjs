// The page Flash with "This computer": esptool-js and the page's own raw REPL over Web Serial, to a simulated board that runs the
// real MicroPython.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { before, test } from 'node:test'
import { assertNoComplaints } from './lib/browser.mjs'
import { flashBoard, imageFor, simulator } from './lib/flashboard.mjs'
import { placeOf, sharedHouse } from './lib/house.mjs'
import { publish } from './lib/mosquitto.mjs'
import { until } from './lib/wait.mjs'
import { giveSerialPort } from './lib/webserial.mjs'

const house = sharedHouse()
const { gateway } = house
const long = { timeout: 150_000 } // of a whole job, on a busy machine

let image
before(async () => {
  image = (await simulator()).image
  await until(() => house.owner, 'the gateway to be claimed')
  const headers = { cookie: house.owner.cookie, 'content-type': 'application/octet-stream' }
  const sent = await fetch(gateway.at('api/v1/flash/image'), { method: 'PUT', headers, body: await readFile(image) })
  assert.equal(sent.status, 200, await sent.text())
})

/** The page with a serial port that leads to that board, and the form filled in. */
async function filled(t, it, name) {
  const page = await house.open(t, '/flash?at=computer')
  await giveSerialPort(page, it.ws)
  await page.reload()
  await page.the('flash-choose').click()
  await page.the('flash-own', 'CH340').waitFor()
  await page.the('flash-name').fill(name)
  await page.the('flash-template').selectOption('lamp')
  await page.the('flash-ssid').fill('home')
  await page.the('flash-password').fill('secret of the house')
  return page
}

test('a bare board comes online, its flash is the image byte for byte, and its lamp is lit from the bus', async (t) => {
  const it = await flashBoard(t, { ws: true })
  const page = await filled(t, it, 'Alert lamp')
  await page.the('flash-start').click()
  await page.the('flash-job', { state: 'done' }).waitFor(long)
  await page.the('flash-facts', 'ESP8266, 4 MB of flash').waitFor()
  assert.deepEqual(it.flash().subarray(0, imageFor(image).length), imageFor(image))
  await publish(gateway, 'devices/alert-lamp/alert', 'red')
  await it.line(/^lamp red/)
  await page.the('flash-map').click()
  await page.the('editor').waitFor()
  assertNoComplaints(page)
})

test('what an older firmware has left on a board goes', async (t) => {
  const it = await flashBoard(t, { ws: true })
  const old = ['a/lib/node.py', 'b/app.py', 'crash.txt'].map((path) => join(it.dir, 'flash', 'files', path))
  for (const path of old) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, 'raise ValueError("of the old firmware")')
  }
  const page = await filled(t, it, 'Second life')
  await page.the('flash-start').click()
  await page.the('flash-job', { state: 'done' }).waitFor(long)
  assert.deepEqual(old.filter(existsSync), [])
  assertNoComplaints(page)
})

test('the cable is pulled while the flash is written: a sentence, and trying again ends well', async (t) => {
  const it = await flashBoard(t, { ws: true, fast: false })
  const page = await filled(t, it, 'Pulled')
  await page.the('flash-start').click()
  await page
    .the('flash-phase', { name: 'write', state: 'running' })
    .getByText(/[1-9]\d* KB of/)
    .waitFor(long)
  await it.unplug()
  await page.the('flash-job', { state: 'failed' }).waitFor()
  await page.the('flash-failure', 'unplugged').waitFor()
  await it.plug()
  await page.the('flash-retry').click()
  await page.the('flash-job', { state: 'done' }).waitFor(long)
  const { items } = await house.owner.get('boards')
  assert.equal(items.filter((b) => b.name === 'Pulled').length, 1, 'boards of that name')
  assertNoComplaints(page)
})

test('a board without its lines wired is put into its loader by hand', async (t) => {
  const it = await flashBoard(t, { ws: true, faults: ['manual'] })
  const page = await filled(t, it, 'By hand')
  await page.the('flash-start').click()
  await page.the('flash-manual').waitFor()
  it.loader()
  await page.the('flash-manual').waitFor({ state: 'detached' })
  await page.the('flash-job', { state: 'done' }).waitFor(long)
  assertNoComplaints(page)
})

test('a board that does not leave its loader: RESET is asked for, and it goes on', async (t) => {
  const it = await flashBoard(t, { ws: true, faults: ['neverresets'] })
  const page = await filled(t, it, 'Not wired')
  await page.the('flash-start').click()
  await page.the('flash-manual', 'Press RESET').waitFor(long)
  it.reset()
  await page.the('flash-manual').waitFor({ state: 'detached' })
  await page.the('flash-job', { state: 'done' }).waitFor(long)
  assertNoComplaints(page)
})

test('a job is cancelled between two blocks; then everything is erased, and it ends well', async (t) => {
  const it = await flashBoard(t, { ws: true, fast: false })
  const page = await filled(t, it, 'Cancelled')
  await page.the('flash-start').click()
  await page
    .the('flash-phase', { name: 'write', state: 'running' })
    .getByText(/[1-9]\d* KB of/)
    .waitFor(long)
  await page.the('flash-cancel').click()
  await page.the('flash-job', { state: 'cancelled' }).waitFor()
  await page.the('flash-erase').click()
  await page.the('flash-phase', { name: 'erase', state: 'done' }).waitFor(long)
  await page.the('flash-job', { state: 'done' }).waitFor(long)
  assertNoComplaints(page)
})

test('a network that does not take the password is named; corrected, only the files are put on the board', async (t) => {
  const it = await flashBoard(t, { ws: true, faults: ['wifi-wrong'] })
  const page = await filled(t, it, 'Left out')
  await page.the('flash-start').click()
  await page.the('flash-job', { state: 'failed' }).waitFor(long)
  await page.the('flash-failure', 'the Wi-Fi home does not take the password').waitFor()
  await page.the('flash-log').getByText('wifi: wrong password').first().waitFor()
  await page.the('flash-change').click()
  await page.the('flash-ssid').fill('attic')
  await page.the('flash-start').click()
  await page.the('flash-phase', { name: 'files', state: 'done' }).waitFor(long)
  assert.equal(await page.the('flash-phase', { name: 'write' }).count(), 0)
  assert.deepEqual(JSON.parse(it.file('/cfg.json')).wifi, [['attic', 'secret of the house']])
  assertNoComplaints(page)
})

test('another chip is answered with one sentence', async (t) => {
  const it = await flashBoard(t, { ws: true, faults: ['esp32'] })
  const page = await filled(t, it, 'Too new')
  await page.the('flash-start').click()
  await page.the('flash-failure', 'This is an ESP32').waitFor(long)
  assertNoComplaints(page)
})

test('a crash loop does not keep the files off a board', async (t) => {
  const it = await flashBoard(t, { ws: true, faults: ['crashloop'] })
  const page = await filled(t, it, 'Crashing')
  await page.the('flash-start').click()
  await page.the('flash-job', { state: 'done' }).waitFor(long)
  assertNoComplaints(page)
})

test('a browser that cannot is told why', async (t) => {
  const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
  const page = await house.open(t, '/', { userAgent: agent })
  await page.addInitScript(() => Object.defineProperty(navigator, 'serial', { value: undefined }))
  await page.goto(placeOf(gateway, '/flash'))
  await page.reload()
  await page.the('flash-at-computer').check({ force: true })
  await page.the('flash-hindered', 'Chrome, Edge and Opera can').waitFor()
  await page.the('flash-lacks', 'a port').waitFor()
  assertNoComplaints(page)
})

test('after a reload the page says that its job ended with it', async (t) => {
  const page = await house.open(t, '/flash/jobs/here')
  await page.the('flash-lost').waitFor()
  await page.the('flash-lost').getByRole('link', { name: 'Start over' }).click()
  await page.the('flash-at-computer').waitFor({ state: 'attached' })
  assertNoComplaints(page)
})
