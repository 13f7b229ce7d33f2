import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageLog, Rate, TopicTable } from '../src/js/log.js'

const all = () => true
const message = (topic, seq) => ({ topic, text: String(seq), meta: { seq } })
const seqs = (list) => list.map((m) => m.meta.seq)

test('the log is newest first and capped', () => {
  const log = new MessageLog(3)
  for (let i = 1; i <= 5; i++) log.add(message('a', i))
  assert.deepEqual(seqs(log.shown(all, 10)), [5, 4, 3])
  assert.deepEqual(seqs(log.shown(all, 2)), [5, 4])
})

test('a replay goes to its place in time', () => {
  const log = new MessageLog(3)
  for (const at of [50, 10, 70, 60]) log.add({ topic: 'a', text: '', meta: { seq: at }, at })
  assert.deepEqual(seqs(log.shown(all, 10)), [70, 60, 50])
})

test('a pause holds what is shown and counts what passes the filter', () => {
  const log = new MessageLog(3)
  log.add(message('a', 1))
  log.pause()
  log.add(message('a', 2))
  log.add(message('b', 3))
  assert.deepEqual(seqs(log.shown(all, 10)), [1])
  assert.equal(
    log.waiting((t) => t === 'b'),
    1,
  )
  for (let i = 4; i < 10; i++) log.add(message('a', i))
  assert.equal(log.waiting(all), 8)
  log.resume()
  assert.equal(log.waiting(all), 0)
  assert.deepEqual(seqs(log.shown(all, 10)), [9, 8, 7])
})

test('clearing works during a pause too', () => {
  const log = new MessageLog()
  log.add(message('a', 1))
  log.pause()
  log.clear()
  assert.deepEqual(log.shown(all, 10), [])
  assert.equal(log.paused, true)
})

test('topics keep the newest value, in order, and refuse replays of what they have', () => {
  const topics = new TopicTable(2)
  assert.equal(topics.set(message('b', 2)), true)
  const replay = (topic, seq) => ({ topic, text: String(seq), meta: { seq, replayed: true } })
  assert.equal(topics.set(replay('b', 2)), false)
  assert.equal(topics.set(replay('b', 1)), false)
  topics.set(message('a', 3))
  assert.deepEqual(
    topics.list(all).map((m) => m.topic),
    ['a', 'b'],
  )
  topics.set(message('b', 4))
  topics.set(message('c', 5))
  assert.deepEqual(
    topics.list(all).map((m) => m.topic),
    ['b', 'c'],
  )
  assert.equal(topics.set(message('c', 1)), true, 'a gateway that was reset counts anew')
  topics.delete('c')
  assert.equal(topics.size, 1)
})

test('the rate averages five whole seconds and forgets after a minute', () => {
  const rate = new Rate(0)
  for (let t = 0; t < 5000; t += 500) rate.count(t)
  assert.equal(rate.perSecond(5000), 2)
  assert.equal(
    rate.history(5000).reduce((a, b) => a + b),
    10,
  )
  assert.equal(
    rate.history(500_000).reduce((a, b) => a + b),
    0,
  )
})
