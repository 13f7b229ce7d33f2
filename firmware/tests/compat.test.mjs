// Sketches of 2016, as they are but for the gateway's address, against the real gateway.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { sharedGateway, startGateway } from '../../test/lib/gateway.mjs'
import { publish, subscribe } from '../../test/lib/mosquitto.mjs'
import { run } from '../../test/lib/process.mjs'
import { Board, makeFlash } from './rig/board.mjs'

const config = `
[[mapping]]
name = "boards"
topic = "board/{event}"
namespace = "/"
event = "{event}"
`
const gateway = sharedGateway(`${config}replay = "none"`)
const folder = path.join(import.meta.dirname, 'sketches/2016')
const read = (name) => fs.readFileSync(path.join(folder, name), 'utf8')

/** A board with a sketch of that time; at is the gateway. */
function start(t, text, at = gateway) {
  const app = text.replaceAll('gateway.local:8090', `127.0.0.1:${at.httpPort}`)
  const flash = makeFlash(t, { 'app.py': app })
  return new Board(t, flash, { script: '/flash/app.py' })
}

/** The same, once it has sent its first event, "here": what is published from now on reaches it. */
async function startHere(t, text, at = gateway, login = []) {
  const heard = await subscribe(t, at, 'board/here', login)
  const board = start(t, text, at)
  await heard.next()
  return { board, heard }
}

/** A sketch with these lines between connect() and run_forever(). */
const sketch = (lines, address = 'http://gateway.local:8090/') => `
import usocketio.client
with usocketio.client.connect('${address}') as sio:
${lines
  .trim()
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
    sio.emit('here', 1)
    sio.run_forever()
    print("over")
`

test('the lamp: alerts, its button, and the gateway away for a while', async (t) => {
  const own = await startGateway(t, config)
  const board = start(t, read('lamp.py'), own)
  await board.line(/INFO:lamp:connected None/)
  for (const [status, lit] of [
    ['red', 'red 1, green 0'],
    ['green', 'red 0, green 1'],
  ]) {
    const heard = await subscribe(t, own, 'board/message')
    await publish(own, 'board/alert', JSON.stringify({ status }))
    await board.line(new RegExp(`INFO:lamp:alert ${status}, ${lit}`))
    assert.deepEqual(await heard.line(), ['board/message', `acknowledge ${status}`])
  }
  const { at } = await board.line(/INFO:lamp:connected None/)
  await own.kill9()
  await board.line(/INFO:lamp:OSError, and once more/, { after: at })
  await own.restart()
  const again = await board.line(/INFO:lamp:connected None/, { after: at })
  await publish(own, 'board/alert', '{"status":"red"}')
  await board.line(/INFO:lamp:alert red, red 1, green 0/, { after: again.at })
})

test('handlers of the first weeks, which take the client, and two of them for an event', async (t) => {
  const heard = await subscribe(t, gateway, 'board/#')
  const board = start(t, read('first_weeks.py'))
  assert.deepEqual(await heard.line(), ['board/temperature', '{"celsius":21.5}'])
  await publish(gateway, 'board/message', 'hello')
  await board.line('message hello')
  await board.line('too hello')
  const topics = new Set()
  while (topics.size < 3) topics.add((await heard.line()).join(' '))
  assert.deepEqual([...topics].sort(), [
    'board/echo hello',
    'board/message hello',
    'board/temperature {"celsius":21.5}',
  ])
})

test('the websocket alone', async (t) => {
  const heard = await subscribe(t, gateway, 'board/#')
  const board = start(t, read('engine.py'))
  await board.line('open maxPayload')
  await board.line('nothing yet')
  await board.line('in 40')
  const said = await heard.take(2)
  assert.deepEqual(
    said.map(({ topic, payload }) => [topic, payload]),
    [
      ['board/temperature', Buffer.from('19')],
      ['board/picture', Buffer.from([0, 255])],
    ],
  )
  await publish(gateway, 'board/alert', '{"a": [1]}')
  await board.line(/^event 42\["alert",\{"a": ?\[1\]\}/)
  await board.line('closed False')
  assert.equal(await board.exit, 0)
})

test('every kind of value, there and back', async (t) => {
  const { board } = await startHere(
    t,
    sketch(`
@sio.on('in')
def on_in(value):
    print("in", type(value).__name__, value if isinstance(value, dict) else '')
    sio.emit('out', value)`),
  )
  const heard = await subscribe(t, gateway, 'board/out')
  let after = 0
  for (const [payload, taken, back] of [
    ['Küche 🔥', 'str ', 'Küche 🔥'],
    ['{"a":[1,null,true]}', "dict {'a': [1, None, True]}", '{"a":[1,null,true]}'],
    ['-3.5', 'float ', '-3.5'],
    ['', 'NoneType ', ''],
    [Buffer.from([0, 254, 255]), 'bytearray ', Buffer.from([0, 254, 255])],
    ['x'.repeat(3000), 'str ', 'x'.repeat(3000)],
  ]) {
    await publish(gateway, 'board/in', payload)
    after = (await board.line(`in ${taken}`, { after })).at
    const { payload: got } = await heard.next()
    assert.deepEqual(got, Buffer.from(back))
  }
})

test('what handlers raise comes out of run_forever, even what looks like a handler of the first weeks', async (t) => {
  const { board, heard } = await startHere(
    t,
    `
import usocketio.client
for name in ('value', 'type', 'call'):
    try:
        with usocketio.client.connect('http://gateway.local:8090/') as sio:
            calls = []
            @sio.on('fail')
            def on_fail(message):
                calls.append(message)
                if name == 'value':
                    raise ValueError(message)
                if name == 'type':
                    raise TypeError('of its own')
                (lambda: 1)(message)
            sio.emit('here', name)
            sio.run_forever()
    except Exception as e:
        print(name, type(e).__name__, len(calls))
`,
  )
  for (const [name, raised] of [
    ['value', 'ValueError'],
    ['type', 'TypeError'],
    ['call', 'TypeError'],
  ]) {
    if (name !== 'value') await heard.next() // that it is here again
    await publish(gateway, 'board/fail', 'x')
    await board.line(`${name} ${raised} 1`)
  }
})

test('close() in a handler ends run_forever', async (t) => {
  const { board } = await startHere(t, sketch("@sio.on('stop')\ndef on_stop(message):\n    sio.close()"))
  await publish(gateway, 'board/stop', '1')
  await board.line('over')
  assert.equal(await board.exit, 0)
})

test('a gateway that falls silent is given up', async (t) => {
  const own = await startGateway(t, `socketio = { ping_interval = "1s", ping_timeout = "1s" }\n${config}`)
  const board = start(t, sketch("@sio.at_interval(1)\ndef tick():\n    print('tick')"), own)
  await board.line('tick')
  process.kill(own.pid, 'SIGSTOP')
  try {
    await board.line(/OSError/)
  } finally {
    process.kill(own.pid, 'SIGCONT')
  }
  assert.equal(await board.exit, 1)
})

test('the heartbeat is answered: a quiet board stays', async (t) => {
  const own = await startGateway(t, `socketio = { ping_interval = "1s", ping_timeout = "1s" }\n${config}`)
  const board = start(t, sketch('n = []\n@sio.at_interval(1)\ndef tick():\n    n.append(1)\n    print(len(n))'), own)
  await board.line('5')
})

test('a token in the address, where nobody is let in without one', async (t) => {
  const own = await startGateway(t, `auth = { anonymous = "never" }\n${config}`)
  const { stdout } = await run(own.commandLine()[0], ['token', 'add', 'lamp', '--json', '--data', `${own.dir}/data`])
  const { token, mqtt } = JSON.parse(stdout)
  const lines = "@sio.on('alert')\ndef on_alert(message):\n    print(message)"
  const login = ['-u', mqtt.username, '-P', mqtt.password]
  const address = `http://gateway.local:8090/socket.io/?EIO=3&token=${token}`
  const { board } = await startHere(t, sketch(lines, address), own, login)
  await publish(own, 'board/alert', 'red', login)
  await board.line('red')
  await start(t, sketch(lines), own).line(/^! ConnectionError: /)
})

test('nobody there', async (t) => {
  const board = start(t, sketch('pass', 'http://127.0.0.1:1/'))
  await board.line(/^! OSError: .*ECONNREFUSED/)
  assert.equal(await board.exit, 1)
})
