// Links to other brokers, and the devices that have connected.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMosquitto } from './lib/broker.mjs'
import { assertNoComplaints } from './lib/browser.mjs'
import { sharedHouse } from './lib/house.mjs'
import { publish, subscribe } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'

const house = sharedHouse()
const { gateway } = house

test('a link is tested, added, follows its broker down and up, loses nothing, and is deleted', async (t) => {
  const broker = await startMosquitto(t)
  const page = await house.open(t, '/links/new')
  await page.the('link-name').fill('house')
  await page.the('link-url').fill('mqtt://127.0.0.1:1')
  await page.the('link-test').click()
  await page.the('link-test-result', { ok: false }).filter({ hasText: 'refused' }).waitFor()
  await page.the('link-url').fill(broker.url)
  await page.the('link-test').click()
  await page.the('link-test-result', { ok: true }).waitFor()
  await page.the('link-topic').locator('select').first().selectOption('both')
  await page.the('link-save').click()
  await page.the('link-state', 'up').waitFor()

  await broker.stop()
  await page.the('link-state').filter({ hasNotText: /^up$/ }).waitFor()
  await publish(gateway, 'while/away', 'waits', ['-q', '1'])
  await page.getByText('1 message').first().waitFor()
  await broker.start()
  const there = await subscribe(t, { mqttPort: broker.port }, 'while/#', ['-q', '1'])
  assert.deepEqual(await there.line(), ['while/away', 'waits'])
  await page.the('link-state', 'up').waitFor()

  await page.the('link-delete').click()
  await page.the('confirm-yes').click()
  await page.the('links-empty').waitFor()
  assertNoComplaints(page)
})

test('two people on one link: the second is told', async (t) => {
  const config = { name: 'cloud', url: 'mqtt://127.0.0.1:1', topics: [{ filter: 'a/#', direction: 'in', qos: 1 }] }
  const made = await house.owner.post('links', { config }, { expect: 201 })
  const page = await house.open(t, '/links/cloud')
  const filter = page.the('link-topic').locator('input').first()
  await filter.fill('mine/#')
  const theirs = { ...config, topics: [{ ...config.topics[0], filter: 'theirs/#' }] }
  await house.owner.put('links/cloud', { config: theirs }, { revision: made.revision })
  await page.the('link-save').click()
  await page.the('stale').waitFor()
  await page.the('stale').getByText('Take theirs').click()
  assert.equal(await filter.inputValue(), 'theirs/#')
  assertNoComplaints(page, /^412 PUT/)
})

test('a device appears when it connects, says what it said, and is cut off', async (t) => {
  const page = await house.open(t, '/devices')
  await page
    .getByText(/Nothing has connected yet|online, of/)
    .first()
    .waitFor()
  // With a token: who comes without one and goes soon is forgotten.
  const token = { name: 'Plug', kind: 'client', read: ['#'], write: ['#'] }
  const { mqtt } = await house.owner.post('tokens', token, { expect: 201 })
  const device = await connectMQTT(t, gateway, { clientId: 'plug-7', ...mqtt })
  const row = page.the('devices-row', 'plug-7')
  await row.filter({ hasText: 'online' }).waitFor()
  await device.publish('plug-7/power', '12.5')
  await row.filter({ hasText: '12.5' }).waitFor()
  const closed = device.closed()
  await row.getByRole('button', { name: 'More about plug-7' }).click()
  await page.getByRole('menuitem', { name: 'Cut the connection' }).click()
  await page.the('confirm-yes').click()
  await closed
  await row.filter({ hasText: 'offline' }).waitFor()
  await row.getByRole('link', { name: 'plug-7/power' }).click()
  await page.the('traffic-row', { topic: 'plug-7/power' }).waitFor()
  assert.equal(await page.the('traffic-filter').inputValue(), 'plug-7/power')
  assertNoComplaints(page)
})
