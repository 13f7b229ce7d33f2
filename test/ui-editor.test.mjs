// The mapping editor on recorded messages: what an edit would have done, tests, dry runs, TOML, and two people at once.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { assertNoComplaints } from './lib/browser.mjs'
import { sharedHouse } from './lib/house.mjs'
import { publish } from './lib/mosquitto.mjs'
import { connect } from './lib/socketio.mjs'
import { until } from './lib/wait.mjs'

const house = sharedHouse()
const { gateway } = house
const rule = (name, more = {}) => ({
  name,
  topic: 'home/{room}/{sensor}',
  namespace: '/home/{room}',
  event: '{sensor}',
  direction: 'mqtt_to_socketio',
  ...more,
})

before(async () => {
  await until(() => house.owner, 'the gateway to be claimed')
  for (const value of ['20', '21', '-1']) await publish(gateway, 'home/kitchen/temp', value)
  await publish(gateway, 'home/attic/hum', '63')
})

/** Writes into one of the editor's expressions. */
async function write(page, field, text) {
  const code = page.the(field).locator('.cm-content')
  await code.click()
  await page.keyboard.press('Control+A')
  await page.keyboard.press('Backspace')
  await page.keyboard.insertText(text)
}

/** Resolves when what is shown is the answer to what the form says. */
const settled = (page) => page.the('editor', { stale: false }).waitFor()

const row = (page, topic, text) => page.the('preview-row', { topic }).filter({ hasText: text })

test('a change shows what it would have made of yesterday; saved, it acts under connected browsers', async (t) => {
  const made = await house.mapping(t, rule('rooms'))
  const client = await connect(t, gateway, '/home/kitchen')
  const page = await house.open(t, `/mappings/${made.id}`)
  await row(page, 'home/attic/hum', '63').waitFor()
  await page.the('old-sent', '4 sent').waitFor()
  await write(page, 'field-when', 'payload > 0')
  await page.the('preview-row', { topic: 'home/kitchen/temp', differs: true }).filter({ hasText: 'was' }).waitFor()
  await page.the('preview-counts', '3 sent').waitFor()
  await page.the('show-differ').click()
  await until(async () => (await page.the('preview-row').count()) === 1, 'only the row that differs to be shown')

  await page.the('save').click()
  await page.the('toast', 'rooms is saved').waitFor()
  client.drain()
  await publish(gateway, 'home/kitchen/temp', '-5')
  await publish(gateway, 'home/kitchen/temp', '22')
  let event
  do event = await client.next()
  while (event[2]?.replayed)
  assert.deepEqual(event, ['temp', 22], 'what is not above 0 is filtered')

  await page.the('toast-undo').click()
  await page.the('toast', 'Undone').waitFor()
  await publish(gateway, 'home/kitchen/temp', '-6')
  do event = await client.next()
  while (event[1] !== -6)
  assertNoComplaints(page)
})

test('a mistake in an expression is shown at its place, and nothing is saved', async (t) => {
  const made = await house.mapping(t, rule('rooms'))
  const page = await house.open(t, `/mappings/${made.id}`)
  await row(page, 'home/attic/hum', '63').waitFor()
  await write(page, 'field-when', 'payload > nothing')
  await page.the('field-when-error', 'nothing').waitFor()
  await page.locator('[data-testid=field-when] .cm-lintRange-error').waitFor()
  await page.the('save').click()
  await page.the('save-fault').waitFor()
  assert.equal((await house.owner.get(`mappings/${made.id}`)).revision, made.revision)
  assertNoComplaints(page, /^422 PUT/)
})

test('completion knows the names of the topic', async (t) => {
  const page = await house.open(t, '/mappings/new?topic=home/kitchen/temp')
  await page.the('editor').waitFor()
  await page.the('field-topic').fill('home/{room}/{sensor}')
  await settled(page)
  await page.the('field-when').locator('.cm-content').click()
  await page.keyboard.type('ro', { delay: 30 })
  await page.locator('.cm-tooltip-autocomplete', { hasText: 'room' }).waitFor()
})

test('a message pinned as a test guards the mapping', async (t) => {
  const made = await house.mapping(t, rule('rooms'))
  const page = await house.open(t, `/mappings/${made.id}`)
  await row(page, 'home/attic/hum', '63').getByTestId('pin').click()
  await page.the('test', { ok: true }).waitFor()
  await page.the('save').click()
  await page.the('toast', 'rooms is saved').waitFor()
  await write(page, 'field-transform', 'payload * 10')
  await page.the('test', { ok: false }).waitFor()
  await page.the('save').click()
  await page.the('save-fault').waitFor()
  await page.the('save-anyway').click()
  await until(
    async () => (await house.owner.get(`mappings/${made.id}`)).rule.transform === 'payload * 10',
    'it to be saved all the same',
  )
  assertNoComplaints(page, /^422 PUT/)
})

test('a dry run counts what comes, and sends nothing', async (t) => {
  const page = await house.open(t, '/mappings/new?topic=dry/run')
  await page.the('field-name').fill('dry')
  await page.the('field-topic').fill('dry/{what}')
  await page.the('field-namespace').fill('/dry')
  await page.the('field-event').fill('{what}')
  await settled(page)
  await page.the('dry-run').click()
  await page.the('dryrun', { done: false }).waitFor()
  for (const n of ['1', '2', '3']) await publish(gateway, 'dry/run', n)
  await page.the('dryrun-sent', /^3$/).waitFor()
  await page.the('dryrun-rows-row').first().waitFor()
  await page.the('dryrun-stop').click()
  await page.the('dryrun').waitFor({ state: 'detached' })
  assert.deepEqual((await house.owner.get('mappings')).items, [])
  assertNoComplaints(page)
})

test('the TOML and the fields are the same mapping', async (t) => {
  const made = await house.mapping(t, rule('rooms'))
  const page = await house.open(t, `/mappings/${made.id}`)
  await page.the('show-toml').click()
  const toml = page.the('toml')
  await until(async () => (await toml.inputValue()).includes('/home/{room}'), 'the TOML to be shown')
  await page.the('field-namespace').fill('/house/{room}')
  await until(async () => (await toml.inputValue()).includes('/house/{room}'), 'the TOML to follow the field')
  await toml.fill((await toml.inputValue()).replace('/house/{room}', '/cellar/{room}'))
  await until(async () => (await page.the('field-namespace').inputValue()) === '/cellar/{room}', 'the field to follow')
  await row(page, 'home/kitchen/temp', '/cellar/kitchen').first().waitFor()
  await toml.fill('[[mapping')
  await page.the('toml-fault', /toml: expected/).waitFor()
  assert.equal(await page.the('field-namespace').inputValue(), '/cellar/{room}')
  assertNoComplaints(page)
})

test('two people on one mapping: the second is told, and decides', async (t) => {
  const made = await house.mapping(t, rule('rooms'))
  const olga = await house.owner.invite('olga', 'operator')
  const mine = await house.open(t, `/mappings/${made.id}`)
  const hers = await house.open(t, `/mappings/${made.id}`, { as: olga })
  await mine.the('field-event').fill('mine')
  await hers.the('field-event').fill('hers')
  await hers.the('save').click()
  await hers.the('toast', 'rooms is saved').waitFor()
  await mine.the('overtaken').waitFor()
  await mine.the('save').click()
  await mine.the('conflict', 'olga').waitFor()
  await mine.the('keep-mine').click()
  await mine.the('toast', 'rooms is saved').waitFor()
  // Nothing of hers is unsaved: her page follows.
  await until(async () => (await hers.the('field-event').inputValue()) === 'mine', 'her page to follow')

  await hers.the('delete-mapping').click()
  await hers.the('confirm-yes').click()
  await mine.the('gone').waitFor()
  assertNoComplaints(hers)
  assertNoComplaints(mine, /^412 PUT/)
})

test('who leaves with something unsaved is asked', async (t) => {
  const page = await house.open(t, '/mappings/new')
  await page.the('picker-filter').fill('attic')
  await page.the('pick-topic', { topic: 'home/attic/hum' }).click()
  await page.the('field-name').fill('my own name')
  await page.the('nav-links').click()
  await page.the('leave').waitFor()
  await page.keyboard.press('Escape')
  assert.equal(await page.the('field-name').inputValue(), 'my own name')
  await page.the('nav-links').click()
  await page.the('leave-yes').click()
  await page.the('links-empty').waitFor()
  assertNoComplaints(page)
})

test('the browser’s way back asks too, and goes where it was going', async (t) => {
  const page = await house.open(t, '/links')
  await page.the('links-empty').waitFor()
  await page.the('nav-mappings').click()
  await page.the('new-mapping').click()
  await page.the('picker-filter').fill('attic')
  await page.the('pick-topic', { topic: 'home/attic/hum' }).click()
  await page.the('field-name').fill('my own name')
  for (let n = 0; n < 2; n++) {
    await page.evaluate(() => history.back())
    await page.the('leave').waitFor()
    await page.keyboard.press('Escape')
    await page.the('leave').waitFor({ state: 'hidden' })
    assert.equal(await page.the('field-name').inputValue(), 'my own name')
  }
  await page.evaluate(() => history.back())
  await page.the('leave-yes').click()
  await page.the('new-mapping').waitFor()
  await page.evaluate(() => history.back())
  await page.the('links-empty').waitFor()
  assertNoComplaints(page)
})

test('another topic to begin with begins anew', async (t) => {
  const page = await house.open(t, '/mappings/new?topic=home/attic/hum')
  const topic = (path) => page.waitForFunction((p) => document.querySelector('[data-testid=field-topic]')?.value.startsWith(p), path)
  await topic('home/')
  await page.the('field-name').fill('my own name')
  await page.evaluate(() => (location.hash = '#/mappings/new?topic=garage/door/state'))
  await page.the('leave-yes').click()
  await topic('garage/')
  assertNoComplaints(page)
})
