// A disk that is full: commands are refused, telemetry flows, the metrics say so, and once there is room all is as before.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, open, rm, rmdir, symlink, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startGateway } from './lib/gateway.mjs'
import { connectMQTT } from './lib/mqtt.mjs'
import { connect } from './lib/socketio.mjs'
import { until } from './lib/wait.mjs'

const run = promisify(execFile)

const rules = `
[state]
flush_interval = "1s"

[[mapping]]
name = "plugs"
topic = "cmnd/{plug}"
namespace = "/plugs"
event = "{plug}"
direction = "socketio_to_mqtt"
qos = 1

[[mapping]]
name = "climate"
topic = "climate/{room}"
namespace = "/climate"
event = "{room}"
`

/** A file system of 4 MiB in memory; undefined where mounting is not permitted. */
async function mountSmall(t) {
  const dir = await mkdtemp(join(tmpdir(), 'gateway-disk-'))
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs', dir])
  } catch {
    await rmdir(dir)
    return undefined
  }
  t.after(() => run('umount', ['-l', dir]).then(() => rmdir(dir)))
  return dir
}

/** Takes what room there is; resolves with what gives it back. */
async function fill(dir) {
  const path = join(dir, 'ballast')
  const file = await open(path, 'w')
  for (let size = 65536; size >= 1;) {
    const { bytesWritten } = await file.write(Buffer.alloc(size)).catch(() => ({ bytesWritten: 0 }))
    if (bytesWritten < size) size = Math.floor(size / 2)
  }
  await file.close()
  return () => unlink(path)
}

test('a full disk', { timeout: 120_000 }, async (t) => {
  const disk = await mountSmall(t)
  if (!disk) return t.skip('mounting a small file system is not permitted here; run as root')
  const gateway = await startGateway(t, rules)
  await gateway.stop()
  await rm(join(gateway.dir, 'data'), { recursive: true })
  await symlink(disk, join(gateway.dir, 'data'))
  await gateway.start()

  const session = { clientId: 'plug', clean: false, protocolVersion: 4 }
  const plug = await connectMQTT(t, gateway, session)
  await plug.subscribe('cmnd/#', { qos: 1 })
  await plug.raw.endAsync()

  const sender = await connectMQTT(t, gateway)
  const watcher = await connect(t, gateway, '/climate')
  const listener = await connectMQTT(t, gateway)
  await listener.subscribe('climate/#')
  const page = await connect(t, gateway, '/plugs')
  const padding = 'x'.repeat(500)
  const accepted = []
  let n = 0
  const ways = {
    mqtt: (text) => sender.publish('cmnd/mqtt', text).then(() => true, (error) => error.code),
    socketio: async (text) => {
      const answer = await page.ask('socketio', text)
      return answer.ok || answer.error?.code || answer.code
    },
    http: async (text) => {
      const response = await fetch(gateway.at('api/v1/publish/cmnd/http?qos=1'), { method: 'POST', body: text })
      const answer = await response.json()
      return response.ok || `${response.status} ${answer.code ?? answer.error?.code}`
    },
  }
  /** Sends a command; resolves with true, or with how it was refused. */
  const command = async (way) => {
    const text = `${n++} ${padding}`
    const answer = await ways[way](text)
    if (answer === true) accepted.push(`cmnd/${way} ${text}`)
    return answer
  }
  const failures = async () => (await gateway.metrics()).value('gateway_queue_failures_total')

  for (const way of Object.keys(ways)) assert.equal(await command(way), true, `${way}, with room`)
  assert.equal(await failures(), 0)

  const free = await fill(disk)
  const refusals = {}
  for (const way of Object.keys(ways)) {
    for (let tries = 0; tries < 2000; tries++) {
      refusals[way] = await command(way) // the log has taken some room ahead
      if (refusals[way] !== true) break
    }
  }
  assert.deepEqual(refusals, { mqtt: 0x80, socketio: 'unavailable', http: '503 unavailable' })
  assert((await failures()) >= 3, 'the metrics say nothing of it')

  for (let i = 0; i < 100; i++) await sender.publish('climate/kitchen', String(i), { qos: 0 })
  for (let i = 0; i < 100; i++) {
    assert.deepEqual((await watcher.next()).slice(0, 2), ['kitchen', i])
    assert.deepEqual(await listener.line(), ['climate/kitchen', String(i)])
  }
  const late = await connect(t, gateway, '/climate')
  assert.deepEqual((await late.next()).slice(0, 2), ['kitchen', 99], 'the last value, from memory')
  assert(gateway.alive)

  await free()
  const works = async () => (await command('mqtt')) === true
  await until(works, 'commands to be accepted again')
  for (const way of Object.keys(ways)) assert.equal(await command(way), true, `${way}, with room again`)
  await gateway.flushed()
  await gateway.kill9()
  await gateway.start()

  const back = await connectMQTT(t, gateway, session)
  const got = new Set()
  while (!accepted.every((line) => got.has(line))) got.add((await back.line()).join(' '))
  const reader = await connect(t, gateway, '/climate')
  assert.deepEqual((await reader.next()).slice(0, 2), ['kitchen', 99], 'the value that the disk had no room for')
})
