// The overview: is it working, and if not, why?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMosquitto } from './lib/broker.mjs'
import { assertNoComplaints } from './lib/browser.mjs'
import { sharedHouse } from './lib/house.mjs'
import { publish } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect } from './lib/socketio.mjs'

const house = sharedHouse()
const { gateway } = house

test('who is connected, and how much flows, in numbers that move', async (t) => {
  const page = await house.open(t)
  await page.the('flow-mqtt', '0 clients').waitFor()
  const device = await connectMQTT(t, gateway)
  await connect(t, gateway, '/mqtt')
  await page.the('flow-mqtt', '1 client').waitFor()
  await page.the('flow-socketio', '1 client').waitFor()
  const timer = setInterval(() => device.raw.publish('home/kitchen/temp', '21'), 20)
  t.after(() => clearInterval(timer))
  await page
    .getByText(/[1-9][\d.]*\s*\/s/)
    .first()
    .waitFor()
  assertNoComplaints(page)
})

test('a link that is down is said on the first screen, with its cause, and is gone when it is up', async (t) => {
  const broker = await startMosquitto(t)
  const config = { name: 'house', url: broker.url, topics: [{ filter: '#', direction: 'both', qos: 1 }] }
  await house.owner.post('links', { config }, { expect: 201 })
  const page = await house.open(t)
  await page.getByText('house up').waitFor()
  await page.the('state', 'all well').waitFor()
  await broker.stop()
  const banner = page.locator('[data-testid^="health-"]', { hasText: 'house' })
  await banner.filter({ hasText: /refused/ }).waitFor()
  await page.the('verdict', /house/).waitFor()
  await page.the('state', 'to see').waitFor()
  await banner.getByText('See').click()
  await page.the('link-state').waitFor()
  await broker.start()
  await page.the('link-state', 'up').waitFor()
  await page.the('nav-overview').click()
  await page.the('verdict', /all well/i).waitFor()
  assert.equal(await banner.count(), 0)
  assertNoComplaints(page)
})

test('what is heard but not mapped is offered, and leads to a mapping of it', async (t) => {
  await publish(gateway, 'plug_7/power', '12')
  const page = await house.open(t)
  await page.the('unmapped', 'plug_7/power').waitFor()
  await page.the('unmapped').locator('li', { hasText: 'plug_7' }).getByTestId('expose').click()
  await page.the('editor').waitFor()
  assert.match(await page.the('field-topic').inputValue(), /^plug_7\/|power$/)
  assertNoComplaints(page)
})
