// The first run, and what can go wrong in it.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { startMosquitto } from './lib/broker.mjs'
import { assertNoComplaints, sharedBrowser } from './lib/browser.mjs'
import { startGateway } from './lib/gateway.mjs'
import { publish } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { claim, password, setupCode } from './lib/people.mjs'
import { run } from './lib/process.mjs'
import { until } from './lib/wait.mjs'

const browser = sharedBrowser()

/** Fills in the first form and sends it. */
async function become({ the }, { code, name = 'ann', secret = password }) {
  await the('setup-code').fill(code)
  await the('setup-username').fill(name)
  await the('setup-password').fill(secret)
  await the('setup-password-again').fill(secret)
  await the('setup-claim').click()
}

test('a wrong code and a weak password are refused, and the page says what to do', async (t) => {
  const gateway = await startGateway(t)
  const page = await browser.open(t, gateway.url)
  await become(page, { code: 'AAAA-AAAA' })
  await page.the('setup-error', /code/i).waitFor()

  const code = await setupCode(gateway)
  await become(page, { code, secret: 'password123' })
  const field = page.the('setup-password')
  await page.locator('[data-testid=setup-password][aria-invalid=true]').waitFor()
  const described = await field.getAttribute('aria-describedby')
  assert.match(await page.locator(`[id="${described}"]`).innerText(), /password/i)

  await page.the('setup-password-again').fill('something else')
  assert(await page.the('setup-claim').isDisabled(), 'two passwords that differ are not sent')

  // As people write it down: without the dash, in small letters.
  await become(page, { code: code.replace('-', '').toLowerCase() })
  await page.the('setup-name').waitFor()
  assertNoComplaints(page, /^(403|422) POST \/api\/v1\/setup\/claim$/)
})

test('a first device gets its password, and its first message is seen', async (t) => {
  const gateway = await startGateway(t)
  const page = await browser.open(t, gateway.url)
  await become(page, { code: await setupCode(gateway) })
  await page.the('setup-name').fill('cellar')
  await page.the('setup-next').click()
  await page.the('token-name').fill('Kitchen panel')
  await page.the('token-save').click()
  const username = await page.the('mqtt-username').innerText()
  const device = await connectMQTT(t, gateway, { username, password: await page.the('mqtt-password').innerText() })
  await page.the('setup-next').click()
  await page.the('setup-own', 'Waiting').waitFor()
  await until(async () => {
    await device.publish('test/hello', 'Hello')
    return (await page.the('setup-own').getAttribute('data-arrived')) === 'true'
  }, 'the page to see its first message')
  await page.the('setup-finish').click()
  await page.the('step-token', { done: true }).or(page.the('verdict')).first().waitFor()
  assert.match(await page.locator('body').innerText(), /cellar/)
  assertNoComplaints(page)
})

test('a broker that is found on this machine is linked in two clicks', async (t) => {
  const gateway = await startGateway(t)
  const broker = await startMosquitto(t)
  const page = await browser.open(t, 'about:blank')
  // The gateway looks at port 1883 only, where this machine may have another one.
  await page.route('**/api/v1/setup', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), found_broker: `127.0.0.1:${broker.port}` } })
  })
  await page.goto(gateway.url)
  await become(page, { code: await setupCode(gateway) })
  await page.the('setup-next').click()
  await page.the('found-broker', `127.0.0.1:${broker.port}`).waitFor()
  await page.the('link-save').click()
  await page.the('setup-next').click()
  await page.the('setup-own').waitFor()
  await until(async () => {
    await publish({ mqttPort: broker.port }, 'test/hello', 'from the old broker')
    return (await page.the('setup-own').getAttribute('data-arrived')) === 'true'
  }, 'a message of the linked broker to be seen')
  await page.the('setup-finish').click()
  await page.getByText('broker up').waitFor()
  assertNoComplaints(page)
})

test('a gateway begins with the backup of another', async (t) => {
  const [old, gateway] = await Promise.all([startGateway(t), startGateway(t)])
  const owner = await claim(old)
  await owner.post(
    'mappings',
    { rule: { name: 'kept', topic: 'kept/{n}', namespace: '/kept', event: '{n}' } },
    { expect: 201 },
  )
  const file = join(old.dir, 'gateway.backup')
  const { code, output } = await run('curl', ['-sSf', '-b', owner.cookie, '-o', file, old.at('api/v1/backup')])
  assert.equal(code, 0, output)

  await gateway.restart() // now on ports that are named: it begins again on the same
  const page = await browser.open(t, gateway.url)
  await page.the('setup-code').fill(await setupCode(gateway))
  await page.the('tab-restore').click()
  await page.the('setup-restore').setInputFiles(file)
  await page.the('restarting').waitFor()
  await page.the('login-username').fill('ann')
  await page.the('login-password').fill(password)
  await page.the('login-submit').click()
  await page.the('nav-mappings').click()
  await page.the('mapping-row', { name: 'kept' }).waitFor()
  assertNoComplaints(page, /ERR_CONNECTION_REFUSED/)
})
