// The part of the Web Serial API that is used here (https://wicg.github.io/serial/).

export interface SerialPort extends EventTarget {
  readonly readable: ReadableStream<Uint8Array> | null
  readonly writable: WritableStream<Uint8Array> | null
  open(options: { baudRate: number; bufferSize?: number }): Promise<void>
  close(): Promise<void>
  setSignals(signals: { dataTerminalReady?: boolean; requestToSend?: boolean }): Promise<void>
  getInfo(): { usbVendorId?: number; usbProductId?: number }
}

interface Serial extends EventTarget {
  /** Ports that the person has let this page have before. */
  getPorts(): Promise<SerialPort[]>
  /** Asks the person for one; rejects with NotFoundError when none was picked. */
  requestPort(): Promise<SerialPort>
}

/** navigator.serial where there is one. */
export const serialOf = (from: Navigator) => (from as Navigator & { serial?: Serial }).serial

const adapters: Record<string, string> = {
  '1a86:7523': 'CH340',
  '1a86:5523': 'CH341',
  '1a86:55d4': 'CH9102',
  '10c4:ea60': 'CP210x',
  '10c4:ea70': 'CP2105',
  '0403:6001': 'FT232',
  '0403:6010': 'FT2232',
  '0403:6015': 'FT231X',
  '067b:2303': 'PL2303',
  '303a:1001': 'an ESP32’s own USB',
}

const hex = (n: number) => n.toString(16).padStart(4, '0')

/** What a port is called: browsers tell the ids of the adapter and nothing else. */
export function nameOf(port: SerialPort): string {
  const { usbVendorId, usbProductId } = port.getInfo()
  if (usbVendorId === undefined || usbProductId === undefined) return 'serial port'
  const id = `${hex(usbVendorId)}:${hex(usbProductId)}`
  return adapters[id] ?? `USB ${id}`
}
