// The simulated devices, each over its own mapped namespace: this file is an example client.
import { age, ago, clock, errorSentence } from './format.js'
import { $, calm, fadeIn, setText, svg } from './dom.js'
import { areaPath, linePath } from './sparkline.js'
import { open } from './connection.js'

const keep = 90
const rpcTimeout = 8000

/** Opens the namespaces and shows the panel. Returns draw(now), to be called every second. */
export function startDemo() {
  $('demo').hidden = false
  const drawers = [lamp(open('/demo/lamp')), thermometer(open('/home/kitchen')), plug(open('/tasmota/plug'))]
  drawers.push(button(open('/demo/button')))
  return (now) => drawers.forEach((draw) => draw(now))
}

/** When a mapped event was published: the second argument, if it is the meta object, knows how old a replay is. */
const publishedAt = (meta) => Date.now() - (meta?.age_ms ?? 0)

class Curve {
  constructor(element, least) {
    this.values = []
    this.least = least
    this.area = element.querySelector('.area')
    this.line = element.querySelector('.line')
  }

  push(value) {
    this.values.push(value)
    if (this.values.length > keep) this.values.shift()
    this.line.setAttribute('d', linePath(this.values, 240, 40, this.least))
    this.area.setAttribute('d', areaPath(this.values, 240, 40, this.least))
  }
}

const quiet = { green: 'Quiet', off: 'Dark', amber: 'Warning', red: 'Alert' }

function lamp(socket) {
  let now = { color: 'off' }
  let since = 0
  let trouble = { text: '', until: 0 }
  drawPins()
  const draw = (t) => {
    if (t < trouble.until) setText($('lamp-more'), trouble.text)
    else if (since) setText($('lamp-more'), lampWords(now, since))
  }
  const acknowledge = () => {
    if (!now.seq) return
    socket.timeout(rpcTimeout).emit('acknowledge', { by: 'page', seq: now.seq }, (lost, ack) => {
      if (!lost && ack?.ok) return
      trouble = { text: errorSentence(lost ? { code: 'timeout' } : ack?.error), until: Date.now() + 5000 }
      draw(Date.now())
    })
  }
  $('lamp-ack').addEventListener('click', acknowledge)
  $('push').addEventListener('click', acknowledge)
  socket.on('led', (led, meta) => {
    if (!led?.color) return // deleted, or not from the lamp
    now = led
    since = publishedAt(meta)
    $('lamp').dataset.led = led.color
    setText($('lamp-words'), led.text && led.seq ? led.text : (quiet[led.color] ?? led.color))
    $('lamp-ack').disabled = !led.seq
    draw(Date.now())
  })
  return draw
}

function drawPins() {
  const pin = (x, y) => svg('circle', { cx: x, cy: y, r: 2.6 })
  for (const y of [8, 104]) $('pins').append(...Array.from({ length: 15 }, (_, i) => pin(14 + i * 14, y)))
}

function lampWords(led, since) {
  const at = clock(new Date(since))
  if (led.seq) return `LED ${led.color} since ${at}. Push the button on the board, or here.`
  return led.by
    ? `LED ${led.color}. Acknowledged at ${at}, by the ${led.by}.`
    : `LED ${led.color} since ${at}. No alert.`
}

function thermometer(socket) {
  const curve = new Curve($('temp-spark'), 0.5)
  let at = 0
  socket.on('temp', (celsius, meta) => {
    if (typeof celsius !== 'number') return
    at = publishedAt(meta)
    setText($('temp'), celsius.toFixed(1))
    fadeIn($('temp'))
    curve.push(celsius)
    const [low, high] = [Math.min(...curve.values), Math.max(...curve.values)]
    setText($('temp-range'), `In the kitchen · ${low.toFixed(1)} to ${high.toFixed(1)} °C`)
  })
  return (now) => at && setText($('thermometer').querySelector('[data-age]'), ago(now - at))
}

function plug(socket) {
  const curve = new Curve($('watts-spark'), 10)
  let at = 0
  let on = false
  const toggle = $('plug-switch')
  const show = (state) => {
    on = state === 'ON'
    toggle.setAttribute('aria-checked', String(on))
    toggle.disabled = false
    setText($('plug-word'), on ? 'on' : 'off')
  }
  socket.on('state', show)
  socket.on('power', (power, meta) => {
    if (typeof power?.watts !== 'number' || typeof power.today_kwh !== 'number') return
    at = publishedAt(meta)
    setText($('watts'), power.watts.toFixed(1))
    fadeIn($('watts'))
    curve.push(power.watts)
    if (!toggle.dataset.said) setText($('plug-more'), `${power.today_kwh.toFixed(3)} kWh today · ${power.volts} V`)
  })
  toggle.addEventListener('click', () => ask(socket, toggle, !on))
  return (now) => at && setText($('plug').querySelector('[data-age]'), ago(now - at))
}

/** Asks the plug to switch; the ack is the plug's own answer, through the mapping's rpc. */
function ask(socket, toggle, wanted) {
  const started = performance.now()
  toggle.setAttribute('aria-busy', 'true')
  socket.timeout(rpcTimeout).emit('switch', wanted, (lost, ack) => {
    toggle.removeAttribute('aria-busy')
    const took = Math.max(1, Math.round(performance.now() - started))
    const words = ack?.ok ? `The plug answered in ${took} ms` : errorSentence(lost ? { code: 'timeout' } : ack?.error)
    toggle.dataset.said = 'yes'
    setText($('plug-more'), words)
    setTimeout(() => delete toggle.dataset.said, 4000)
  })
}

function button(socket) {
  let at = 0
  let presses = 0
  socket.on('press', (press, meta) => {
    at = publishedAt(meta)
    presses++
    if (!calm()) $('press').animate([{ transform: 'scale(.86)' }, { transform: 'none' }], { duration: 300 })
    setText($('press-more'), `${presses === 1 ? 'Once' : `${presses} times`} since you opened this page`)
  })
  return (now) => at && setText($('press-words'), now - at < 2000 ? 'Pressed' : `Pressed ${age(now - at)} ago`)
}
