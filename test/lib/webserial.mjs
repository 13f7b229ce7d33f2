// navigator.serial in a page, with a simulated board behind it: what a browser has for a port that a person has picked.

/** Gives pages that context opens one serial port, whose other end is the board's websocket (the simulator's -ws). */
export async function giveSerialPort(page, websocket) {
  await page.addInitScript(install, websocket)
}

/** Runs in the page, before everything else of it. Bytes go as binary messages; signals and the rate as JSON. */
function install(url) {
  class Port extends EventTarget {
    readable = null
    writable = null
    #socket

    getInfo() {
      return { usbVendorId: 0x1a86, usbProductId: 0x7523 }
    }

    async open({ baudRate }) {
      if (this.#socket) throw new DOMException('The port is already open.', 'InvalidStateError')
      const socket = new WebSocket(url)
      socket.binaryType = 'arraybuffer'
      await new Promise((resolve, reject) => {
        socket.onopen = resolve
        socket.onerror = () => reject(new DOMException('Failed to open serial port.', 'NetworkError'))
      })
      socket.send(JSON.stringify({ baud: baudRate }))
      this.#socket = socket
      let from
      this.readable = new ReadableStream({ start: (controller) => (from = controller) })
      this.writable = new WritableStream({ write: (bytes) => socket.send(bytes) })
      socket.onmessage = ({ data }) => this.#socket && from.enqueue(new Uint8Array(data))
      socket.onclose = () => this.#lost(from)
    }

    /** The cable was pulled. */
    #lost(from) {
      if (!this.#socket) return
      this.#socket = undefined
      this.readable = this.writable = null
      try {
        from.error(new DOMException('The device has been lost.', 'NetworkError'))
      } catch {
        // it was cancelled
      }
      this.dispatchEvent(new Event('disconnect'))
    }

    async close() {
      const socket = this.#socket
      this.#socket = undefined
      this.readable = this.writable = null
      if (!socket) return
      await new Promise((resolve) => {
        socket.onclose = resolve
        socket.close()
      })
    }

    async setSignals({ dataTerminalReady, requestToSend }) {
      this.#socket.send(JSON.stringify({ dtr: dataTerminalReady, rts: requestToSend }))
    }
  }

  const port = new Port()
  const serial = Object.assign(new EventTarget(), { getPorts: async () => [port], requestPort: async () => port })
  Object.defineProperty(navigator, 'serial', { value: serial, configurable: true })
}
