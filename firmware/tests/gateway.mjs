// The gateway's side of the boards' protocol in a few lines, on a real socket.io server: for tests that need it to misbehave.
import crypto from 'node:crypto'
import http from 'node:http'
import { Server } from 'socket.io'

export const KEY = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'
const hmac = (key, text) => crypto.createHmac('sha256', Buffer.from(key, 'hex')).update(text).digest('hex')

/** A server with /devices. welcome(socket, id) is called for each board that has proved itself. */
export async function serve(t, { key = KEY, desired = {}, version = 0, welcome = () => {} } = {}) {
  const server = http.createServer()
  const io = new Server(server, { pingInterval: 25_000, pingTimeout: 20_000 })
  io.of('/devices').on('connection', async (socket) => {
    const { id, nonce } = socket.handshake.auth
    const mine = crypto.randomBytes(16).toString('hex')
    const said = `${id}:${nonce}:${mine}`
    try {
      const { proof } = await socket
        .timeout(5000)
        .emitWithAck('$challenge', { nonce: mine, proof: hmac(key, `gateway:${said}`) })
      if (proof !== hmac(key, `device:${said}`)) throw new Error('wrong proof')
    } catch {
      return socket.disconnect(true)
    }
    socket.emit('$welcome', { time: Math.floor(Date.now() / 1000), name: id, desired, version })
    welcome(socket, id)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => io.close())
  return {
    io,
    port: server.address().port,
    url: `http://127.0.0.1:${server.address().port}`,
    sign: (text) => hmac(key, text),
  }
}
