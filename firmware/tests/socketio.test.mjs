// usocketio alone, against the real socket.io server: events, acks, bytes and namespaces.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Console, client, heard, serveSocketIO } from './peers/console.mjs'

const compiled = process.env.MPY === '1' // then this name is a short one
const handlers = `
@sio.on("same")
def same(*args):
    return args
@sio.on("later")
async def later(value):
    await asyncio.sleep_ms(10)
    return {"later": value}
@sio.on("nothing")
def nothing():
    pass
@sio.on("*")
def other(event, *args):
    print("other", event, args)
@sio.event
def named(value):
    print("named", value)
`

const both = `
@sio.event(namespace="/b")
async def both(value):
    print("b both", value)
@sio.on("both")
def both(value):
    print("both", value)
`

async function start(t, more = handlers, options, connect, server = {}) {
  const { io, url, next } = await serveSocketIO(t, server)
  const arrived = next()
  const board = new Console(t, client(more, options, connect), [url])
  return { io, board, next, socket: await arrived }
}

test('acks both ways, and what they carry', async (t) => {
  const { board, socket } = await start(t)
  const ask = (...args) => socket.timeout(5000).emitWithAck(...args)
  for (const value of [1, -2.5, 'text', '', true, null, [], { a: [1, { b: null }] }, 'ä🙂"\\\n']) {
    assert.deepEqual(await ask('same', value), value)
  }
  const several = new Promise((resolve) => socket.emit('same', 1, 'two', [3], (...all) => resolve(all)))
  assert.deepEqual(await several, [1, 'two', [3]])
  assert.deepEqual(await ask('later', 7), { later: 7 })
  assert.equal(await ask('nothing'), undefined)
  const all = await Promise.all(Array.from({ length: 30 }, (_, i) => ask('later', i)))
  assert.deepEqual(
    all.map(({ later }) => later),
    Array.from({ length: 30 }, (_, i) => i),
    'each to its own question',
  )

  socket.on('sum', (a, b, ack) => ack(a + b))
  socket.on('two', (ack) => ack(1, 'x'))
  socket.on('none', (ack) => ack())
  assert.equal(await board.say('return await sio.call("sum", (2, 3))'), '5')
  assert.equal(await board.say('return await sio.call("two")'), "[1, 'x']")
  assert.equal(await board.say('return await sio.call("none")'), 'None')
  await board.say('await sio.emit("sum", (4, 5), callback=lambda n: print("sum", n))')
  await board.line('sum 9')
  if (!compiled) assert.equal(await board.say('return len(sio.acks)'), '0', 'nothing is left behind')
})

test('an ack that does not come, comes late, or is cut off', async (t) => {
  const { board, socket } = await start(t, '')
  const late = heard(socket, 'slow')
  assert.equal(await board.say('return await sio.call("slow", timeout=1)'), "! TimeoutError ('slow',)")
  ;(await late)[0]('too late')
  socket.on('quick', (ack) => ack('quick'))
  assert.equal(await board.say('return await sio.call("quick")'), "'quick'")
  if (!compiled) assert.equal(await board.say('return len(sio.acks)'), '0', 'nothing is left behind')
  socket.on('last', () => socket.conn.close())
  assert.equal(await board.say('return await sio.call("last")'), "! DisconnectedError ('last',)")
})

test('bytes both ways, at any depth, and events between them in order', async (t) => {
  const { board, socket } = await start(t)
  const ask = (...args) => socket.timeout(5000).emitWithAck(...args)
  const values = [
    Buffer.from([0, 1, 255]),
    Buffer.alloc(0),
    { a: [Buffer.from('x'), 1, { b: Buffer.from('y') }] },
    Buffer.alloc(1500, 7),
  ]
  for (const value of values) assert.deepEqual(await ask('same', value), value)
  socket.on('raw', (value, ack) => ack(value, Buffer.from('more')))
  assert.equal(
    await board.say('return await sio.call("raw", {"a": [b"1", bytearray(b"2")]})'),
    "[{'a': [bytearray(b'1'), bytearray(b'2')]}, bytearray(b'more')]",
  )
  const order = []
  socket.on('n', (n) => order.push(Buffer.isBuffer(n) ? n[0] : n))
  await board.say(`
await asyncio.gather(*(sio.emit("n", n if n % 2 else bytes([n])) for n in range(40)))
await sio.call("raw", b"")`)
  assert.deepEqual(
    order,
    Array.from({ length: 40 }, (_, i) => i),
  )
})

test('handlers by name, by decorator, for all others', async (t) => {
  const { board, socket } = await start(t)
  socket.emit('named', 1)
  await board.line('named 1')
  socket.emit('unheard-of', 1, 'two')
  await board.line("other unheard-of (1, 'two')")
  const message = heard(socket, 'message')
  await board.say('await sio.send("text")')
  assert.deepEqual(await message, ['text'])
  const none = heard(socket, 'none')
  await board.say('await sio.emit("none")')
  assert.deepEqual(await none, [])
})

test('several namespaces over one connection', async (t) => {
  const { io, url, next } = await serveSocketIO(t)
  const arrived = [next('/'), next('/b'), next('/c')]
  const board = new Console(t, client(both, '', ', namespaces=["/", "/b", "/c"], auth=lambda n: {"for": n}'), [url])
  const [root, b, c] = await Promise.all(arrived)
  assert.equal(io.engine.clientsCount, 1)
  assert.deepEqual(
    [root, b, c].map((s) => s.handshake.auth),
    [{ for: '/' }, { for: '/b' }, { for: '/c' }],
  )
  b.emit('both', 1)
  await board.line('b both 1')
  root.emit('both', 2)
  await board.line('both 2')
  const heardC = heard(c, 'up')
  await board.say('await sio.emit("up", 3, namespace="/c")')
  assert.deepEqual(await heardC, [3])
  b.on('ask', (value, ack) => ack(value))
  assert.equal(await board.say('return await sio.call("ask", b"b", namespace="/b")'), "bytearray(b'b')")
  assert.equal(await board.say('return sio.get_sid("/b")'), `'${b.id}'`)
  assert.equal(await board.say('return sio.get_sid()'), `'${root.id}'`)
})

test('a namespace that does not let it in says why', async (t) => {
  const { io, url } = await serveSocketIO(t)
  io.of('/closed').use((_, done) => done(Object.assign(new Error('not you'), { data: { until: 5 } })))
  const more = '@sio.on("connect_error", namespace="/closed")\ndef no(why):\n    print("no", sorted(why.items()))'
  const board = new Console(t, client(more), [url])
  await board.line("no [('data', {'until': 5}), ('message', 'not you')]")
  await board.line(/ConnectionError: not you/)
  const nowhere = new Console(t, client('', '', ', namespaces="/unknown"'), [url])
  await nowhere.line(/ConnectionError: Invalid namespace/)
  const nobody = new Console(t, client(), ['http://127.0.0.1:1'])
  await nobody.line(/ConnectionError: .*111/)
})

test('it goes when it is told to, and when the server says so', async (t) => {
  const more = ['connect', 'disconnect']
    .map((name) => `@sio.event\ndef ${name}():\n    print("${name}", sio.connected)`)
    .join('\n')
  const { board, socket } = await start(t, more, 'reconnection_delay=0')
  await board.line('connect True')
  const gone = heard(socket, 'disconnect')
  await board.say('await sio.disconnect()')
  assert.match((await gone)[0], /client namespace disconnect|transport close/)
  await board.line('disconnect False')
  await board.line('exit 0')

  const second = await start(t, more, 'reconnection_delay=0')
  const again = second.next()
  second.socket.disconnect()
  await second.board.line('disconnect False')
  await again // a server that is restarted says the same: a board comes back
})
