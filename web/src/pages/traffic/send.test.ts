import { expect, it } from 'vitest'
import { argumentOf, topicFault } from './send'

it.each([
  ['', undefined],
  ['  ', undefined],
  ['21.5', 21.5],
  ['on', 'on'],
  ['"21.5"', '21.5'],
  ['{"a":1}', { a: 1 }],
  ['null', null],
  ['{"a":', '{"a":'],
])('reads %j as an argument', (text, want) => {
  expect(argumentOf(text)).toEqual(want)
})

it.each(['', 'a/+', 'a/#', '$SYS/a'])('refuses to publish on %j', (topic) => {
  expect(topicFault(topic)).not.toBe('')
})

it.each(['a', '/a//b', 'a$b'])('publishes on %j', (topic) => {
  expect(topicFault(topic)).toBe('')
})
