// Whoever owns the gateway under test, over REST: logged in with the page's cookie.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { binary } from './lib/gateway.mjs'

const run = promisify(execFile)

/** Claims a new gateway, as its first admin. */
export async function claim(gateway) {
  const { stdout } = await run(binary, ['setup-code', '--data', join(gateway.dir, 'data')], { cwd: gateway.dir })
  const owner = new Person(gateway)
  const password = 'a password that nobody guesses'
  await owner.post('setup/claim', { code: stdout.trim(), username: 'ann', password }, { expect: 201 })
  return owner
}

/** Somebody with a session. */
export class Person {
  #cookie = ''

  constructor(gateway) {
    this.gateway = gateway
  }

  async login(username, password) {
    await this.post('session', { username, password }, { expect: 201 })
    return this
  }

  get = (path, options) => this.#send('GET', path, undefined, options)
  post = (path, body, options) => this.#send('POST', path, body, options)
  put = (path, body, options) => this.#send('PUT', path, body, options)
  delete = (path, options) => this.#send('DELETE', path, undefined, options)

  /** Sends a request below /api/v1 and returns the JSON, or text, of its answer, whose status is asserted. */
  async #send(method, path, body, { expect = 200, revision } = {}) {
    const headers = { cookie: this.#cookie }
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (revision) headers['if-match'] = `"${revision}"`
    const response = await fetch(this.gateway.at(`api/v1/${path}`), {
      method,
      headers,
      body: body && JSON.stringify(body),
    })
    const cookie = response.headers.getSetCookie()[0]
    if (cookie) this.#cookie = cookie.split(';')[0]
    const text = await response.text()
    assert.equal(response.status, expect, `${method} ${path}: ${text}`)
    return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text
  }
}
