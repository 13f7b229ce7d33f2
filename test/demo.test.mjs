// The demo, as a person sees it on the overview: live values, a plug that answers, and the alert lamp from red to acknowledged.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNoComplaints } from './lib/browser.mjs'
import { sharedHouse } from './lib/house.mjs'
import { publish, subscribe } from './lib/mosquitto.mjs'
import { connect } from './lib/socketio.mjs'

const house = sharedHouse('', { demo: true })
const { gateway } = house
const lamp = (page, led) => page.the('lamp', { led })

test('the simulated devices are alive: temperature, power, and a plug that answers', async (t) => {
  const page = await house.open(t)
  await page.the('state', 'all well').waitFor()
  await page.the('temp', /^-?\d+\.\d$/).waitFor()
  await page.the('watts', /^\d+\.\d$/).waitFor()
  const toggle = page.the('plug-switch')
  await page.locator('[data-testid=plug-switch]:enabled').waitFor()
  const on = (await toggle.getAttribute('aria-checked')) === 'true'
  const state = await subscribe(t, gateway, 'stat/plug/POWER')
  await toggle.click()
  await page.locator(`[data-testid=plug-switch][aria-checked="${!on}"]`).waitFor()
  assert.deepEqual(await state.line(), ['stat/plug/POWER', on ? 'OFF' : 'ON'])
  assertNoComplaints(page)
})

test('mosquitto_pub makes the lamp red; its button acknowledges, and everybody hears of it', async (t) => {
  const acknowledged = await subscribe(t, gateway, 'alert/lamp/acknowledged', ['-q', '1'])
  const page = await house.open(t)
  await lamp(page, 'green').waitFor()
  await publish(gateway, 'alert/lamp', '{"level":"critical","text":"Water in the cellar"}')
  await lamp(page, 'red').waitFor()
  await page.the('lamp-words', 'Water in the cellar').waitFor()
  await page.the('lamp-ack').click()
  await acknowledged.next()
  await lamp(page, 'green').waitFor()

  await publish(gateway, 'alert/lamp', '{"level":"warning","text":"It is warm"}')
  await lamp(page, 'amber').waitFor()
  await page.the('lamp-push').click() // the button on the board's picture
  await lamp(page, 'green').waitFor()
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
