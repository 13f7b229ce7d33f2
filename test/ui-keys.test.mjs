// The page without a mouse.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNoComplaints } from './lib/browser.mjs'
import { sharedHouse } from './lib/house.mjs'
import { publish } from './lib/mosquitto.mjs'

const house = sharedHouse()
const { gateway } = house
const focused = (page, testid) => page.locator(`[data-testid=${testid}]:focus`).waitFor()

test('? lists the keys, / filters, p pauses, n begins a mapping; none of them while one writes', async (t) => {
  await publish(gateway, 'home/kitchen/temp', '21')
  const page = await house.open(t, '/traffic')
  await page.the('traffic-row').first().waitFor()
  await page.keyboard.press('?')
  await page.the('keys', 'Pause').waitFor()
  await page.keyboard.press('p') // belongs to the dialog: nothing happens behind it
  await page.keyboard.press('Escape')
  await page.the('keys').waitFor({ state: 'detached' })
  assert.equal(await page.the('traffic-pause').getAttribute('aria-pressed'), 'false')

  await page.keyboard.press('p')
  await page.locator('[data-testid=traffic-pause][aria-pressed=true]').waitFor()
  await page.keyboard.press('/')
  await focused(page, 'traffic-filter')
  await page.keyboard.type('p/n?')
  assert.equal(await page.the('traffic-filter').inputValue(), 'p/n?')
  assert.equal(await page.the('traffic-pause').getAttribute('aria-pressed'), 'true')

  await page.the('nav-mappings').focus()
  await page.keyboard.press('Enter')
  await page.the('mappings-empty').waitFor()
  await page.keyboard.press('n')
  await page.the('topic-picker').waitFor()
  await page.the('pick-topic').first().focus()
  await page.keyboard.press('Enter')
  await page.the('editor').waitFor()
  assertNoComplaints(page)
})

test('the tree of topics is walked by arrows; a menu gives the focus back', async (t) => {
  await publish(gateway, 'garden/pond/level', '41')
  const page = await house.open(t, '/traffic')
  await page.the('topic-row', { topic: 'garden' }).waitFor()
  await page.the('topic-tree').focus()
  await page.keyboard.press('ArrowDown')
  await page.locator('[data-testid=topic-row][aria-selected=true]').waitFor()

  await page.the('account').focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem').first().waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Escape')
  await focused(page, 'account')
  assertNoComplaints(page)
})
