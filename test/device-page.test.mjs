// The page about boards: one is added, watched, wanted to be different, called, updated and revoked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Board, board, merge } from './lib/board.mjs'
import { assertNoComplaints, assertNoSidewaysScroll } from './lib/browser.mjs'
import { sharedHouse } from './lib/house.mjs'
import { until } from './lib/wait.mjs'
import { upload } from './device-api.mjs'

const house = sharedHouse()
const { gateway } = house

/** For eyes: SHOTS=dir puts pictures there. */
const shot = (page, name) => process.env.SHOTS && page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true })

test('a board is added, and its key is shown once', async (t) => {
  const page = await house.open(t, '/devices')
  await page.the('boards-empty').waitFor()
  await page.the('board-new').click()
  await page.the('board-name').fill('Alert lamp')
  await page.the('board-save').click()
  const config = JSON.parse(await page.the('board-config').innerText())
  assert.deepEqual([config.id, config.key.length, config.urls], ['alert-lamp', 64, [gateway.url.replace(/\/$/, '')]])
  await shot(page, 'made')
  await page.the('board-done').click()
  await page.the('boards-row', { key: 'alert-lamp' }).getByTestId('board-state').filter({ hasText: 'new' }).waitFor()

  const lamp = new Board(gateway, config)
  t.after(() => lamp.close())
  await lamp.start()
  await page.the('boards-row', { key: 'alert-lamp' }).getByTestId('board-state').filter({ hasText: 'online' }).waitFor()
  await shot(page, 'list')
  lamp.close()
  await page.the('boards-row', { key: 'alert-lamp' }).getByTestId('board-state').filter({ hasText: 'offline' }).waitFor()
  assertNoComplaints(page)
})

test('health and log come in as they are said', async (t) => {
  const it = await board(t, gateway, 'watched')
  const page = await house.open(t, '/devices')
  await page.the('board-open', 'watched').click()
  await page.the('board-facts').filter({ hasText: '-60 dBm' }).waitFor()
  for (let i = 0; i < 5; i++) {
    it.emit('$health', { heap_free: 20000 - 900 * i, rssi: -61 - i, uptime_s: 60 * i, lag_ms: 4 + i, queued: 0, dropped: 0 })
  }
  await page.the('board-facts').filter({ hasText: '-65 dBm' }).waitFor()
  await page.getByRole('img', { name: 'Free memory' }).waitFor()
  await shot(page, 'health')

  await page.the('tab-log').click()
  await page.the('log-empty').waitFor()
  await it.ask('$log', [[1, 1500, 'info', 'hello']])
  await page.the('board-log', 'hello').waitFor()
  await it.ask('$log', [[2, 1900, 'exception', 'Traceback:\n  File "app.py", line 7\nValueError: 7']])
  await page.the('board-log', 'ValueError').waitFor()
  await shot(page, 'log')
  await page.the('log-level').selectOption('error')
  assert.equal(await page.locator('[data-testid=board-log] li').count(), 1)
  assertNoComplaints(page)
})

test('what a board is to be is edited, waits for it, and arrives', async (t) => {
  const it = await board(t, gateway, 'shadowed')
  await it.report({ color: 'off', level: 1 })
  it.close()
  const page = await house.open(t, `/devices/boards/${it.id}?tab=shadow`)
  await page.the('shadow-desired').fill('{"color": ')
  await page.getByText('This is no JSON').waitFor()
  assert(await page.the('shadow-save').isDisabled())
  await page.the('shadow-desired').fill('{"color": "red"}')
  await page.the('shadow-save').click()
  await page.the('shadow-pending').waitFor()
  await page.the('shadow-delta', 'red').waitFor()
  await shot(page, 'shadow')

  const again = new Board(gateway, { id: it.id, key: it.key })
  t.after(() => again.close())
  await again.start()
  assert.deepEqual(again.is.desired, { color: 'red' })
  await again.report({ color: 'red' })
  await page.the('shadow-state', 'in sync').waitFor()
  await page.the('shadow-reported', 'red').waitFor()
  assertNoComplaints(page)
})

test('a board is called, and says why it does not answer', async (t) => {
  const it = await board(t, gateway, 'answering')
  it.calls.identify = (params) => ({ blinked: params?.pin ?? 2 })
  const page = await house.open(t, `/devices/boards/${it.id}?tab=call`)
  await page.the('call-params').fill('{"pin": 5}')
  await page.the('call-go').click()
  await page.the('call-answer', '"blinked": 5').waitFor()
  await page.the('call-method').fill('fly')
  await page.the('call-go').click()
  await page.the('call-error', 'no method fly').waitFor()
  it.close()
  await page.the('board-state', 'offline').waitFor()
  await page.the('call-go').click()
  await page.the('call-error', 'not connected').waitFor()
  assertNoComplaints(page, /^(400|503) POST \/api\/v1\/boards\/answering\/call$/)
})

test('the settings on a board are seen and changed, but for what it needs to find back', async (t) => {
  const it = await board(t, gateway, 'settled')
  let config = { id: it.id, urls: ['http://x'], pin: 2 }
  it.calls.config = (params) => (config = merge(config, params ?? {}))
  const page = await house.open(t, `/devices/boards/${it.id}?tab=config`)
  const text = page.the('config-text')
  await text.filter({ visible: true }).waitFor()
  assert.equal(JSON.parse(await text.inputValue()).pin, 2)
  await text.fill(JSON.stringify({ ...config, pin: 5, name: 'hall' }))
  await page.the('config-save').click()
  await page.the('config-save').waitFor({ state: 'detached' })
  assert.deepEqual([config.pin, config.name], [5, 'hall'])
  await text.fill(JSON.stringify({ ...config, urls: [] }))
  await page.the('config-save').click()
  await page.getByText('might not find back').nth(1).waitFor()
  await page.the('config-reset').click()
  await shot(page, 'config')
  it.close()
  await page.the('board-state', 'offline').waitFor()
  await page.reload()
  await page.the('config-away').waitFor()
  assertNoComplaints(page, /^400 PATCH/)
})

test('an update is watched to its end', async (t) => {
  const it = await board(t, gateway, 'upgrading')
  const [, bundle] = await upload(gateway, { 'app.py': 'x'.repeat(3000) }, '?name=second')
  const page = await house.open(t, `/devices/boards/${it.id}?tab=firmware`)
  it.update = (_, ack) => ack({ ok: true, slot: 'b' })
  await page.the('bundles-row', { key: bundle.version }).getByTestId('update-go').click()
  await page.the('confirm-yes').click()
  await page.the('update', 'fetches').waitFor()
  await it.ask('$ota', { get: 'app.py', off: 0, n: 512 })
  await page.the('update', /512 B|0\.5 K/).waitFor()
  await shot(page, 'update')
  await it.ask('$ota', { ready: true, slot: 'b' })
  await page.the('update', 'starts it').waitFor()
  await it.hello({ version: bundle.version, trial: true })
  await page.the('update', `The board runs ${bundle.version}`).waitFor()
  await page.the('bundles-row', { key: bundle.version }).getByText('runs').waitFor()
  assertNoComplaints(page)
})

test('a board is renamed and revoked', async (t) => {
  const it = await board(t, gateway, 'passing')
  const page = await house.open(t, `/devices/boards/${it.id}`)
  await page.the('board-menu').click()
  await page.the('board-rename').click()
  await page.the('board-new-name').fill('Passing by')
  await page.the('board-name-save').click()
  await page.getByRole('heading', { name: 'Passing by' }).first().waitFor()
  await page.the('board-menu').click()
  await page.the('board-revoke').click()
  await page.the('confirm-yes').click()
  await page.the('board-new').waitFor()
  await it.gone()
  await until(async () => (await page.the('board-open', 'Passing by').count()) === 0, 'it to leave the list')
  assertNoComplaints(page)
})

test('on a phone nothing is wider than the screen', async (t) => {
  const it = await board(t, gateway, 'a board with quite a long name')
  await it.ask('$log', [[1, 1500, 'error', 'x'.repeat(300)]])
  for (const place of ['/devices', ...['health', 'log', 'shadow', 'call', 'config', 'firmware'].map((tab) => `/devices/boards/${it.id}?tab=${tab}`)]) {
    const page = await house.open(t, place, { viewport: { width: 360, height: 740 } })
    await page.the('board-state').first().waitFor()
    await assertNoSidewaysScroll(page)
    await shot(page, `phone-${place.replace(/\W+/g, '-')}`)
  }
})
