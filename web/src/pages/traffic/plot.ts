// uPlot for the numbers of a topic, loaded when the first one is shown.
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Series } from '$lib/traffic/series'

export interface Plot {
  update(series: Series): void
  destroy(): void
}

const height = 160

/** Draws numbers over time; the axis spans what they span. */
export function mount(host: HTMLElement, first: Series): Plot {
  let series = first
  let plot = draw(host, series)
  const redraw = () => {
    plot.destroy()
    plot = draw(host, series)
  }
  const sizes = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height }))
  sizes.observe(host)
  const dark = matchMedia('(prefers-color-scheme: dark)')
  dark.addEventListener('change', redraw)
  const themes = new MutationObserver(redraw)
  themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  return {
    update(next) {
      series = next
      plot.setData([next.times, next.values])
    },
    destroy() {
      sizes.disconnect()
      themes.disconnect()
      dark.removeEventListener('change', redraw)
      plot.destroy()
    },
  }
}

function draw(host: HTMLElement, series: Series): uPlot {
  const style = getComputedStyle(host)
  const color = (name: string) => style.getPropertyValue(name).trim() || '#888'
  const axis = {
    stroke: color('--soft'),
    font: '12px Inter, system-ui, sans-serif',
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  }
  return new uPlot(
    {
      width: host.clientWidth || 320,
      height,
      padding: [8, 8, 0, 0],
      cursor: { y: false, points: { size: 6 } },
      legend: { live: true },
      axes: [
        { ...axis, space: 72, size: 28, values: (_, ticks) => clocks(ticks) },
        { ...axis, size: 48 },
      ],
      series: [
        { label: 'at', value: (_, t: number | null) => (t === null ? '\u2013' : clock(t, true)) },
        {
          label: series.path || 'value',
          stroke: color('--mqtt'),
          width: 1.5,
          points: { show: (_u, _series, from, to) => to - from < 40, size: 4 },
          value: (_, v: number | null) => (v === null ? '\u2013' : String(v)),
        },
      ],
    },
    [series.times, series.values],
    host,
  )
}

/** The labels of an axis, with seconds where minutes would say the same twice. */
function clocks(ticks: number[]): string[] {
  const exact = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0) < 60 * (ticks.length - 1)
  return ticks.map((t) => clock(t, exact))
}

function clock(seconds: number, exact = false): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(exact ? { second: '2-digit' } : {}),
  })
}
