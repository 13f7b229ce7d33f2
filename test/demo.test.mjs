// The demo, as a person sees it in a browser: live messages, the publish box, and the alert lamp from red to acknowledged.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNoComplaints, assertNoSidewaysScroll, sharedBrowser } from './lib/browser.mjs'
import { sharedGateway } from './lib/gateway.mjs'
import { publish, subscribe } from './lib/mosquitto.mjs'
import { connect } from './lib/socketio.mjs'

const gateway = sharedGateway('', { demo: true })
const browser = sharedBrowser()

const alert = (level, text) =>
  fetch(gateway.at('api/v1/publish/alert/lamp'), { method: 'POST', body: JSON.stringify({ level, text }) })

test('the page says that all is well, and shows what listens', async (t) => {
  const page = await browser.open(t, gateway.url)
  await page.locator('#state[data-state=ok], #state:has-text("connected")').waitFor()
  await page.locator('#flow-mqtt', { hasText: String(gateway.mqttPort) }).waitFor()
  await page.locator('#rules', { hasText: 'demo-rooms' }).waitFor()
  assertNoComplaints(page)
})

test('a message of mosquitto_pub appears among the live ones', async (t) => {
  const page = await browser.open(t, gateway.url)
  await page.locator('#log li').first().waitFor()
  await publish(gateway, 'e2e/shell/hello', 'from a shell, 火')
  const row = page.locator('#log li', { hasText: 'e2e/shell/hello' })
  await row.filter({ hasText: 'from a shell, 火' }).waitFor()
  await page.locator('#topic-list', { hasText: 'e2e/shell/hello' }).waitFor()
  assertNoComplaints(page)
})

test('the publish box publishes to MQTT, and says so; a mistake is explained', async (t) => {
  const subscriber = await subscribe(t, gateway, 'e2e/box', ['-q', '1'])
  const page = await browser.open(t, gateway.url)
  await page.locator('#log li').first().waitFor()
  await page.fill('#pub-topic', 'e2e/box')
  await page.fill('#pub-payload', '{"from": "the page"}')
  await page.locator('#publish-form label', { has: page.locator('input[name=qos][value="1"]') }).click()
  await page.click('#publish-form button[type=submit]')
  await page.locator('#pub-result[data-ok=true]').waitFor()
  const message = await subscriber.next()
  assert.deepEqual([message.payload.toString(), message.qos], ['{"from": "the page"}', 1])

  await page.fill('#pub-topic', 'e2e/+')
  await page.click('#publish-form button[type=submit]')
  await page.locator('#pub-result[data-ok=false]').waitFor()
  assertNoComplaints(page)
})

test('the simulated devices are alive: temperature, power, and a plug that answers', async (t) => {
  const page = await browser.open(t, gateway.url)
  await page.locator('#temp', { hasText: /^-?\d+\.\d$/ }).waitFor()
  await page.locator('#watts', { hasText: /^\d+\.\d$/ }).waitFor()
  const toggle = page.locator('#plug-switch')
  const was = await toggle.getAttribute('aria-checked')
  const state = await subscribe(t, gateway, 'stat/plug/POWER')
  await toggle.click()
  await page.locator(`#plug-switch[aria-checked="${was === 'true' ? 'false' : 'true'}"]`).waitFor()
  assert.equal((await state.next()).payload.toString(), was === 'true' ? 'OFF' : 'ON')
  assertNoComplaints(page)
})

test('an alert makes the lamp red; its button acknowledges, and everybody hears of it', async (t) => {
  const acknowledged = await subscribe(t, gateway, 'alert/lamp/acknowledged', ['-q', '1'])
  const page = await browser.open(t, gateway.url)
  await page.locator('#lamp[data-led=green]').waitFor()

  assert.equal((await alert('critical', 'Water in the cellar')).status, 200)
  await page.locator('#lamp[data-led=red]').waitFor()
  await page.locator('#lamp-words', { hasText: 'Water in the cellar' }).waitFor()
  await page.click('#lamp-ack')
  const { payload } = await acknowledged.next()
  assert.equal(JSON.parse(payload).by, 'page')
  await page.locator('#lamp[data-led=green]').waitFor()

  assert.equal((await alert('warning', 'It is warm')).status, 200)
  await page.locator('#lamp[data-led=amber]').waitFor()
  await page.click('#push') // the button on the board's picture
  await page.locator('#lamp[data-led=green]').waitFor()
  assertNoComplaints(page)
})

test('the lamp is a socket.io client like any other', async (t) => {
  const client = await connect(t, gateway, '/demo/lamp')
  const led = async (color) => {
    for (;;) {
      const [name, value] = await client.next(`the LED to be ${color}`)
      if (name === 'led' && value.color === color) return value
    }
  }
  await led('green')
  await publish(gateway, 'alert/lamp', '{"level":"critical","text":"by MQTT"}')
  assert.equal((await led('red')).text, 'by MQTT')
  assert.deepEqual(await client.ask('acknowledge', { by: 'test' }), { ok: true })
  assert.equal((await led('green')).by, 'test')
})

for (const [width, scheme] of [
  [390, 'light'],
  [360, 'dark'],
]) {
  test(`nothing scrolls sideways on a phone of ${width} pixels (${scheme})`, async (t) => {
    const page = await browser.open(t, gateway.url, {
      viewport: { width, height: 800 },
      colorScheme: scheme,
      hasTouch: true,
      isMobile: true,
    })
    await publish(gateway, `e2e/${'a-very-long-level/'.repeat(12)}end`, 'x'.repeat(500))
    await page.locator('#log li', { hasText: 'a-very-long-level' }).first().waitFor()
    await page.locator('#temp', { hasText: /\d/ }).waitFor()
    await assertNoSidewaysScroll(page)
    assertNoComplaints(page)
  })
}

test('the page finds back after the gateway was away', async (t) => {
  const page = await browser.open(t, gateway.url)
  await page.locator('#log li').first().waitFor()
  await gateway.restart()
  await publish(gateway, 'e2e/again', 'back')
  await page.locator('#log li', { hasText: 'e2e/again' }).waitFor({ timeout: 30_000 })
})
