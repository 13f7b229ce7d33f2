// The socket.io connections of the page: one Manager, so all namespaces share one transport.
import { io } from '../socket.io/socket.io.esm.min.js'

const path = new URL('socket.io/', document.baseURI).pathname
const sockets = []

const storedToken = () => {
  try {
    return sessionStorage.getItem('token') ?? ''
  } catch {
    return ''
  }
}

/** Opens a namespace. The token, if one was given, goes along with every handshake. */
export function open(namespace) {
  const socket = io(namespace, { path, auth: (send) => send(storedToken() ? { token: storedToken() } : {}) })
  sockets.push(socket)
  return socket
}

/** Keeps a token for this tab and connects every namespace anew with it. */
export function useToken(token) {
  try {
    sessionStorage.setItem('token', token)
  } catch {
    return
  }
  for (const socket of sockets) socket.disconnect().connect()
}

/** Headers for fetch with the same token. */
export function authHeaders() {
  return storedToken() ? { Authorization: `Bearer ${storedToken()}` } : {}
}

/**
 * Tells how /mqtt stands: onChange({state, since, error}) with state connecting, connected, reconnecting or refused.
 * The client retries a lost transport by itself, but not a namespace that was refused: that waits for a token.
 */
export function watch(socket, onChange) {
  let last = { state: 'connecting', since: Date.now() }
  const set = (state, error) => {
    const since = last.state === state ? last.since : Date.now()
    last = { state, since, error }
    onChange(last)
  }
  socket.on('connect', () => set('connected'))
  socket.on('disconnect', (reason) => {
    set('reconnecting')
    if (reason === 'io server disconnect') setTimeout(() => socket.connect(), 1000)
  })
  socket.on('connect_error', (error) => {
    if (socket.active) set(last.state === 'connecting' ? 'connecting' : 'reconnecting', error)
    else set('refused', error)
  })
  return () => last
}
