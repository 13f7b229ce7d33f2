// The first run, logins and what ends them, on the real binary.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { addToken, cli } from './auth-cli.mjs'
import { startGateway } from './lib/gateway.mjs'
import { connect, open } from './lib/socketio.mjs'
import { until, within } from './lib/wait.mjs'

const closed = '[auth]\nanonymous = "never"\n'
const password = 'a horse of staples'

/** A browser: it keeps one cookie. */
class Browser {
  #cookie

  constructor(gateway) {
    this.gateway = gateway
  }

  /** Resolves with {status, body}. */
  async ask(method, path, body, headers = {}) {
    const binary = body instanceof Buffer
    const type = binary ? 'application/octet-stream' : 'application/json'
    const response = await fetch(this.gateway.at(`api/v1/${path}`), {
      method,
      headers: { ...(body && { 'content-type': type }), ...this.cookies, ...headers },
      body: binary ? body : body && JSON.stringify(body),
    })
    this.#cookie = response.headers.get('set-cookie')?.split(';')[0] ?? this.#cookie
    const text = await response.text()
    return { status: response.status, body: text && JSON.parse(text) }
  }

  get cookies() {
    return this.#cookie ? { cookie: this.#cookie } : {}
  }

  async session() {
    return (await this.ask('GET', 'session')).body
  }
}

async function setupCode(gateway) {
  const { code, stdout, output } = await cli(gateway, ['setup-code'])
  assert.equal(code, 0, output)
  return stdout.match(/^\S{4}-\S{4}$/m)[0]
}

/** A gateway that ann owns, and her browser. */
async function owned(t, config = closed) {
  const gateway = await startGateway(t, config)
  const ann = new Browser(gateway)
  const claim = { code: await setupCode(gateway), username: 'ann', password, name: 'attic', time_zone: 'Europe/Berlin' }
  assert.equal((await ann.ask('POST', 'setup/claim', claim)).status, 201)
  return { gateway, ann }
}

test('the first run: the code makes an owner, once', async (t) => {
  const gateway = await startGateway(t, closed)
  const stranger = new Browser(gateway)
  assert.equal((await stranger.ask('GET', 'setup')).body.claimed, false)
  const claim = { code: 'AAAA-AAAA', username: 'eve', password }
  assert.equal((await stranger.ask('POST', 'setup/claim', claim)).status, 403)
  for (const path of ['users', 'tokens', 'mappings', 'links', 'settings', 'backup']) {
    assert.equal((await stranger.ask('GET', path)).status, 401, `${path} of a gateway without an owner`)
  }
  const ann = new Browser(gateway)
  const code = await setupCode(gateway)
  const own = { ...claim, code: code.toLowerCase(), username: 'ann', name: 'attic', time_zone: 'Europe/Berlin' }
  const { status, body } = await ann.ask('POST', 'setup/claim', own)
  assert.deepEqual([status, body.user.role], [201, 'admin'])
  assert.equal((await stranger.ask('POST', 'setup/claim', { ...claim, code })).status, 409)
  const { body: setup } = await stranger.ask('GET', 'setup')
  assert.deepEqual([setup.claimed, setup.name, setup.time_zone], [true, 'attic', 'Europe/Berlin'])
  assert.equal((await ann.ask('GET', 'users')).body.items.length, 1)
})

test('a login outlives kill -9, and so does who owns the gateway', async (t) => {
  const { gateway, ann } = await owned(t)
  const panel = await addToken(gateway, 'panel')
  await gateway.kill9()
  assert(existsSync(join(gateway.dir, 'data', 'gateway.sock')), 'a killed gateway leaves its socket')
  const { stdout } = await cli(gateway, ['token', 'list'])
  assert.match(stdout, /^panel /m, 'the command line takes the socket for a gateway')
  await gateway.restart()
  assert.equal((await ann.session()).user.username, 'ann')
  assert.match((await cli(gateway, ['token', 'rm', panel.id])).stdout, /removed/)
  assert.equal((await ann.ask('GET', 'tokens')).body.items.length, 0)
  assert.equal(statSync(join(gateway.dir, 'data', 'gateway.sock')).mode & 0o777, 0o600)
})

test('logging out and reset-admin close the sockets at once', async (t) => {
  const { gateway, ann } = await owned(t)
  const bob = new Browser(gateway)
  await bob.ask('POST', 'session', { username: 'ann', password })
  const sockets = await Promise.all(
    [ann, bob].map((who) => connect(t, gateway, '/mqtt', { headers: who.cookies, transport: 'websocket' })),
  )
  const ends = sockets.map(({ socket }) => new Promise((resolve) => socket.once('disconnect', resolve)))
  assert.equal((await ann.ask('DELETE', 'session')).status, 204)
  await within(ends[0], "ann's socket to close")
  assert.equal((await ann.session()).authenticated, false)
  assert(sockets[1].socket.connected, 'the other login goes on')

  const { code, output } = await cli(gateway, ['reset-admin'], { input: 'another horse of mine\n' })
  assert.equal(code, 0, output)
  await within(ends[1], "bob's socket to close")
  assert.equal((await bob.session()).authenticated, false)
  await open(t, gateway, '/mqtt', { headers: bob.cookies }).refused()
  assert.equal((await bob.ask('POST', 'session', { username: 'ann', password })).status, 403)
  assert.equal((await bob.ask('POST', 'session', { username: 'ann', password: 'another horse of mine' })).status, 201)
})

test('a foreign page cannot use a login', async (t) => {
  const { ann } = await owned(t)
  const foreign = { origin: 'https://evil.example' }
  for (const [method, path, body] of [
    ['POST', 'tokens', { name: 'x', kind: 'api', role: 'admin' }],
    ['DELETE', 'session'],
    ['POST', 'session', { username: 'ann', password }],
  ]) {
    assert.equal((await ann.ask(method, path, body, foreign)).status, 403, `${method} ${path}`)
  }
  assert.equal((await ann.session()).authenticated, true)
})

test('a backup takes the place of the setup', async (t) => {
  const { gateway: old, ann } = await owned(t)
  await addToken(old, 'panel')
  const file = join(old.dir, 'old.backup')
  assert.equal((await cli(old, ['backup', file])).code, 0)
  assert.equal(statSync(file).mode & 0o777, 0o600)

  const gateway = await startGateway(t, closed)
  const visitor = new Browser(gateway)
  const backup = readFileSync(file)
  assert.equal((await visitor.ask('POST', 'setup/restore?code=AAAA-AAAA', backup)).status, 403)
  const code = await setupCode(gateway)
  assert.equal((await visitor.ask('POST', `setup/restore?code=${code}`, Buffer.from('no backup'))).status, 422)
  assert.equal((await visitor.ask('GET', 'setup')).body.claimed, false, 'a broken backup changes nothing')
  assert.equal((await visitor.ask('POST', `setup/restore?code=${code}`, backup)).status, 202)
  const claimed = async () => (await visitor.ask('GET', 'setup').catch(() => ({ body: {} }))).body.claimed
  await until(claimed, 'the gateway to come back with the backup')
  const { status } = await visitor.ask('GET', 'users', undefined, ann.cookies)
  assert.equal(status, 401, 'logins come back with a backup')
  assert.equal((await visitor.ask('POST', 'session', { username: 'ann', password })).status, 201)
  assert.match((await cli(gateway, ['token', 'list'])).stdout, /^panel /m)
})
