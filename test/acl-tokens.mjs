// Tokens of the gateway under test, as an admin makes them over REST.
import assert from 'node:assert/strict'
import { run } from './lib/process.mjs'
import { binary } from './lib/gateway.mjs'
import { join } from 'node:path'

/** Makes an API token of a role on the command line; resolves with what talks REST by it. */
export async function bearer(gateway, role = 'admin') {
  const files = ['--data', join(gateway.dir, 'data')]
  const { code, output } = await run(binary, ['token', 'add', role, '--kind', 'api', '--role', role, ...files])
  assert.equal(code, 0, output)
  return new Bearer(gateway, output.match(/^ +token +(\S+)$/m)[1])
}

/** Claims a new gateway; resolves with the cookie of its owner. */
export async function claim(gateway) {
  const { code, output } = await run(binary, ['setup-code', '--data', join(gateway.dir, 'data')])
  assert.equal(code, 0, output)
  const response = await fetch(gateway.at('api/v1/setup/claim'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: output.match(/[0-9A-Z]{4}-[0-9A-Z]{4}/)[0], username: 'ann', password: 'a password that nobody guesses' }),
  })
  assert.equal(response.status, 201, await response.text())
  return response.headers.getSetCookie()[0].split(';')[0]
}

/** Talks REST with a token. */
export class Bearer {
  constructor(gateway, token) {
    Object.assign(this, { gateway, token })
  }

  /** Resolves with {status, body}. */
  async ask(method, path, body, headers = {}) {
    const response = await fetch(this.gateway.at(`api/v1/${path}`), {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', ...headers },
      body: body && JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, body: text && JSON.parse(text) }
  }

  async get(path) {
    const { status, body } = await this.ask('GET', path)
    assert.equal(status, 200, `GET ${path}: ${JSON.stringify(body)}`)
    return body
  }

  /** Makes a client's token that may read and write these patterns. */
  async client(name, read, write = []) {
    const { status, body } = await this.ask('POST', 'tokens', { name, kind: 'client', read, write })
    assert.equal(status, 201, JSON.stringify(body))
    return body
  }

  /** Changes a token; resolves with what it is then. */
  async change(token, changes) {
    const now = await this.get(`tokens/${token.id}`)
    const { status, body } = await this.ask('PATCH', `tokens/${token.id}`, changes, { 'if-match': `"${now.revision}"` })
    assert.equal(status, 200, JSON.stringify(body))
    return body
  }

  async remove(token) {
    const now = await this.get(`tokens/${token.id}`)
    const { status, body } = await this.ask('DELETE', `tokens/${token.id}`, undefined, {
      'if-match': `"${now.revision}"`,
    })
    assert.equal(status, 204, JSON.stringify(body))
  }
}
