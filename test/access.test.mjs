// Who is let in: by auth.anonymous, by Origin, by Host.
import assert from 'node:assert/strict'
import http from 'node:http'
import { test } from 'node:test'
import { sharedGateway, startGateway } from './lib/gateway.mjs'
import { tryPublish } from './lib/mosquitto.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect, open, transports } from './lib/socketio.mjs'
import { within } from './lib/wait.mjs'

const mapping = `
[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"
`
const gateway = sharedGateway(mapping) // auth.anonymous = "loopback", as by default

/** One request with exactly these headers; resolves with {status, body}, status 101 for an upgrade. */
function request(target, path, { method = 'GET', headers = {}, body } = {}) {
  const answer = new Promise((resolve, reject) => {
    const r = http.request(new URL(path, target.url), { method, headers })
    r.on('error', reject)
    r.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ status: response.statusCode, body: '' })
    })
    r.on('response', async (response) => {
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      resolve({ status: response.statusCode, body: text, headers: response.headers })
    })
    r.end(body)
  })
  return within(answer, `an answer to ${method} ${path}`)
}

const websocket = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
}
const handshake = (transport) => `socket.io/?EIO=4&transport=${transport}`
const publishing = { method: 'POST', body: 'x' }

test('auth.anonymous = "never": socket.io, MQTT and REST refuse with a word that says why', async (t) => {
  const closed = await startGateway(t, `${mapping}\n[auth]\nanonymous = "never"\n`)
  for (const transport of Object.keys(transports)) {
    for (const namespace of ['/home/kitchen', '/mqtt', '/admin']) {
      const error = await open(t, closed, namespace, { transport }).refused()
      assert.equal(error.data.code, 'denied', `${transport} ${namespace}`)
      assert.match(error.message, /auth\.anonymous is "never"/)
    }
  }
  const rest = await request(closed, 'api/v1/publish/home/kitchen/x', publishing)
  const problem = JSON.parse(rest.body)
  assert.deepEqual([rest.status, problem.code], [401, 'denied'])
  assert.match(problem.detail, /auth\.anonymous is "never"/)
  for (const path of ['api/v1/info', 'metrics']) assert.equal((await request(closed, path)).status, 401, path)
  assert.equal((await request(closed, 'healthz')).status, 200, 'health tells nothing and is open')

  const { code, output } = await tryPublish(closed, 'home/kitchen/x', '1')
  assert.notEqual(code, 0)
  assert.match(output, /not authori[sz]ed/i)
  for (const [protocolVersion, reason] of [
    [4, 5],
    [5, 0x87],
  ]) {
    await assert.rejects(
      connectMQTT(t, closed, { protocolVersion }),
      (error) => error.code === reason,
      `MQTT ${protocolVersion}`,
    )
  }
  await assert.rejects(connectMQTT(t, closed, { url: closed.mqttWebsocketUrl }), (error) => error.code === 0x87)
})

const foreign = { origin: 'https://evil.example' }

test('a foreign Origin is refused before the upgrade, and for polling and REST', async () => {
  for (const origin of ['https://evil.example', 'http://127.0.0.1:1', 'null', 'http://localhost.evil.example']) {
    assert.equal(
      (await request(gateway, handshake('websocket'), { headers: { ...websocket, origin } })).status,
      403,
      origin,
    )
    const polling = await request(gateway, handshake('polling'), { headers: { origin } })
    assert.equal(polling.status, 403, origin)
    assert.equal(polling.headers['access-control-allow-origin'], undefined)
  }
  const rest = await request(gateway, 'api/v1/publish/a', { ...publishing, headers: foreign })
  assert.deepEqual([rest.status, JSON.parse(rest.body).code], [403, 'denied'])
  assert.match(rest.body, /https:\/\/evil\.example.*http\.origins/)
})

test('a foreign Origin is refused by MQTT over websocket', async () => {
  const listener = { url: gateway.mqttWebsocketUrl.replace('ws:', 'http:') }
  const headers = { ...websocket, 'sec-websocket-protocol': 'mqtt' }
  assert.equal((await request(listener, 'mqtt', { headers: { ...headers, ...foreign } })).status, 403)
  assert.equal((await request(listener, 'mqtt', { headers })).status, 101, 'a client that is no page')
})

test('its own Origin, and those of http.origins, may', async (t) => {
  const own = { origin: new URL(gateway.url).origin }
  assert.equal((await request(gateway, handshake('websocket'), { headers: { ...websocket, ...own } })).status, 101)
  assert.equal((await request(gateway, 'api/v1/publish/a', { ...publishing, headers: own })).status, 200)

  const allowing = await startGateway(t, `${mapping}\n[http]\norigins = ["https://house.example"]\n`)
  const headers = { origin: 'https://house.example' }
  assert.equal((await request(allowing, handshake('websocket'), { headers: { ...websocket, ...headers } })).status, 101)
  const polling = await request(allowing, handshake('polling'), { headers })
  assert.equal(polling.status, 200)
  assert.equal(polling.headers['access-control-allow-origin'], 'https://house.example')
  assert.equal((await request(allowing, handshake('polling'), { headers: foreign })).status, 403)
})

test('a page that points its own name at the gateway is not "loopback"', async () => {
  for (const headers of [
    { host: 'evil.example' },
    { host: `evil.example:${gateway.httpPort}`, origin: 'http://evil.example' },
  ]) {
    for (const [path, options] of [
      [handshake('polling'), { headers }],
      [handshake('websocket'), { headers: { ...websocket, ...headers } }],
      ['api/v1/publish/a', { ...publishing, headers }],
      ['api/v1/info', { headers }],
      ['metrics', { headers }],
    ]) {
      assert.equal((await request(gateway, path, options)).status, 403, `${path} for ${headers.host}`)
    }
  }
  const rebound = { host: `evil.example:${gateway.httpPort}`, origin: `http://evil.example:${gateway.httpPort}` }
  assert.equal(
    (await request(gateway, handshake('websocket'), { headers: { ...websocket, ...rebound } })).status,
    403,
    'rebound',
  )
})

test('such a page is not "loopback" for MQTT over websocket either', async (t) => {
  const { port } = new URL(gateway.mqttWebsocketUrl)
  const rebound = { host: `evil.example:${port}`, origin: `http://evil.example:${port}` }
  for (const headers of [rebound, { 'x-forwarded-for': '192.0.2.1' }]) {
    const options = { url: gateway.mqttWebsocketUrl, wsOptions: { headers } }
    await assert.rejects(
      connectMQTT(t, gateway, options),
      `MQTT over websocket with ${JSON.stringify(headers)} was let in`,
    )
  }
})

test('who comes through a proxy is not "loopback"', async (t) => {
  for (const name of ['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host']) {
    const headers = { [name]: '192.0.2.1' }
    const error = await open(t, gateway, '/home/kitchen', { transport: 'polling', headers }).refused()
    assert.equal(error.data.code, 'denied', name)
    assert.equal((await request(gateway, 'api/v1/publish/a', { ...publishing, headers })).status, 401, name)
  }
})

test('local names are', async (t) => {
  for (const host of ['localhost', `127.0.0.1:${gateway.httpPort}`, '[::1]', 'LOCALHOST:80']) {
    assert.equal((await request(gateway, 'api/v1/info', { headers: { host } })).status, 200, host)
  }
  await connect(t, gateway, '/home/kitchen')
})
