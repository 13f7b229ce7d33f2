// The page Flash with "This computer": esptool-js and the page's own raw REPL over Web Serial, to a simulated board that runs the
// real MicroPython.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNoComplaints } from './lib/browser.mjs'
import { flashBoard, imageFor, simulator } from './lib/flashboard.mjs'
import { sharedHouse } from './lib/house.mjs'
import { publish } from './lib/mosquitto.mjs'
import { giveSerialPort } from './lib/webserial.mjs'

const house = sharedHouse()
const { gateway } = house

test('a bare board comes online, its flash is the image byte for byte, and its lamp is lit from the bus', async (t) => {
  const it = await flashBoard(t, { ws: true })
  const page = await open(t, it)
  const { image } = await simulator()
  await page.the('flash-image-file').setInputFiles(image)
  await page.the('flash-image', '1.27.0').waitFor()
  await fill(page)
  await page.the('flash-start').click()
  await page.the('flash-job', { state: 'done' }).waitFor({ timeout: 120_000 })
  await page.the('flash-facts', 'ESP8266, 4 MB of flash').waitFor()
  assert.deepEqual(it.flash().subarray(0, imageFor(image).length), imageFor(image))
  await publish(gateway, 'devices/alert-lamp/alert', 'red')
  await it.line(/^lamp red/)
  assertNoComplaints(page)
})

/** The page with a serial port that leads to that board. */
async function open(t, it) {
  const page = await house.open(t, '/flash?at=computer')
  await giveSerialPort(page, it.ws)
  await page.reload()
  return page
}

async function fill(page) {
  await page.the('flash-choose').click()
  await page.the('flash-own', 'CH340').waitFor()
  await page.the('flash-name').fill('Alert lamp')
  await page.the('flash-template').selectOption('lamp')
  await page.the('flash-ssid').fill('home')
  await page.the('flash-password').fill('secret of the house')
}
