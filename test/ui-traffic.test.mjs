// The traffic page: filter, pause, one message and its way, why something did not arrive, sending, and a lot of messages.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNoComplaints } from './lib/browser.mjs'
import { sharedHouse } from './lib/house.mjs'
import { publish, subscribe } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect } from './lib/socketio.mjs'

const house = sharedHouse(`
[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"
direction = "mqtt_to_socketio"
when = "payload > 0"

[[mapping]]
name = "lamps"
topic = "cmnd/{lamp}/POWER"
namespace = "/lamps/{lamp}"
event = "power"
`)
const { gateway } = house
const row = (page, topic, text = '') => page.the('traffic-row', { topic }).filter({ hasText: text })

test('messages appear as they come; a filter is kept in the address; a reload returns to it', async (t) => {
  const page = await house.open(t, '/traffic')
  await page.the('traffic-empty').waitFor()
  await publish(gateway, 'home/attic/hum', '63')
  await publish(gateway, 'garden/pond', 'deep, 火')
  await row(page, 'garden/pond', 'deep, 火').waitFor()
  await row(page, 'home/attic/hum').waitFor()
  await page.the('traffic-filter').fill('home/+/hum')
  await row(page, 'garden/pond').waitFor({ state: 'detached' })
  await row(page, 'home/attic/hum').click()
  await page.the('message-payload', '63').waitFor()
  await page.waitForURL(/q=home/)
  await page.reload()
  await page.the('message-topic', 'home/attic/hum').waitFor()
  assert.equal(await page.the('traffic-filter').inputValue(), 'home/+/hum')
  await page.the('traffic-filter').fill('nothing/like/it')
  await page.the('traffic-none').waitFor()
  assertNoComplaints(page)
})

test('paused, the list holds still and says how many wait', async (t) => {
  const page = await house.open(t, '/traffic?q=pause/%23')
  await publish(gateway, 'pause/a', '1')
  await row(page, 'pause/a', '1').waitFor()
  await page.the('traffic-pause').click()
  await publish(gateway, 'pause/b', '2')
  await publish(gateway, 'pause/c', '3')
  await page.the('traffic-waiting', '2').waitFor()
  assert.equal(await page.the('traffic-row').count(), 1)
  await page.the('traffic-pause').click()
  await row(page, 'pause/c').waitFor()
  await page.the('traffic-waiting').waitFor({ state: 'detached' })
  assertNoComplaints(page)
})

test('a message shows its way: who got it, and which mapping held it back', async (t) => {
  await connect(t, gateway, '/home/kitchen')
  const page = await house.open(t, '/traffic?q=home/kitchen/%23')
  await publish(gateway, 'home/kitchen/temp', '21')
  await row(page, 'home/kitchen/temp', '21').click()
  await page.the('trace-branch', { rule: 'rooms', end: 'sent' }).filter({ hasText: '/home/kitchen' }).waitFor()
  await publish(gateway, 'home/kitchen/temp', '-1')
  await page.the('traffic-filter').hover() // rows are held while the mouse is on them
  await row(page, 'home/kitchen/temp', '-1').click()
  await page.the('trace-branch', { rule: 'rooms', end: 'held' }).filter({ hasText: 'payload > 0' }).waitFor()
  await page.the('tab-diff').click()
  await page.the('message-diff', '21').waitFor()
  await page.the('tab-chart').click()
  await page.the('message-chart').waitFor()
  assertNoComplaints(page)
})

test('why did it not arrive? asked of a topic and whom it should have reached', async (t) => {
  await connectMQTT(t, gateway, { clientId: 'deaf' })
  const page = await house.open(t, '/traffic?side=why')
  await page.the('why-topic').fill('home/kitchen/temp')
  await page.the('why-to').fill('deaf')
  await page.the('why-ask').click()
  await page.the('trace-verdict', /subscri/i).waitFor()
  await page.the('why-to').fill('nobody-like-this')
  await page.the('why-ask').click()
  await page.the('trace-verdict', 'nobody-like-this').or(page.the('why-form', 'nobody-like-this')).first().waitFor()
  assertNoComplaints(page, /^404 GET \/api\/v1\/traffic\/why$/)
})

test('the page publishes to MQTT', async (t) => {
  const subscriber = await subscribe(t, gateway, 'e2e/box', ['-q', '1'])
  const page = await house.open(t, '/traffic?side=send')
  await page.the('publish-topic').fill('e2e/+')
  await page.the('publish-payload').fill('{"from": "the page"}')
  await page.the('publish-qos').selectOption('1')
  await page.the('send').click()
  await page.locator('[data-testid=publish-topic][aria-invalid=true]').waitFor()
  await page.the('publish-topic').fill('e2e/box')
  await page.the('send').click()
  await page.the('send-answer', 'Published').waitFor()
  const message = await subscriber.next()
  assert.deepEqual([message.payload.toString(), message.qos], ['{"from": "the page"}', 1])
  assertNoComplaints(page)
})

test('the page emits by socket.io, and shows the acknowledgement', async (t) => {
  const subscriber = await subscribe(t, gateway, 'cmnd/+/POWER', ['-q', '1'])
  const page = await house.open(t, '/traffic?side=send')
  await page.the('tab-emit').click()
  await page.the('emit-namespace').fill('/lamps/desk')
  await page.the('emit-event').fill('power')
  await page.the('emit-argument').fill('ON')
  await page.the('send').click()
  assert.deepEqual(await subscriber.line(), ['cmnd/desk/POWER', 'ON'])
  await page.the('send-answer', 'Acknowledged').waitFor()
  assertNoComplaints(page)
})

test('a value is deleted, here and for everybody who comes later', async (t) => {
  await publish(gateway, 'old/thing', 'kept', ['-r'])
  const page = await house.open(t, '/traffic?topic=old/thing')
  await page.the('message-payload', 'kept').waitFor()
  await page.the('delete-value').click()
  await page.the('confirm-yes').click()
  await page.the('toast', 'deleted').waitFor()
  await house.owner.get('state/old/thing', { expect: 404 })
  assertNoComplaints(page)
})

test('with a thousand messages a second the page says so, and still does what it is told', async (t) => {
  const device = await connectMQTT(t, gateway)
  const page = await house.open(t, '/traffic')
  let n = 0
  const timer = setInterval(() => {
    for (let i = 0; i < 50; i++) device.raw.publish(`load/${n++ % 500}`, String(n), { qos: 0 })
  }, 50)
  t.after(() => clearInterval(timer))
  await page.the('traffic-sampled').waitFor()
  await page.the('tab-send').click()
  await page.the('send-box').waitFor()
  await page.the('nav-mappings').click()
  await page.the('mapping-row', { name: 'rooms' }).waitFor()
  await page.the('nav-traffic').click()
  await page.the('traffic-filter').fill('load/7')
  await row(page, 'load/7').first().waitFor()
  await page.the('traffic-pause').click()
  await row(page, 'load/7').first().click()
  await page.the('message-topic', 'load/7').waitFor()
  assertNoComplaints(page)
})
