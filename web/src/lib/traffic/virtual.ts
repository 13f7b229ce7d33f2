/** The part of a long list that is drawn: rows `from` to `to` (exclusive), `offset` pixels below the list's top. */
export interface Window {
  from: number
  to: number
  offset: number
  height: number
}

/** Computes the rows of equal height that a scrolled viewport shows, with `overscan` more on both sides. */
export function windowOf(count: number, row: number, scrollTop: number, viewport: number, overscan = 6): Window {
  const height = count * row
  const top = Math.min(Math.max(0, scrollTop), Math.max(0, height - viewport))
  const from = Math.max(0, Math.floor(top / row) - overscan)
  const to = Math.min(count, Math.ceil((top + viewport) / row) + overscan)
  return { from, to, offset: from * row, height }
}

/** Where to scroll so that row `index` is in sight; the present place when it is already. */
export function scrollTo(index: number, row: number, scrollTop: number, viewport: number): number {
  const top = index * row
  if (top < scrollTop) return top
  if (top + row > scrollTop + viewport) return top + row - viewport
  return scrollTop
}
