// The gateway's own command line, as whoever owns the machine types it.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { binary } from './lib/gateway.mjs'
import { run } from './lib/process.mjs'

/** Runs a subcommand on the gateway's data directory: {code, stdout, output}. */
export function cli(gateway, args, options = {}) {
  return run(binary, [...args, '--data', join(gateway.dir, 'data')], options)
}

/** Makes a token by `gateway token add`; options are its flags. Resolves with what REST would answer. */
export async function addToken(gateway, name, options = []) {
  const { code, stdout, output } = await cli(gateway, ['token', 'add', name, '--json', ...options])
  assert.equal(code, 0, output)
  return JSON.parse(stdout)
}

/** The arguments by which mosquitto's tools bring a token. */
export const as = ({ mqtt }) => ['-u', mqtt.username, '-P', mqtt.password]

/** A request in the name of a token: {status, body}. */
export async function rest(gateway, token, method, path, body) {
  const response = await fetch(gateway.at(path), {
    method,
    headers: { authorization: `Bearer ${token.token}`, 'content-type': 'application/json', 'if-match': '*' },
    body: body && JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, body: text && JSON.parse(text) }
}
