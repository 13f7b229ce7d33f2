// What somebody fills in to flash a board.
import type { FlashImageState, FlashJob, FlashKind, FlashNetwork, FlashRate, FlashWiFi, NewFlashKit } from '$lib/api'

export interface Form {
  name: string
  id: string
  template: string
  ssid: string
  password: string
  keep: boolean
  address: string
  /** 0: the usual one. */
  baud: FlashRate | 0
  kind: FlashKind
}

export const blank: Form = {
  name: '',
  id: '',
  template: '',
  ssid: '',
  password: '',
  keep: false,
  address: '',
  baud: 0,
  kind: 'flash',
}

/** True when the password that the gateway keeps is meant: the network is the same, and none was typed. */
export const usesKept = (form: Form, wifi?: FlashWiFi) =>
  !!wifi?.kept && form.ssid === wifi.ssid && form.password === ''

function networkOf(form: Form, wifi?: FlashWiFi): FlashNetwork {
  const ssid = form.ssid.trim()
  if (usesKept(form, wifi)) return { ssid, keep: true }
  return { ssid, password: form.password, keep: form.keep }
}

/** What is sent; what was left empty is left out. */
export function kitOf(form: Form, wifi?: FlashWiFi): NewFlashKit {
  const { name, id, template, address } = form
  return {
    name: name.trim(),
    ...(id.trim() && { id: id.trim() }),
    template,
    wifi: networkOf(form, wifi),
    ...(address.trim() && { address: address.trim() }),
  }
}

/** What is still missing, in words; nothing when the board can be flashed. */
export function missing(form: Form, image: FlashImageState | undefined, port: string): string[] {
  return [
    !port && 'a port',
    form.kind !== 'files' && !image?.present && 'a MicroPython image',
    !form.name.trim() && 'a name',
    !form.template && 'what it becomes',
    !form.ssid.trim() && 'its Wi-Fi',
  ].filter((text): text is string => !!text)
}

/** "a port, a name and its Wi-Fi". */
export function listed(items: string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

const umlauts: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' }

/** The id that a name gives unless it is taken; the gateway decides. */
export const idOf = (form: Form) =>
  form.id.trim() ||
  form.name
    .toLowerCase()
    .replace(/[äöüß]/g, (c) => umlauts[c])
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')

/** The form for the same board once more. What is on the chip already is not written again. */
export function formOf(job: FlashJob): Partial<Form> {
  const { name, template, ssid = '', board: id = '', error } = job
  const written = error?.reason === 'wifi' || error?.reason === 'online'
  return { name, template, ssid, id, kind: written ? 'files' : job.kind }
}
