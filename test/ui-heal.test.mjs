// The page while its gateway goes away and comes back, and below another path.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNoComplaints } from './lib/browser.mjs'
import { startGateway } from './lib/gateway.mjs'
import { placeOf, sharedHouse } from './lib/house.mjs'
import { publish } from './lib/mosquitto.mjs'
import { claim } from './lib/people.mjs'

const away = [/ERR_CONNECTION_REFUSED/, /WebSocket connection/, /ERR_EMPTY_RESPONSE/, /ERR_CONNECTION_RESET/]
const house = sharedHouse()
const { gateway } = house

test('a gateway that restarts under an open page: the page says so, and heals without a reload', async (t) => {
  const page = await house.open(t, '/traffic')
  await publish(gateway, 'before/it', '1')
  await page.the('traffic-row', { topic: 'before/it' }).waitFor()
  await page.evaluate(() => (window.sameDocument = true))
  await gateway.stop()
  await page.the('lost').waitFor()
  await page.the('state', 'no connection').waitFor()
  await gateway.start()
  await page.the('lost').waitFor({ state: 'detached' })
  await page.the('state', 'all well').waitFor()
  await publish(gateway, 'after/it', '2')
  await page.the('traffic-row', { topic: 'after/it' }).waitFor()
  assert(await page.evaluate(() => window.sameDocument), 'the page was not loaded again')
  assertNoComplaints(page, ...away)
})

test('an edit in progress survives a restart, and is saved after it', async (t) => {
  const rule = {
    name: 'rooms',
    topic: 'home/{room}/{sensor}',
    namespace: '/home/{room}',
    event: '{sensor}',
    direction: 'mqtt_to_socketio',
  }
  const made = await house.mapping(t, rule)
  const page = await house.open(t, `/mappings/${made.id}`)
  await page.the('field-event').fill('changed')
  await gateway.kill9()
  await page.the('lost').waitFor()
  await page.the('save').click()
  await page.the('save-fault', 'does not answer').waitFor()
  await gateway.start()
  await page.the('lost').waitFor({ state: 'detached' })
  assert.equal(await page.the('field-event').inputValue(), 'changed')
  await page.the('save').click()
  await page.the('toast', 'rooms is saved').waitFor()
  assert.equal((await house.owner.get(`mappings/${made.id}`)).rule.event, 'changed')
  assertNoComplaints(page, ...away)
})

test('a page opened while nobody answers waits for the gateway', async (t) => {
  const page = await house.open(t, '/')
  await page.the('flow-mqtt').waitFor()
  await page.route('**/api/v1/**', (route) => route.abort('connectionrefused'))
  await page.reload()
  await page.the('unreachable').waitFor()
  await page.unroute('**/api/v1/**')
  await page.the('flow-mqtt').waitFor()
})

test('all of it works below another path', async (t) => {
  const below = await startGateway(t, '[http]\nbase_path = "/house/"\n')
  const owner = await claim(below)
  const page = await house.browser.open(t, placeOf(below, '/traffic'), { cookie: owner.cookie })
  assert.equal(new URL(page.url()).pathname, '/house/')
  await page.the('state', 'all well').waitFor()
  await publish(below, 'below/it', '1')
  await page.the('traffic-row', { topic: 'below/it' }).waitFor()
  await page.the('nav-mappings').click()
  await page.the('mappings-empty').waitFor()
  await page.reload()
  await page.the('mappings-empty').waitFor()
  assertNoComplaints(page)
})
