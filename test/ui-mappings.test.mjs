// The list of mappings: on and off, order, delete and undo, export and import, templates, and what it says of each.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { assertNoComplaints } from './lib/browser.mjs'
import { sharedHouse } from './lib/house.mjs'
import { publish } from './lib/mosquitto.mjs'
import { connect } from './lib/socketio.mjs'

const file = `
[[mapping]]
name = "from-file"
topic = "file/{n}"
namespace = "/file"
event = "{n}"
`
const house = sharedHouse(file)
const { gateway } = house
const rule = (name, more = {}) => ({ name, topic: `${name}/{n}`, namespace: `/${name}`, event: '{n}', ...more })

test('a mapping is turned off and on under its browsers, and that is undone', async (t) => {
  await house.mapping(t, rule('rooms', { namespace: '/file' }))
  const page = await house.open(t, '/mappings')
  const row = (enabled) => page.the('mapping-row', { name: 'rooms', enabled })
  const client = await connect(t, gateway, '/file')
  await row(true).getByTestId('mapping-enabled').click()
  await row(false).waitFor()
  await publish(gateway, 'rooms/a', 'nobody hears it')
  await page.the('toast-undo').click()
  await row(true).waitFor()
  await page.the('toast', 'Undone').waitFor()
  await publish(gateway, 'rooms/b', 'heard')
  let event
  do event = await client.next()
  while (event[2]?.replayed) // turned on, it sends what it missed as last values
  assert.deepEqual(event, ['b', 'heard'])
  await row(true).getByTestId('mapping-out').filter({ hasText: /[1-9]/ }).waitFor()
  assertNoComplaints(page)
})

test('a mapping of the file is shown, and cannot be turned off here', async (t) => {
  const page = await house.open(t, '/mappings')
  const row = page.the('mapping-row', { name: 'from-file' })
  await row.waitFor()
  assert.equal(await row.getByTestId('mapping-enabled').count(), 0)
  await row.getByTestId('mapping-open').click()
  await page.the('readonly').waitFor()
  await page.the('copy-mapping').click()
  assert.equal(await page.the('field-topic').inputValue(), 'file/{n}')
})

test('a deleted mapping comes back by undo', async (t) => {
  await house.mapping(t, rule('gone'))
  const page = await house.open(t, '/mappings')
  const row = page.the('mapping-row', { name: 'gone' })
  await row.getByTestId('mapping-menu').click()
  await page.the('mapping-delete').click()
  await row.waitFor({ state: 'detached' })
  await page.the('toast-undo').click()
  await row.waitFor()
  assertNoComplaints(page)
})

test('the order is changed, and stays', async (t) => {
  for (const name of ['first', 'second']) await house.mapping(t, rule(name))
  const page = await house.open(t, '/mappings')
  await page.the('mapping-row', { name: 'second' }).getByTestId('mapping-menu').click()
  await page.the('mapping-up').click()
  await page.the('toast', 'second was moved').waitFor()
  await page.reload()
  await page.the('mapping-row', { name: 'first' }).waitFor()
  const names = await page.the('mapping-row').evaluateAll((rows) => rows.map((row) => row.dataset.name))
  assert.deepEqual(names, ['from-file', 'second', 'first'])
})

test('what is exported is imported again; a mistake in it is named', async (t) => {
  const made = await house.mapping(t, rule('travels', { when: 'payload > 0' }))
  const page = await house.open(t, '/mappings')
  await page.the('mappings-more').click()
  const [download] = await Promise.all([page.waitForEvent('download'), page.the('mappings-export').click()])
  const toml = await readFile(await download.path(), 'utf8')
  assert.match(toml, /name\s*=\s*"travels"/)
  await house.owner.delete(`mappings/${made.id}`, { revision: made.revision })
  await page.the('mapping-row', { name: 'travels' }).waitFor({ state: 'detached' })

  await page.the('mappings-more').click()
  await page.the('mappings-import').click()
  await page.the('import-toml').fill(toml.replace('payload > 0', 'payload >'))
  await page.the('import-problem', /travels: when/).waitFor()
  assert(await page.the('import-apply').isDisabled())
  await page.the('import-toml').fill(toml)
  await page.the('import-change', { kind: 'create' }).waitFor()
  await page.the('import-apply').click()
  await page.the('toast', 'Imported: 1 new').waitFor()
  await page.the('mapping-row', { name: 'travels', enabled: true }).waitFor()
  await page.the('toast-undo').click()
  await page.the('mapping-row', { name: 'travels' }).waitFor({ state: 'detached' })
  assertNoComplaints(page)
})

test('a template makes mappings of the devices that are there', async (t) => {
  await publish(gateway, 'tele/plug7/LWT', 'Online', ['-r'])
  const page = await house.open(t, '/mappings')
  await page.the('open-templates').click()
  const template = page.the('template', { id: 'tasmota' })
  await template.getByTestId('template-seen').filter({ hasText: 'plug7' }).waitFor()
  await template.click()
  await page.the('import-change', { kind: 'create' }).first().waitFor()
  await page.the('template-apply').click()
  await page.the('toast-undo').waitFor()
  const client = await connect(t, gateway, '/tasmota/plug7')
  await publish(gateway, 'tele/plug7/SENSOR', '{"ENERGY":{"Power":13}}')
  for (;;) {
    const [event, value] = await client.next()
    if (event === 'SENSOR' && value.ENERGY.Power === 13) break
  }
  await page.the('toast-undo').click()
  await page.the('toast', 'Undone').waitFor()
  assertNoComplaints(page)
})

test('a mapping that fails says how; one that is slow again and again is paused, and goes on when told', async (t) => {
  const out = { direction: 'mqtt_to_socketio' }
  await house.mapping(t, rule('fails', { ...out, transform: 'payload * 2' }))
  // Six million bytes are looked through: within the limits, and slow on any machine.
  await house.mapping(t, rule('slow', { ...out, transform: 'count(1..90, payload matches "(x+x+)+y")' }))
  const page = await house.open(t, '/mappings')
  const row = (name) => page.the('mapping-row', { name })
  await row('fails').waitFor()
  for (const namespace of ['/fails', '/slow']) await connect(t, gateway, namespace) // for nobody, nothing is worked out
  await publish(gateway, 'fails/x', '"text"')
  await row('fails').getByTestId('mapping-error').waitFor()
  for (let i = 0; i < 4; i++) await publish(gateway, `slow/${i}`, 'x'.repeat(60_000))
  await row('slow').getByTestId('mapping-paused').waitFor()
  await row('slow').getByTestId('mapping-resume').click()
  await row('slow').getByTestId('mapping-paused').waitFor({ state: 'detached' })
  assertNoComplaints(page)
})
