// The page Flash with "This Pi": the gateway flashes simulated boards that hang at its ports, and the page shows how that goes.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { axe, serious } from './lib/axe.mjs'
import { assertNoComplaints, assertNoSidewaysScroll } from './lib/browser.mjs'
import { flashBoard, imageFor, simulator } from './lib/flashboard.mjs'
import { sharedHouse } from './lib/house.mjs'
import { publish } from './lib/mosquitto.mjs'
import { Process } from './lib/process.mjs'
import { until } from './lib/wait.mjs'

const { image } = await simulator()
const mirror = createServer((_, answer) => createReadStream(image).pipe(answer))
  .listen(0, '127.0.0.1')
  .unref()
await once(mirror, 'listening')

const house = sharedHouse(`[flash]
ports = [${JSON.stringify(join(tmpdir(), 'board-*', 'port'))}]
image_url = "http://127.0.0.1:${mirror.address().port}/micropython.bin"
image_sha256 = "${createHash('sha256').update(readFileSync(image)).digest('hex')}"
`)
const { gateway } = house
const long = { timeout: 150_000 } // of a whole job, on a busy machine

before(() => until(() => house.owner, 'the gateway to be claimed'))

/** The page, with that board chosen and the form filled in. */
async function filled(t, it, name, { template = 'lamp', ...options } = {}) {
  const page = await house.open(t, '/flash', options)
  if (await page.the('flash-no-image').or(page.the('flash-image')).getByText('There is none yet').count())
    await give(page, image)
  await page.the('flash-port', { name: it.port }).getByRole('radio').check()
  await page.the('flash-name').fill(name)
  await page.the('flash-template').selectOption(template)
  await page.the('flash-ssid').fill('home')
  await page.the('flash-password').fill('secret of the house')
  return page
}

async function give(page, file) {
  await page.the('flash-image-file').setInputFiles(file)
  await page.the('flash-image', '1.27.0').waitFor()
}

test('without an image the page says what to fetch, and takes nothing else for one', async (t) => {
  const it = await flashBoard(t)
  const page = await house.open(t, '/flash')
  await page.the('flash-no-image').getByRole('link', { name: 'micropython.org/download/ESP8266_GENERIC/' }).waitFor()
  await page.the('flash-port', { name: it.port }).getByRole('radio').check()
  await page.the('flash-lacks', 'a MicroPython image').waitFor()
  assert(await page.the('flash-start').isDisabled())
  await page.the('flash-image-file').setInputFiles({
    name: 'holiday.bin',
    mimeType: 'application/octet-stream',
    buffer: Buffer.alloc(700_000, 'no image'),
  })
  await page.the('flash-image-error', /no.* image|not an image/i).waitFor()
  await page.the('flash-no-image').waitFor()
  await give(page, image)
  await page.reload()
  await page.the('flash-image', '1.27.0').waitFor()
  assertNoComplaints(page, /^4\d\d PUT .*image/)
})

test('the gateway downloads the image that its config pins', async (t) => {
  const page = await house.open(t, '/flash')
  await page.the('flash-image-menu').click()
  await page.the('flash-image-remove').click()
  await page.the('flash-download').click()
  await page.the('flash-image', 'downloaded').waitFor()
  await page.the('flash-image', '1.27.0').waitFor()
  assertNoComplaints(page)
})

test('a bare board comes online, its flash is the image byte for byte, and its lamp is lit from the bus', async (t) => {
  const page = await house.open(t, '/flash')
  await page.the('flash-form').waitFor()
  const it = await flashBoard(t) // plugged in while the page is open
  await page.the('flash-port', { name: it.port }).waitFor()
  await page.the('flash-port', { name: it.port }).getByTestId('flash-detect').click()
  await page.the('flash-port', { name: it.port }).getByText('ESP8266, 4 MB of flash').waitFor()
  await page.close()

  const form = await filled(t, it, 'Alert lamp')
  await form.the('flash-template-about', 'red D5').waitFor()
  await form.the('flash-template-about', 'devices/alert-lamp/alert').waitFor()
  await form.the('flash-start').click()
  await form.the('flash-job', { state: 'done' }).waitFor(long)
  await form.the('flash-done', 'Alert lamp is online').waitFor()
  assert.deepEqual(it.flash().subarray(0, imageFor(image).length), imageFor(image))
  await publish(gateway, 'devices/alert-lamp/alert', 'red')
  await it.line(/^lamp red/)

  await form.the('flash-see').click()
  await form.the('board-state', 'online').waitFor()
  await form.goBack()
  await form.the('flash-map').click()
  await form.the('editor').waitFor()
  assertNoComplaints(form)
})

test('on a phone, a board that has to be put into its loader by hand: the buttons are shown, and it goes on by itself', async (t) => {
  const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, colorScheme: 'dark' }
  const it = await flashBoard(t, { faults: ['manual'] })
  const page = await filled(t, it, 'By hand', { ...phone, bypassCSP: true, reducedMotion: 'reduce' })
  await page.evaluate(axe)
  await page.the('flash-start').tap()
  await page
    .the('flash-manual')
    .getByRole('img', { name: /RESET left of the USB socket, FLASH right/ })
    .waitFor()
  await assertReachable(page)
  it.loader()
  await page.the('flash-manual').waitFor({ state: 'detached' })
  await page.the('flash-job', { state: 'done' }).waitFor(long)
  await assertReachable(page)
  assertNoComplaints(page)
})

test('a board that does not leave its loader: RESET is asked for, and it goes on', async (t) => {
  const it = await flashBoard(t, { faults: ['neverresets'] })
  const page = await filled(t, it, 'Not wired')
  await page.the('flash-start').click()
  await page.the('flash-manual', 'Press RESET').waitFor(long)
  it.reset()
  await page.the('flash-manual').waitFor({ state: 'detached' })
  await page.the('flash-job', { state: 'done' }).waitFor(long)
  assertNoComplaints(page)
})

async function assertReachable(page) {
  await assertNoSidewaysScroll(page)
  assert.deepEqual(await serious(page), [])
}

test('the cable is pulled while the flash is written: a sentence, and trying again ends well', async (t) => {
  const it = await flashBoard(t, { fast: false })
  const page = await filled(t, it, 'Pulled', { template: 'agent' })
  await page.the('flash-start').click()
  await page
    .the('flash-phase', { name: 'write', state: 'running' })
    .getByText(/[1-9]\d* KB of 672 KB/)
    .waitFor()
  await it.unplug()
  await page.the('flash-job', { state: 'failed' }).waitFor()
  await page.the('flash-failure', /unplugged|gone/).waitFor()
  await it.plug()
  await page.the('flash-retry').click()
  await page.the('flash-phase', { name: 'write', state: 'running' }).waitFor()
  await page.the('flash-job', { state: 'done' }).waitFor(long)
  const { items } = await house.owner.get('boards')
  assert.equal(items.filter((b) => b.name === 'Pulled').length, 1, 'boards of that name')
  assertNoComplaints(page)
})

test('a job is seen in another tab, survives a reload, and is cancelled there; the board can be flashed again', async (t) => {
  const it = await flashBoard(t, { fast: false })
  const page = await filled(t, it, 'Twice seen', { template: 'agent' })
  await page.the('flash-start').click()
  await page.the('flash-phase', { name: 'write', state: 'running' }).waitFor()
  const other = await house.open(t, '/flash')
  await other.the('flash-port', { name: it.port }).getByText('is being flashed').waitFor()
  await other.the('flash-jobs-row', 'Twice seen').filter({ hasText: 'under way' }).getByRole('link').click()
  await other.reload()
  await other.the('flash-log').getByText('ESP8266').first().waitFor()
  await other.the('flash-cancel').click()
  await other.the('flash-job', { state: 'cancelled' }).waitFor()
  await page.the('flash-job', { state: 'cancelled' }).waitFor()
  await page.the('flash-erase').click()
  await page.the('flash-phase', { name: 'erase', state: 'done' }).waitFor(long)
  await page.the('flash-job', { state: 'done' }).waitFor(long)
  assertNoComplaints(page)
  assertNoComplaints(other)
})

test('a password that the Wi-Fi does not take is named, with what the board said', async (t) => {
  const it = await flashBoard(t, { faults: ['wifi-wrong'] })
  const page = await filled(t, it, 'Left out')
  await page.the('flash-start').click()
  await page.the('flash-job', { state: 'failed' }).waitFor(long)
  await page.the('flash-failure', /password/).waitFor()
  await page.the('flash-log').getByText('wifi: wrong password').first().waitFor()
  // The same board, which has all but the right network.
  await page.the('flash-change').click()
  assert.equal(await page.the('flash-ssid').inputValue(), 'home')
  assert.equal(await page.the('flash-id').inputValue(), 'left-out')
  assert.equal(await page.the('flash-kind').inputValue(), 'files')
  assert(await page.the('flash-start').isEnabled())
  assertNoComplaints(page)
})

test('another chip is answered with one sentence', async (t) => {
  const it = await flashBoard(t, { faults: ['esp32'] })
  const page = await filled(t, it, 'Too new', { bypassCSP: true, reducedMotion: 'reduce' })
  await page.the('flash-start').click()
  await page.the('flash-job', { state: 'failed' }).waitFor(long)
  await page.the('flash-failure', 'ESP32').waitFor()
  await page.evaluate(axe)
  await assertReachable(page)
  assertNoComplaints(page)
})

test('the Wi-Fi is kept if somebody says so, used without its password, and forgotten', async (t) => {
  const it = await flashBoard(t)
  const page = await filled(t, it, 'First', { template: 'agent' })
  await page.the('flash-keep').click()
  await page.the('flash-start').click()
  await page.the('flash-job', { state: 'done' }).waitFor(long)

  const next = await house.open(t, '/flash')
  await next.the('flash-port', { name: it.port }).getByRole('radio').check()
  await next.the('flash-name').fill('Second')
  await next.the('flash-template').selectOption('agent')
  await next.the('flash-start').filter({ visible: true }).click()
  await next.the('flash-job', { state: 'done' }).waitFor(long)
  assert.deepEqual(JSON.parse(it.file('/cfg.json')).wifi, [['home', 'secret of the house']])

  await next.the('flash-another').click()
  await next.the('flash-forget').click()
  await next.the('toast', 'forgotten').waitFor()
  assert.deepEqual(await house.owner.get('flash/wifi'), { kept: false })
  assertNoComplaints(next)
})

test('a port that another program has is in use', async (t) => {
  const it = await flashBoard(t)
  const page = await filled(t, it, 'Busy')
  const other = new Process('flock', [it.port, '-c', 'echo mine; cat'])
  t.after(() => other.end())
  await until(() => other.output.includes('mine'), 'another program to have the port')
  await page.the('flash-start').click()
  await page
    .the('flash-failure', /in use|busy|another program/i)
    .or(page.the('flash-error', /in use|busy|another program/i))
    .waitFor(long)
  assertNoComplaints(page, /^409 POST .*jobs/)
})

test('a viewer sees what is under way, and flashes nothing', async (t) => {
  const viewer = await house.owner.invite('vic', 'viewer')
  const page = await house.open(t, '/flash', { as: viewer })
  await page.the('flash-denied').waitFor()
  await page.the('flash-jobs').waitFor()
  assert.equal(await page.the('flash-form').count(), 0)
  await page.the('flash-jobs').getByRole('link').first().click()
  await page.the('flash-job').waitFor()
  assertNoComplaints(page)
})
