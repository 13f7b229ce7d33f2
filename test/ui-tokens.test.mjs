// Tokens made in the page, used by real clients, and taken back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNoComplaints } from './lib/browser.mjs'
import { sharedHouse } from './lib/house.mjs'
import { subscribe, tryPublish } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, open } from './lib/socketio.mjs'

// Nobody without a token, not even from this machine.
const house = sharedHouse(`
[auth]
anonymous = "never"

[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"
`)
const { gateway } = house

/** Makes a token in the page; resolves with {username, password, token}, as they are shown once. */
async function make(page, name, fill = async () => {}) {
  await page.the('token-new').click()
  await page.the('token-name').fill(name)
  await fill()
  await page.the('token-save').click()
  await page.the('token-made', name).waitFor()
  const username = await page.the('mqtt-username').innerText()
  const password = await page.the('mqtt-password').innerText()
  await page.the('token-done').click()
  await page.the('tokens-row', name).waitFor()
  return { username, password, token: `${username}.${password}` }
}

async function takeBack(page, name) {
  await page.the('tokens-row', name).getByTestId('token-menu').click()
  await page.the('token-delete').click()
  await page.the('confirm-yes').click()
  await page.the('tokens-row', name).waitFor({ state: 'detached' })
}

test('a token made in the page lets mosquitto and socket.io in, and taken back cuts them at once', async (t) => {
  const page = await house.open(t, '/settings/tokens')
  await page.the('tokens-empty').waitFor()
  const { username, password, token } = await make(page, 'Kitchen panel')
  assert.equal(username, 'kitchen-panel')
  assert.equal(await page.getByText(password).count(), 0, 'the secret is shown once')

  const login = ['-u', username, '-P', password]
  const subscriber = await subscribe(t, gateway, 'home/#', login)
  const client = await connect(t, gateway, '/home/kitchen', { auth: { token } })
  const { code, output } = await tryPublish(gateway, 'home/kitchen/temp', '21', login)
  assert.equal(code, 0, output)
  assert.deepEqual((await client.next()).slice(0, 2), ['temp', 21])
  assert.deepEqual(await subscriber.line(), ['home/kitchen/temp', '21'])
  await page.reload() // when a token was used last is not told live
  await page.the('tokens-row', '127.0.0.1').waitFor()

  const device = await connectMQTT(t, gateway, { username, password })
  const cut = [device.closed(), client.disconnected()]
  await takeBack(page, 'Kitchen panel')
  await Promise.all(cut)
  await open(t, gateway, '/home/kitchen', { auth: { token } }).refused()
  assert.notEqual((await tryPublish(gateway, 'home/kitchen/temp', '22', login)).code, 0)
  assertNoComplaints(page)
})

test('a token does what its patterns say, and no more', async (t) => {
  const page = await house.open(t, '/settings/tokens')
  const { token, ...mqtt } = await make(page, 'Only its own', async () => {
    await page.the('token-read').fill('home/kitchen/#')
    await page.the('token-write').fill('own/{client.id}/#')
  })
  const device = await connectMQTT(t, gateway, mqtt)
  await device.publish(`own/${mqtt.username}/x`, '1')
  await assert.rejects(device.publish('home/kitchen/temp', '1'), /not authorized/i)
  const [kitchen, attic] = [
    await connect(t, gateway, '/home/kitchen', { auth: { token } }),
    await connect(t, gateway, '/home/attic', { auth: { token } }),
  ]
  for (const room of ['attic', 'kitchen']) await house.owner.publish(`home/${room}/temp`, '21')
  assert.deepEqual((await kitchen.next()).slice(0, 2), ['temp', 21])
  await attic.settled()
  assert.deepEqual(attic.drain(), [], 'what it may not read does not come')
  await takeBack(page, 'Only its own')
  assertNoComplaints(page)
})

test('a pattern that is none is refused in its field', async (t) => {
  const page = await house.open(t, '/settings/tokens?new=yes')
  await page.the('token-name').fill('Wrong')
  await page.the('token-read').fill('home/#/temp')
  await page.the('token-save').click()
  await page.locator('[data-testid=token-read][aria-invalid=true]').waitFor()
  await page.keyboard.press('Escape')
  await page.the('token-dialog').waitFor({ state: 'detached' })
  assert.equal(new URL(page.url()).hash, '#/settings/tokens')
  assertNoComplaints(page, /^422 POST \/api\/v1\/tokens$/)
})
