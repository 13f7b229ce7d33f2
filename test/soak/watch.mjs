// What the process takes, and whether it takes more and more.
import { readdir, readFile } from 'node:fs/promises'

const MiB = 1 << 20

/** What the gateway takes now: {at (seconds), rss, heap, live (MiB), goroutines, fds}. */
export async function measure(gateway) {
  const [status, fds, metrics] = await Promise.all([
    readFile(`/proc/${gateway.pid}/status`, 'utf8'),
    readdir(`/proc/${gateway.pid}/fd`),
    gateway.metrics(),
  ])
  return {
    at: performance.now() / 1000,
    rss: Number(status.match(/VmRSS:\s+(\d+)/)[1]) / 1024,
    heap: metrics.value('go_memstats_heap_inuse_bytes') / MiB,
    goal: metrics.value('go_memstats_next_gc_bytes') / MiB,
    goroutines: metrics.value('go_goroutines'),
    fds: fds.length,
    drops: dropsOf(metrics),
  }
}

function dropsOf(metrics) {
  const samples = ['gateway_dropped_total', 'gateway_socketio_undelivered_total'].flatMap(
    (name) => metrics.get(name)?.samples ?? [],
  )
  const lost = ['gateway_mqtt_dropped_total', 'gateway_link_dropped_total'].map((name) => [name, metrics.value(name)])
  const drops = samples.map(({ labels, value }) => [Object.values(labels).filter(Boolean).join('/'), value])
  return Object.fromEntries([...drops, ...lost].filter(([, value]) => value > 0))
}

/** The slope of a figure over the second half of the samples, by least squares: a minute's growth. */
export function slope(samples, name) {
  const half = samples.slice(Math.floor(samples.length / 2))
  const mean = (of) => half.reduce((sum, s) => sum + of(s), 0) / half.length
  const [x, y] = [mean((s) => s.at), mean((s) => s[name])]
  const across = half.reduce((sum, s) => sum + (s.at - x) * (s[name] - y), 0)
  return (60 * across) / half.reduce((sum, s) => sum + (s.at - x) ** 2, 0)
}

/**
 * Whether the heap clearly grows for ever. Its size goes up and down with the collector; the collector's goal is a multiple of
 * what was alive at the last collection, and does not. A short run cannot tell.
 */
export function leaks(samples) {
  const half = samples.slice(Math.floor(samples.length / 2))
  const minutes = (half.at(-1).at - half[0].at) / 60
  const growth = slope(samples, 'goal') * minutes
  return minutes > 2 && growth > 8 && growth > half[0].goal / 4
}

export function line(sample) {
  const { rss, heap, goroutines, fds, drops } = sample
  const figures = `rss ${rss.toFixed(0)} MiB, heap ${heap.toFixed(0)} MiB, ${goroutines} goroutines, ${fds} fds`
  return `${figures}, drops ${JSON.stringify(drops)}`
}
