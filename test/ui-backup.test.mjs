// A backup is downloaded, compared with what is here, and put back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNoComplaints, sharedBrowser } from './lib/browser.mjs'
import { startGateway } from './lib/gateway.mjs'
import { placeOf } from './lib/house.mjs'
import { claim, password } from './lib/people.mjs'

const browser = sharedBrowser()

test('a backup brings back what was deleted after it, and says before what it will do', async (t) => {
  const gateway = await startGateway(t)
  await gateway.restart() // now on ports that are named: after the restore it begins again on the same
  const owner = await claim(gateway)
  const rule = { name: 'kept', topic: 'kept/{n}', namespace: '/kept', event: '{n}' }
  const made = await owner.post('mappings', { rule }, { expect: 201 })
  const page = await browser.open(t, placeOf(gateway, '/settings/backup'), { cookie: owner.cookie })
  const [download] = await Promise.all([page.waitForEvent('download'), page.the('backup-download').click()])
  const file = await download.path()
  assert.match(download.suggestedFilename(), /\.\w+$/)

  await page.the('restore-file').setInputFiles(file)
  await page.the('compared', 'Nothing would change').waitFor()
  await owner.delete(`mappings/${made.id}`, { revision: made.revision })
  await owner.post('users', { username: 'late', password, role: 'viewer' }, { expect: 201 })
  await page.the('restore-file').setInputFiles(file)
  await page.the('compared').locator('tr', { hasText: 'kept' }).filter({ hasText: 'comes back' }).waitFor()
  await page.the('compared').locator('tr', { hasText: 'late' }).filter({ hasText: 'goes away' }).waitFor()
  await page.the('restore-go').click()

  await page.the('login-username').fill('ann')
  await page.the('login-password').fill(password)
  await page.the('login-submit').click()
  await page.the('nav-mappings').click()
  await page.the('mapping-row', { name: 'kept' }).waitFor()
  assertNoComplaints(page, /ERR_CONNECTION_REFUSED/, /WebSocket connection/)
})

test('a file that is no backup is refused, and nothing changes', async (t) => {
  const gateway = await startGateway(t)
  const owner = await claim(gateway)
  const page = await browser.open(t, placeOf(gateway, '/settings/backup'), { cookie: owner.cookie })
  await page
    .the('restore-file')
    .setInputFiles({ name: 'cat.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no backup') })
  await page.getByText('Nothing was changed').waitFor()
  assert.equal(await page.the('restore-go').count(), 0)
  const [bundle] = await Promise.all([page.waitForEvent('download'), page.the('support-download').click()])
  assert.match(bundle.suggestedFilename(), /\.zip$/)
  assertNoComplaints(page, /^4\d\d POST \/api\/v1\/backup\/compare$/)
})
