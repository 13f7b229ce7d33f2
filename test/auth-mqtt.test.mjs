// MQTT with user name and password: a token's id and secret, its topics, and its end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addToken, as, cli, rest } from './auth-cli.mjs'
import { sharedGateway } from './lib/gateway.mjs'
import { publish, subscribe, tryPublish } from './lib/mosquitto.mjs'
import { metrics } from './lib/metrics.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { until, within } from './lib/wait.mjs'

const gateway = sharedGateway('[auth]\nanonymous = "never"\n')
const credentials = ({ mqtt }) => ({ username: mqtt.username, password: mqtt.password })

async function metricsAs({ token }) {
  const response = await fetch(gateway.at('metrics'), { headers: { authorization: `Bearer ${token}` } })
  return metrics(await response.text())
}

/** Resolves when mosquitto_sub, which comes back by itself when it is cut, was refused. */
async function refused(subscriber) {
  await within(subscriber.process.exit, () => `mosquitto_sub to be cut:\n${subscriber.process.text()}`)
  assert.match(subscriber.process.text(), /bad user name or password|not authori[sz]ed/i)
}

test('a token lets a client in, by its id and secret', async (t) => {
  const panel = await addToken(gateway, 'Kitchen panel')
  assert.equal(panel.mqtt.username, panel.id)
  const hears = await subscribe(t, gateway, 'home/#', as(panel))
  await publish(gateway, 'home/kitchen/temp', '21.5', as(panel))
  assert.deepEqual(await hears.line(), ['home/kitchen/temp', '21.5'])
  const { stdout } = await cli(gateway, ['token', 'list'])
  assert.match(stdout, /^kitchen-panel +client .* 20\d\d-\d\d-\d\d \d\d:\d\d$/m, 'when it was used last')
})

test('a wrong password is bad, none is not authorized, and both are counted', async (t) => {
  const lamp = await addToken(gateway, 'lamp')
  const watch = await addToken(gateway, 'counter', ['--kind', 'api', '--role', 'viewer'])
  const counted = async () => (await metricsAs(watch)).value('gateway_dropped_total', { where: 'mqtt', reason: 'auth' })
  const before = await counted()
  for (const [what, options] of [
    ['a wrong password', ['-u', lamp.id, '-P', `${lamp.secret}x`]],
    ['an unknown name', ['-u', 'nobody', '-P', lamp.secret]],
    ['a name alone', ['-u', lamp.id]],
  ]) {
    const { code, output } = await tryPublish(gateway, 'home/x', '1', options)
    assert.notEqual(code, 0, what)
    assert.match(output, /bad user name or password/i, what)
  }
  const { output } = await tryPublish(gateway, 'home/x', '1')
  assert.match(output, /not authori[sz]ed/i)
  for (const [protocolVersion, reason] of [
    [4, 4],
    [5, 0x86],
  ]) {
    const wrong = connectMQTT(t, gateway, { protocolVersion, username: lamp.id, password: 'wrong' })
    await assert.rejects(wrong, (error) => error.code === reason, `MQTT ${protocolVersion}`)
  }
  assert.equal((await counted()) - before, 6)
  const log = gateway.lines.join('\n')
  assert(!log.includes(lamp.secret), 'the secret is in the log')
})

test('a token reads and writes its own topics only', async (t) => {
  const watch = await addToken(gateway, 'watch')
  const lamp = await addToken(gateway, 'Lamp 2', ['--read', 'home/{client.id}/set', '--write', 'home/{client.id}/#'])
  const everything = await subscribe(t, gateway, '#', as(watch))
  const own = await subscribe(t, gateway, '#', as(lamp)) // it gets what it may of that

  await tryPublish(gateway, 'home/other/set', 'denied', [...as(lamp), '-q', '1', '-V', 'mqttv5'])
  await publish(gateway, 'home/lamp-2/state', 'on', as(lamp))
  assert.deepEqual(await everything.line(), ['home/lamp-2/state', 'on'], 'what it may not write did not arrive')

  await publish(gateway, 'home/other/set', 'not for it', as(watch))
  await publish(gateway, 'home/lamp-2/set', 'off', as(watch))
  assert.deepEqual(await own.line(), ['home/lamp-2/set', 'off'], 'what it may not read did not arrive')

  const client = await connectMQTT(t, gateway, credentials(lamp))
  const granted = await client.raw
    .subscribeAsync(['home/other/#', 'home/lamp-2/set'], { qos: 1 })
    .catch((error) => error)
  assert.match(String(granted), /not authorized|unspecified/i, 'a filter of which it may read nothing')
  await assert.rejects(
    client.publish('home/other/set', 'x'),
    (error) => error.code === 0x87,
    'PUBACK says not authorized',
  )
})

test('a will is published where the client may write, and nowhere else', async (t) => {
  const watch = await addToken(gateway, 'will watch')
  const lamp = await addToken(gateway, 'will lamp', ['--write', 'home/{client.id}/#'])
  const hears = await subscribe(t, gateway, 'home/#', as(watch))
  const withWill = (topic) => [...as(lamp), '--will-topic', topic, '--will-payload', 'gone']
  for (const topic of ['home/other/status', 'home/will-lamp/status']) {
    const client = await subscribe(t, gateway, 'home/x', withWill(topic))
    await client.end() // SIGKILL: it says no goodbye
  }
  assert.deepEqual(await hears.line(), ['home/will-lamp/status', 'gone'])
})

test('removing a token cuts whoever is connected with it', async (t) => {
  const guest = await addToken(gateway, 'guest')
  const other = await addToken(gateway, 'other')
  const hears = await subscribe(t, gateway, 'home/#', as(guest))
  const stays = await subscribe(t, gateway, 'home/#', as(other))
  assert.equal((await cli(gateway, ['token', 'rm', 'guest'])).code, 0)
  await refused(hears)
  assert.notEqual((await tryPublish(gateway, 'home/x', '1', as(guest))).code, 0)
  await publish(gateway, 'home/x', '1', as(other))
  assert.deepEqual(await stays.line(), ['home/x', '1'])
})

test('a token that expires cuts whoever is connected with it', async (t) => {
  const guest = await addToken(gateway, 'short guest', ['--expires', '3s'])
  const hears = await subscribe(t, gateway, 'home/#', as(guest))
  await refused(hears)
  const { output } = await tryPublish(gateway, 'home/x', '1', as(guest))
  assert.match(output, /bad user name or password/i)
})

test('other topics for a token hold at once', async (t) => {
  const admin = await addToken(gateway, 'admin', ['--kind', 'api', '--role', 'admin'])
  const lamp = await addToken(gateway, 'moving lamp', ['--read', 'old/#'])
  const client = await connectMQTT(t, gateway, { ...credentials(lamp), reconnectPeriod: 50 })
  await client.subscribe('old/#')
  const back = new Promise((resolve) => client.raw.once('connect', resolve))
  const { status } = await rest(gateway, admin, 'PATCH', 'api/v1/tokens/moving-lamp', { read: ['new/#'] })
  assert.equal(status, 200)
  await within(back, 'the client to come back')
  await until(
    async () => (await client.raw.subscribeAsync('new/#').catch(() => [])).length,
    'the new topics to be granted',
  )
  await publish(gateway, 'old/a', '1', as(admin))
  await publish(gateway, 'new/a', '2', as(admin))
  assert.deepEqual(await client.line(), ['new/a', '2'])
})
