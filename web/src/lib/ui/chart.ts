// uPlot, loaded when the first chart is shown.
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { rate } from '$lib/format'
import './chart.css'

export interface ChartLine {
  label: string
  values: number[]
  /** The name of a custom property with its colour: "--mqtt". */
  color: string
}

export interface ChartHandle {
  update(times: number[], lines: ChartLine[]): void
  destroy(): void
}

interface Options {
  times: number[]
  lines: ChartLine[]
  height: number
  unit: string
}

const colorOf = (host: HTMLElement, name: string) => getComputedStyle(host).getPropertyValue(name).trim() || '#888'

const data = (times: number[], lines: ChartLine[]): uPlot.AlignedData => [times, ...lines.map((l) => l.values)]

/** Draws a chart into host that fills its width, and follows it and the colours of the system. */
export function mount(host: HTMLElement, options: Options): ChartHandle {
  let { times, lines } = options
  let plot = draw(host, options)
  const redraw = () => {
    plot.destroy()
    plot = draw(host, { ...options, times, lines })
  }
  const sizes = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: options.height }))
  sizes.observe(host)
  const dark = matchMedia('(prefers-color-scheme: dark)')
  dark.addEventListener('change', redraw)
  const themes = new MutationObserver(redraw)
  themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  return {
    update(nextTimes, nextLines) {
      const same = nextLines.length === lines.length && nextLines.every((l, i) => l.label === lines[i].label)
      times = nextTimes
      lines = nextLines
      if (same) plot.setData(data(times, lines))
      else redraw()
    },
    destroy() {
      sizes.disconnect()
      themes.disconnect()
      dark.removeEventListener('change', redraw)
      plot.destroy()
    },
  }
}

function draw(host: HTMLElement, { times, lines, height, unit }: Options): uPlot {
  const soft = colorOf(host, '--soft')
  const grid = { stroke: colorOf(host, '--line'), width: 1 }
  const axis = { stroke: soft, font: '12px Inter, system-ui, sans-serif', grid, ticks: { show: false } }
  const value = (_: uPlot, v: number | null) => (v === null ? '–' : `${rate(v)}${unit}`)
  return new uPlot(
    {
      width: host.clientWidth || 600,
      height,
      padding: [8, 20, 0, 0],
      cursor: { y: false, points: { size: 6 } },
      legend: { live: true },
      scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
      axes: [
        { ...axis, space: 72, values: clockLabels, size: 28 },
        { ...axis, size: 44, values: (_, ticks) => ticks.map((t) => rate(t)) },
      ],
      series: [
        { label: 'At', value: (plot, t) => (t === null ? '–' : clockLabels(plot, [t])[0]) },
        ...lines.map((l) => ({
          label: l.label,
          stroke: colorOf(host, l.color),
          width: 1.5,
          points: { show: false },
          value,
        })),
      ],
    },
    data(times, lines),
    host,
  )
}

/** With seconds where minutes would repeat themselves. */
const clockLabels = (plot: uPlot, ticks: number[]) => {
  const { min = 0, max = 0 } = plot.scales.x
  const second = (max ?? 0) - (min ?? 0) < 600 ? ('2-digit' as const) : undefined
  const format = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second })
  return ticks.map((t) => format.format(t * 1000))
}
