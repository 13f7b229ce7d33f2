import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileFilter, isTopicFilter, matchTopic } from '../src/js/filter.js'

test('MQTT filters match as MQTT says', () => {
  const table = [
    ['home/+/temp', 'home/kitchen/temp', true],
    ['home/+/temp', 'home/temp', false],
    ['home/+', 'home/', true],
    ['home/#', 'home', true],
    ['home/#', 'home/a/b', true],
    ['#', 'a/b', true],
    ['#', '$SYS/uptime', false],
    ['+/uptime', '$SYS/uptime', false],
    ['$SYS/#', '$SYS/uptime', true],
    ['a/b', 'a/b/c', false],
    ['a/b/c', 'a/b', false],
  ]
  for (const [filter, topic, want] of table) assert.equal(matchTopic(filter, topic), want, `${filter} on ${topic}`)
})

test('only a well-formed wildcard makes text a topic filter', () => {
  for (const yes of ['#', '+', 'a/#', 'a/+/b', '+/+']) assert.equal(isTopicFilter(yes), true, yes)
  for (const no of ['', 'kitchen', 'a/b', 'c#', 'a/#/b', 'a+/+']) assert.equal(isTopicFilter(no), false, no)
})

test('other text is looked for in topic and payload, whatever its case', () => {
  const passes = compileFilter('  KITCHEN ')
  assert.equal(passes('home/kitchen/temp', '21.5'), true)
  assert.equal(passes('home/attic/temp', 'next to the Kitchen'), true)
  assert.equal(passes('home/attic/temp', '21.5'), false)
  assert.equal(compileFilter('')('any', ''), true)
})
