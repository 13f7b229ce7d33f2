/** The path of a line through values, oldest first, in a box of that size. Empty for fewer than two. */
export function linePath(values: number[], width: number, height: number, least = 0, zero = false): string {
  if (values.length < 2) return ''
  const [low, high] = bounds(values, least, zero)
  const y = (v: number) => round(height - 1 - ((v - low) / (high - low || 1)) * (height - 2))
  const x = (i: number) => round((i / (values.length - 1)) * width)
  return values.map((v, i) => `${i ? 'L' : 'M'}${x(i)} ${y(v)}`).join('')
}

/** The area below a line of linePath. */
export function areaPath(line: string, width: number, height: number): string {
  return line && `${line}L${width} ${height}L0 ${height}Z`
}

function bounds(values: number[], least: number, zero: boolean): [number, number] {
  let low = zero ? 0 : Math.min(...values)
  let high = Math.max(...values)
  if (high - low < least) {
    const mid = zero ? least / 2 : (low + high) / 2
    low = mid - least / 2
    high = mid + least / 2
  }
  return [low, high]
}

const round = (n: number) => Math.round(n * 10) / 10
