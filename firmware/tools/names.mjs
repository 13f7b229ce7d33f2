// The names that keep their length when the library is built (see shorten.mjs).
const words = (text) => new Set(text.trim().split(/\s+/))

/** What sketches may use: the names in README.md. */
export const PUBLIC = words(`
  AsyncClient on event emit call send connect disconnect wait get_sid connected dropped error failed
  SocketIOError ConnectionError TimeoutError DisconnectedError
  Node cfg desired version reported changed rpc report log run who nonce
  ClientConnection recv close ping pong wait_closed close_code close_reason code reason status subprotocol
  WebSocketException ConnectionClosed ConnectionClosedOK ConnectionClosedError InvalidURI InvalidHandshake InvalidStatus
  ConcurrencyError
  Pin pin value off trigger edges stop irq_off IN OUT PULL_UP FALLING RISING BOTH
  client at_interval run_forever settimeout
`)

/** What the gateway asks for by these names: the events $name of the protocol. */
export const EVENTS = words('challenge welcome shadow rpc ota')

/** What the library defines and MicroPython has too, as a method of things that the library meets. */
export const FOREIGN = words(
  'clear connect count decode drain encode flush load open read readexactly readinto readline recv settimeout size wait_closed write',
)
