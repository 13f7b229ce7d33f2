import type { Device } from '$lib/api'

/** The list with what has changed put in its place; the connected come first, then the newest. */
export function merge(items: Device[], changes: Device[]): Device[] {
  const all = new Map(items.map((device) => [device.id, device]))
  for (const device of changes) all.set(device.id, { ...device, topics: device.topics ?? [] })
  const time = (d: Device) => d.disconnected_at ?? d.connected_at ?? ''
  return [...all.values()].sort((a, b) => Number(b.online) - Number(a.online) || time(b).localeCompare(time(a)))
}

/** Whether a device has a text in its name, token, address or topics. */
export function shows(device: Device, text: string): boolean {
  if (!text) return true
  const parts = [device.client_id, device.id, device.token, device.address, ...device.topics.map((t) => t.topic)]
  return parts.some((part) => part?.toLowerCase().includes(text.toLowerCase()))
}
