import { describe, expect, it } from 'vitest'
import { Ring } from './ring'
import { message } from './testing'

const seqs = (r: Ring) => r.items.map((m) => m.seq)

describe('Ring', () => {
  it('keeps the newest', () => {
    const r = new Ring(3)
    r.push([message(1), message(2)])
    r.push([message(3), message(4)])
    expect(seqs(r)).toEqual([2, 3, 4])
    expect([r.first, r.last]).toEqual([2, 4])
  })

  it('passes over what it has', () => {
    const r = new Ring()
    r.push([message(1), message(2)])
    expect(r.push([message(2), message(3), message(3)]).map((m) => m.seq)).toEqual([3])
    expect(seqs(r)).toEqual([1, 2, 3])
  })

  it('takes older ones in front as far as there is room', () => {
    const r = new Ring(4)
    r.push([message(5), message(6)])
    r.unshift([message(2), message(3), message(4), message(5)])
    expect(seqs(r)).toEqual([3, 4, 5, 6])
    expect(r.unshift([message(1)])).toEqual([])
    expect(seqs(r)).toEqual([3, 4, 5, 6])
  })

  it('finds the value before', () => {
    const r = new Ring()
    r.push([message(1, 'a', '1'), message(2, 'b', '2'), message(3, 'a', '3')])
    expect(r.previous(r.find(3)!)?.payload).toBe('1')
    expect(r.previous(r.find(1)!)).toBeUndefined()
    expect(r.ofTopic('a')).toHaveLength(2)
  })
})
