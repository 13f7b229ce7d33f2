// From a gateway that nobody owns to a first own event, as a person goes: claim, log in, a mapping from the topic tree, seen
// before it is on, and then a real message in a real client.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNoComplaints, sharedBrowser } from './lib/browser.mjs'
import { startGateway } from './lib/gateway.mjs'
import { publish } from './lib/mosquitto.mjs'
import { password, setupCode } from './lib/people.mjs'
import { connect } from './lib/socketio.mjs'

const browser = sharedBrowser()

test('claim, log in, map a topic from the tree, and the event arrives', async (t) => {
  const gateway = await startGateway(t, '', { demo: true })
  const page = await browser.open(t, gateway.url)
  const $ = page.the

  await $('setup-code').fill(await setupCode(gateway))
  await $('setup-username').fill('ann')
  await $('setup-password').fill(password)
  await $('setup-password-again').fill(password)
  await $('setup-claim').click()

  await $('setup-name').fill('cellar')
  await page.getByRole('button', { name: /next/i }).click()
  await $('setup-skip').click()
  await $('setup-finish').click()
  await $('flow-mqtt').waitFor()

  await page.context().clearCookies()
  await page.reload()
  await $('login-username').fill('ann')
  await $('login-password').fill(password)
  await $('login-submit').click()
  await $('flow-mqtt').waitFor()

  await publish(gateway, 'garden/pond/level', '41')
  await $('nav-traffic').click()
  const row = (topic) => $('topic-row', { topic })
  for (const level of ['garden', 'garden/pond']) {
    await row(level).waitFor()
    if ((await row(level).getAttribute('aria-expanded')) === 'false') await row(level).click()
  }
  await row('garden/pond/level').click()
  await $('map-topic').click()

  await $('editor').waitFor()
  const level = $('level', { index: 1 })
  if ((await level.getAttribute('aria-pressed')) === 'false') await level.click()
  const name = await level.innerText()
  await $('field-name').fill('pond')
  await $('field-namespace').fill('/garden')
  await $('field-event').fill('level')
  if (name.includes('{')) await $('field-namespace').fill(`/garden/${name.trim()}`)
  await $('preview-row', { topic: 'garden/pond/level' }).filter({ hasText: '41' }).first().waitFor()
  await $('enable').click()
  await $('toast', 'pond is on').waitFor()
  await $('nav-mappings').click()
  await $('mapping-row', { name: 'pond', enabled: true }).waitFor()

  const client = await connect(t, gateway, '/garden/pond')
  await publish(gateway, 'garden/pond/level', '42')
  for (;;) {
    const [event, value] = await client.next()
    assert.equal(event, 'level')
    if (value === 42) break
    assert.equal(value, 41, 'the last value comes first')
  }
  assertNoComplaints(page)
})
