// Who is in, who is out, and who may only look.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNoComplaints, newPage } from './lib/browser.mjs'
import { placeOf, sharedHouse } from './lib/house.mjs'
import { password } from './lib/people.mjs'

const house = sharedHouse()
const { gateway } = house
const rule = { name: 'rooms', topic: 'home/{room}/{sensor}', namespace: '/home/{room}', event: '{sensor}' }

async function login({ the }, secret = password, username = 'ann') {
  await the('login-username').fill(username)
  await the('login-password').fill(secret)
  await the('login-submit').click()
}

test('a wrong password is refused with the same words as a wrong name; the right one leads to where one wanted', async (t) => {
  const page = await house.open(t, '/links', { as: null })
  await login(page, 'not the password')
  const words = await page.the('login-error').innerText()
  await login(page, 'not the password', 'nobody')
  await page.the('login-error', words).waitFor()
  assert.equal(await page.the('login-password').inputValue(), '')
  await login(page)
  await page.the('links-empty').waitFor()
  assertNoComplaints(page, /^403 POST \/api\/v1\/session$/)
})

test('who logs out is out, in every tab', async (t) => {
  const page = await house.open(t, '/', { as: await house.owner.login() })
  const other = await newPage(page.context(), placeOf(gateway, '/mappings'))
  await other.the('mappings-empty').waitFor()
  await page.the('account').click()
  await page.the('logout').click()
  await page.the('login-submit').waitFor()
  await other.the('session-ended').waitFor()
  assertNoComplaints(page)
})

test('a session that is ended elsewhere is out at once, and comes back to its place', async (t) => {
  const page = await house.open(t, '/settings/sessions')
  const other = await house.open(t, '/traffic?q=home/%23', { as: await house.owner.login() })
  await other.the('traffic').waitFor()

  const { items } = await house.owner.get('sessions')
  const newest = items.reduce((a, b) => (a.created_at > b.created_at ? a : b))
  await page.the('sessions-row', { key: newest.id }).getByTestId('session-end').click()
  await page.the('confirm-yes').click()
  await page.the('toast', 'Logged out there').waitFor()

  await other.the('session-ended').waitFor()
  await login(other)
  await other.the('traffic').waitFor()
  assert.equal(await other.the('traffic-filter').inputValue(), 'home/#')
  assertNoComplaints(page)
})

test('a viewer sees everything and changes nothing', async (t) => {
  const made = await house.mapping(t, rule)
  const viewer = await house.owner.invite('vic', 'viewer')
  const page = await house.open(t, '/mappings', { as: viewer })
  await page.the('mapping-row', { name: 'rooms' }).waitFor()
  assert.equal(await page.the('new-mapping').count(), 0)
  await page.locator('[data-testid=mapping-enabled]:disabled').waitFor()
  await page.keyboard.press('n')
  await page.the('mapping-open').click()
  await page.the('editor').waitFor()
  assert.equal(new URL(page.url()).hash, `#/mappings/${made.id}`)
  assert.equal(await page.the('save').count(), 0)

  await page.the('nav-links').click()
  await page.the('links-empty').waitFor()
  assert.equal(await page.the('link-new').count(), 0)
  await page.the('nav-settings').click()
  await page.the('general-form').waitFor()
  assert.equal(await page.the('settings-save').count(), 0)
  for (const closed of ['users', 'tokens', 'backup']) assert.equal(await page.the(`tab-${closed}`).count(), 0, closed)
  await page.goto(placeOf(gateway, '/settings/tokens'))
  await page.getByText('This is not open to you').waitFor()
  assertNoComplaints(page)
})

test('a role that is taken away changes the open page', async (t) => {
  const operator = await house.owner.invite('olga', 'operator')
  const page = await house.open(t, '/mappings', { as: operator })
  await page.the('open-templates').waitFor()
  const user = await house.owner.get('users/olga')
  await house.owner.patch('users/olga', { role: 'viewer' }, { revision: user.revision })
  await page.the('open-templates').waitFor({ state: 'detached' })
})

test('a user is made in the page, logs in, and is deleted with the page open', async (t) => {
  const page = await house.open(t, '/settings/users')
  await page.the('user-new').click()
  await page.the('user-name').fill('pia')
  await page.the('user-password').fill('short')
  await page.the('user-save').click()
  await page.locator('[data-testid=user-password][aria-invalid=true]').waitFor()
  await page.the('user-password').fill(password)
  await page.the('user-role').selectOption('operator')
  await page.the('user-save').click()
  await page.the('toast', 'pia').waitFor()

  const hers = await house.open(t, '/', { as: null })
  await login(hers, password, 'pia')
  await hers.the('flow-mqtt').waitFor()
  await page.the('users-row', 'pia').getByTestId('user-menu').click()
  await page.the('user-delete').click()
  await page.the('confirm-yes').click()
  await hers.the('session-ended').waitFor()
  assertNoComplaints(page, /^422 POST \/api\/v1\/users$/)
})
