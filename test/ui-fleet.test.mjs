// The page about boards: all are updated, with what became of each.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { board } from './lib/board.mjs'
import { assertNoComplaints, assertNoSidewaysScroll } from './lib/browser.mjs'
import { sharedHouse } from './lib/house.mjs'
import { upload } from './device-api.mjs'

const house = sharedHouse()
const { gateway } = house

/** For eyes: SHOTS=dir puts pictures there. */
const shot = (page, name) =>
  process.env.SHOTS && page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true })

/** Has a board take what it is sent; say begins its fetching, and its restart. */
function takes(it) {
  const offered = new Promise((resolve) => {
    it.update = (manifest, ack) => (ack({ ok: true, slot: 'b' }), resolve(manifest))
  })
  return async () => {
    const { version, files } = await offered
    for (const [name, size] of files) await it.ask('$ota', { get: name, off: 0, n: size })
    await it.ask('$ota', { ready: true, slot: 'b' })
    await it.hello({ version, trial: true })
  }
}

test('all boards are updated, one after the other, until one fails', async (t) => {
  const lamp = await board(t, gateway, 'lamp')
  const plug = await board(t, gateway, 'plug')
  const vane = await board(t, gateway, 'vane')
  const [, { version }] = await upload(gateway, { 'app.py': 'x'.repeat(300) }, '?name=second')
  const page = await house.open(t, '/devices')
  await page.the('rollout-new').click()
  await page.the('rollout-version').selectOption(version)
  await page.the('rollout-board', { key: 'vane' }).uncheck()
  await shot(page, 'rollout-form')
  const go = takes(lamp)
  plug.update = (_, ack) => ack({ ok: false, error: 'no room for it' })
  await page.the('rollout-go', 'Update 2 boards').click()
  await page.the('rollout', '0 through, 2 to go').waitFor()
  await page.the('rollout-turn', { key: 'lamp', state: 'updating' }).waitFor()
  await shot(page, 'rollout-running')
  await page.reload()
  await page.the('rollout-turn', { key: 'lamp', state: 'updating' }).waitFor()
  await go()
  await page.the('rollout-turn', { key: 'lamp', state: 'done' }).waitFor()
  await page.the('rollout-turn', { key: 'plug', state: 'failed' }).filter({ hasText: 'no room for it' }).waitFor()
  await page.the('rollout', 'failed on 1 of 2 boards; 1 has it').waitFor()
  await shot(page, 'rollout-failed')

  const again = takes(plug)
  const third = takes(vane)
  await page.the('rollout-new').click()
  await page.the('rollout-version').selectOption(version)
  await page.the('rollout-at-once').fill('17')
  await page.getByText('From 1 to 16.').waitFor()
  assert(await page.the('rollout-go').isDisabled())
  await page.the('rollout-at-once').fill('3')
  await page.the('rollout-go', 'Update 3 boards').click()
  await Promise.all([again(), third()])
  await page.the('rollout', `All of 3 boards run ${version}.`).waitFor()
  await page.the('rollout-hide').click()
  await page.the('rollout').waitFor({ state: 'detached' })
  assertNoComplaints(page)
})

test('it is cancelled, and fits a phone', async (t) => {
  const it = await board(t, gateway, 'a board with quite a long name')
  it.update = (_, ack) => ack({ ok: true, slot: 'b' })
  await upload(gateway, { 'app.py': 'y'.repeat(300) }, '?name=third')
  const page = await house.open(t, '/devices?new=rollout', { viewport: { width: 360, height: 740 } })
  await page.the('rollout-form').waitFor()
  await assertNoSidewaysScroll(page)
  await shot(page, 'rollout-form-phone')
  for (const key of ['lamp', 'plug', 'vane']) await page.the('rollout-board', { key }).uncheck()
  await page.the('rollout-go').click()
  await page.the('rollout-turn', { state: 'updating' }).waitFor()
  await assertNoSidewaysScroll(page)
  await shot(page, 'rollout-phone')
  await page.the('rollout-cancel').click()
  await page.the('rollout', 'was cancelled').waitFor()
  await page.the('rollout-turn', { state: 'cancelled' }).waitFor({ state: 'attached' })
  assertNoComplaints(page)
})
