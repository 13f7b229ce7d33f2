import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemsOf, stateWord, verdict } from '../src/js/words.js'

const good = { mappings: [{ name: 'a', ok: true }], problems: [] }
const bad = {
  mappings: [{ name: 'a', ok: false, error: 'no such field' }],
  problems: ['The link is down.', { message: 'Disk full.' }],
}
const now = 100_000
const connected = { state: 'connected', since: 0 }

test('problems are sentences, mappings that do not work among them', () => {
  assert.deepEqual(problemsOf(good), [])
  assert.deepEqual(problemsOf(null), [])
  assert.deepEqual(problemsOf(bad), ['The link is down.', 'Disk full.', 'Mapping a does not work: no such field'])
})

test('the verdict says whether it works', () => {
  const last = { topic: 'home/kitchen/temp', at: now - 3000 }
  assert.deepEqual(verdict({ link: connected, info: good, last, now }), {
    title: 'All well.',
    advice: 'The last message came 3 s ago, on home/kitchen/temp.',
  })
  assert.equal(verdict({ link: connected, info: bad, last, now }).title, 'Working, with 3 problems.')
  assert.match(verdict({ link: connected, info: good, last: null, now }).advice, /^Nothing has arrived yet/)
})

test('the verdict says why it does not', () => {
  const lost = verdict({ link: { state: 'reconnecting', since: now - 12_000 }, info: good, now })
  assert.equal(lost.title, 'The gateway does not answer.')
  assert.match(lost.advice, /^Trying again for 12 s\./)
  const refused = verdict({ link: { state: 'refused', since: 0, error: { message: 'denied' } }, info: null, now })
  assert.match(refused.title, /does not let this browser in/)
  assert.match(refused.advice, /^Denied\. Open this page on the machine/)
  assert.match(verdict({ link: { state: 'connecting', since: now }, now }).title, /^Looking/)
})

test('the state is a word with a tone', () => {
  assert.deepEqual(stateWord('connected'), { tone: 'good', word: 'connected' })
  assert.deepEqual(stateWord('refused'), { tone: 'bad', word: 'not let in' })
})
