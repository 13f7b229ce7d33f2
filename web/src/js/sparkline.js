// Small curves.

/** The points of a polyline for values in a box of width x height, oldest left, newest right. */
export function points(values, width, height, least = 0) {
  const low = Math.min(...values)
  const span = Math.max(Math.max(...values) - low, least) || 1
  const middle = (Math.max(...values) + low) / 2
  const step = values.length > 1 ? width / (values.length - 1) : 0
  return values.map((v, i) => {
    const y = height / 2 - ((v - middle) / span) * height
    return [round(i * step), round(y)]
  })
}

const round = (n) => Math.round(n * 100) / 100

/** The same as the d attribute of a path. Empty for fewer than two values. */
export function linePath(values, width, height, least) {
  if (values.length < 2) return ''
  return points(values, width, height, least)
    .map(([x, y], i) => `${i ? 'L' : 'M'}${x} ${y}`)
    .join('')
}

/** Closes the line down to the bottom, for a fill under it. */
export function areaPath(values, width, height, least) {
  const line = linePath(values, width, height, least)
  return line && `${line}L${width} ${height}L0 ${height}Z`
}
