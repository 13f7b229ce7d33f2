// People with a login at the gateway under test.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { binary } from './gateway.mjs'
import { run } from './process.mjs'

/** What everybody here has as a password. */
export const password = 'a password that nobody guesses'

/** The setup code, as the command line prints it on the gateway's own machine. */
export async function setupCode(gateway) {
  const { code, stdout, output } = await run(binary, ['setup-code', '--data', join(gateway.dir, 'data')])
  assert.equal(code, 0, `gateway setup-code: ${output}`)
  return stdout.trim()
}

/** Claims a new gateway; resolves with its first admin, logged in. */
export async function claim(gateway, username = 'ann') {
  const owner = new Person(gateway, username)
  await owner.post('setup/claim', { code: await setupCode(gateway), username, password }, { expect: 201 })
  return owner
}

/** Somebody with a session, over REST. cookie is "name=value". */
export class Person {
  cookie = ''

  constructor(gateway, username) {
    this.gateway = gateway
    this.username = username
  }

  /** Logs in: resolves with the same person in another session. */
  async login() {
    const again = new Person(this.gateway, this.username)
    await again.post('session', { username: this.username, password }, { expect: 201 })
    return again
  }

  /** Makes a user of that role; resolves with the person, logged in. */
  async invite(username, role) {
    await this.post('users', { username, password, role }, { expect: 201 })
    return new Person(this.gateway, username).login()
  }

  /** Publishes as this person. */
  async publish(topic, payload) {
    const response = await fetch(this.gateway.at(`api/v1/publish/${topic}`), {
      method: 'POST',
      headers: { cookie: this.cookie },
      body: payload,
    })
    assert.equal(response.status, 200, await response.text())
  }

  get = (path, options) => this.#send('GET', path, undefined, options)
  post = (path, body, options) => this.#send('POST', path, body, options)
  put = (path, body, options) => this.#send('PUT', path, body, options)
  patch = (path, body, options) => this.#send('PATCH', path, body, options)
  delete = (path, options) => this.#send('DELETE', path, undefined, options)

  /** Sends a request below /api/v1; resolves with the JSON, or text, of its answer, whose status is asserted. */
  async #send(method, path, body, { expect = 200, revision } = {}) {
    const headers = this.cookie ? { cookie: this.cookie } : {}
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (revision) headers['if-match'] = `"${revision}"`
    const url = this.gateway.at(`api/v1/${path}`)
    const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) })
    const cookie = response.headers.getSetCookie()[0]
    if (cookie) this.cookie = cookie.split(';')[0]
    const text = await response.text()
    assert.equal(response.status, expect, `${method} ${path}: ${text}`)
    return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text
  }
}
