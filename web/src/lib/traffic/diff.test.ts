import { expect, it } from 'vitest'
import { diff } from './diff'

it('compares JSON by its values, whatever the order and the spaces', () => {
  expect(diff('{"a":1,"b":[1,2]}', '{ "b": [1, 2], "a": 1 }')).toEqual({ changes: [], same: 3 })
})

it('says what changed, came and went', () => {
  const d = diff('{"temp":21.5,"gone":true,"same":"x"}', '{"temp":22,"same":"x","new":null}')
  expect(d.same).toBe(1)
  expect(d.changes).toEqual([
    { path: 'temp', before: '21.5', after: '22', delta: '+0.5' },
    { path: 'gone', before: 'true' },
    { path: 'new', after: 'null' },
  ])
})

it('compares text as a whole', () => {
  expect(diff('ON', 'OFF').changes).toEqual([{ path: '', before: 'ON', after: 'OFF' }])
  expect(diff('ON', 'ON')).toEqual({ changes: [], same: 1 })
})

it('sees the last digit of a long number', () => {
  expect(diff('{"id":9007199254740992}', '{"id":9007199254740993}').changes).toHaveLength(1)
})

it('says how far a number fell', () => {
  expect(diff('0.3', '0.1').changes[0]?.delta).toBe('\u22120.2')
})
