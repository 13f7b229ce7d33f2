// aio: pins that a test presses, and interrupts off.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Console } from './peers/console.mjs'

const sketch = `
import asyncio, machine
from aio import Pin, irq_off

button = Pin(4, Pin.IN, Pin.PULL_UP)

async def press(*levels, pause=0):
    """Change the level, at once or with milliseconds between."""
    for level in levels:
        button.pin.press(level)
        if pause:
            await asyncio.sleep_ms(pause)

async def collect(edges, n, levels=(), pause=0):
    """Return n levels, or fewer if no more come."""
    got = []
    async def read():
        async for level in edges:
            got.append(level)
            if len(got) == n:
                return
    presses = asyncio.create_task(press(*levels, pause=pause))
    try:
        await asyncio.wait_for(read(), 2)
    except asyncio.TimeoutError:
        pass
    edges.stop()
    await presses
    return got

async def first(edge, debounce, levels, pause=0):
    waiter = asyncio.create_task(button.trigger(edge, debounce))
    await asyncio.sleep_ms(0)
    await press(*levels, pause=pause)
    try:
        return await asyncio.wait_for(waiter, 1)
    except asyncio.TimeoutError:
        return "none"

async def stay():
    print("ready")
    await asyncio.sleep(60)
asyncio.run(stay())
`

const start = async (t) => {
  const board = new Console(t, sketch)
  await board.line('ready')
  return board
}

test('a pin is awaited for an edge', async (t) => {
  const board = await start(t)
  assert.equal(await board.say('return await first(Pin.FALLING, 0, (0,))'), '0')
  assert.equal(await board.say('return await first(Pin.RISING, 0, (1,))'), '1')
  assert.equal(await board.say('return await first(Pin.RISING, 0, (0,))'), "'none'", 'the other edge is none')
  assert.equal(await board.say('return await first(Pin.BOTH, 0, (1,))'), '1')
  assert.equal(await board.say('return await first(Pin.FALLING, 0, ())'), "'none'")
  assert.equal(await board.say('button.pin._handler'), 'None', 'nobody watches a pin that nobody awaits')
})

test('a press while nobody waited is not taken for the next one', async (t) => {
  const board = await start(t)
  assert.equal(await board.say('await press(0, 1)\nreturn await first(Pin.FALLING, 0, ())'), "'none'")
  assert.equal(await board.say('await press(0, 1)\nreturn await first(Pin.FALLING, 10, ())'), "'none'")
})

test('bounces are no edges, what holds is one', async (t) => {
  const board = await start(t)
  const bounce = '(0, 1, 0, 1, 0)'
  assert.equal(await board.say(`return await first(Pin.FALLING, 50, ${bounce})`), '0')
  assert.equal(await board.say('return await first(Pin.FALLING, 50, (1,))'), "'none'")
  assert.equal(await board.say('return await first(Pin.BOTH, 50, (0, 1))'), "'none'", 'a spike')
  assert.equal(await board.say(`return await collect(button.edges(debounce=50), 1, ${bounce})`), '[0]')
  assert.equal(await board.say('return await collect(button.edges(debounce=50), 1, (1, 0, 1))'), '[1]')
})

test('edges are iterated', async (t) => {
  const board = await start(t)
  const slow = 'pause=200'
  const falling = 'Pin.FALLING, debounce=20'
  assert.equal(await board.say(`return await collect(button.edges(), 4, (0, 1, 0, 1), ${slow})`), '[0, 1, 0, 1]')
  assert.equal(
    await board.say(`return await collect(button.edges(debounce=20), 4, (0, 1, 0, 1), ${slow})`),
    '[0, 1, 0, 1]',
  )
  assert.equal(await board.say(`return await collect(button.edges(Pin.FALLING), 2, (0, 1, 0, 1), ${slow})`), '[0, 0]')
  assert.equal(
    await board.say(`return await collect(button.edges(${falling}), 3, (0, 1, 0, 1, 0, 1), ${slow})`),
    '[0, 0, 0]',
  )
  assert.equal(
    await board.say(`return await collect(button.edges(Pin.RISING, 20), 2, (0, 1, 0, 1), ${slow})`),
    '[1, 1]',
  )
  assert.equal(await board.say('edges = button.edges()\nedges.stop()\nreturn await collect(edges, 1, (0, 1))'), '[]')
})

test('a pin that is an output switches', async (t) => {
  const board = await start(t)
  await board.say('global led\nled = Pin(5, Pin.OUT, value=0)\nreturn 1')
  assert.equal(await board.say('led.on()\nreturn led.value(), led.pin.value()'), '(1, 1)')
  assert.equal(await board.say('led.off()\nreturn led.value()'), '0')
  assert.equal(await board.say('led.value(1)\nreturn led.pin.value()'), '1')
})

test('interrupts are off in a block and in a function, and on again after an exception', async (t) => {
  const board = await start(t)
  const log = (python) => board.say(`machine.interrupts.clear()\n${python}\nreturn machine.interrupts`)
  assert.equal(await log('with irq_off():\n    machine.interrupts.append("in")'), "['off', 'in', 'on 1']")
  assert.equal(
    await log(
      '@irq_off\ndef f(a, b=0):\n    machine.interrupts.append(a + b)\n    return 5\nmachine.interrupts.append(f(1, b=2))',
    ),
    "['off', 3, 'on 1', 5]",
  )
  assert.equal(
    await log(
      'try:\n    with irq_off():\n        raise ValueError()\nexcept ValueError:\n    machine.interrupts.append("raised")',
    ),
    "['off', 'on 1', 'raised']",
  )
  assert.equal(
    await log(
      '@irq_off\ndef f():\n    raise ValueError()\ntry:\n    f()\nexcept ValueError:\n    machine.interrupts.append("raised")',
    ),
    "['off', 'on 1', 'raised']",
  )
  assert.equal(
    await log('with irq_off():\n    with irq_off():\n        pass'),
    "['off', 'off', 'on 2', 'on 1']",
    'each gives back what it found',
  )
})
