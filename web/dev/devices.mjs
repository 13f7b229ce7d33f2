// The demo's devices and mappings, as far as the page can tell.
import { meta } from './bus.mjs'

/** Maps a topic to an event of a namespace, with the last value for those who come later. */
function map(io, bus, topic, namespace, event, transform = (v) => v, replay = true) {
  const ns = io.of(namespace)
  bus.rule(topic, (m) => ns.emit(event, transform(m.payload), meta(m, false)))
  if (!replay) return
  ns.on('connection', (socket) => {
    const m = bus.last(topic)
    if (m) socket.emit(event, transform(m.payload), meta(m, true))
  })
}

export function simulate(io, bus) {
  map(io, bus, 'home/kitchen/temp', '/home/kitchen', 'temp')
  const power = (p) => ({ watts: p.ENERGY.Power, today_kwh: p.ENERGY.Today, volts: p.ENERGY.Voltage })
  map(io, bus, 'tele/plug/SENSOR', '/tasmota/plug', 'power', power)
  map(io, bus, 'stat/plug/POWER', '/tasmota/plug', 'state')
  map(io, bus, 'alert/lamp/led', '/demo/lamp', 'led')
  map(io, bus, 'button/door', '/demo/button', 'press', undefined, false)
  thermometer(bus)
  plug(io, bus)
  lamp(io, bus)
  button(bus)
}

function thermometer(bus) {
  let t = 21
  setInterval(() => {
    t += (Math.random() - 0.5) * 0.3 + (21.5 - t) * 0.02
    bus.publish('home/kitchen/temp', t.toFixed(1))
  }, 2000)
}

function plug(io, bus) {
  let on = true
  let total = 0.412
  const report = () => {
    const watts = on ? 42 + Math.random() * 4 : 0
    total += watts / 3_600_000
    const energy = { Today: Number(total.toFixed(3)), Power: Number(watts.toFixed(1)), Voltage: 230 }
    bus.publish('tele/plug/SENSOR', JSON.stringify({ Time: new Date().toISOString().slice(0, 19), ENERGY: energy }))
  }
  io.of('/tasmota/plug').on('connection', (socket) =>
    socket.on('switch', (wanted, ack) => {
      on = wanted === true
      const state = on ? 'ON' : 'OFF'
      bus.publish('cmnd/plug/POWER', state)
      bus.publish('stat/plug/RESULT', JSON.stringify({ POWER: state }))
      bus.publish('stat/plug/POWER', state)
      ack?.({ ok: true, topic: 'stat/plug/RESULT', payload: { POWER: state } })
      report()
    }),
  )
  bus.publish('stat/plug/POWER', 'ON')
  report()
  setInterval(report, 5000)
}

function lamp(io, bus) {
  const led = (state) => bus.publish('alert/lamp/led', JSON.stringify(state), { retain: true })
  const colors = { critical: 'red', warning: 'amber' }
  bus.rule('alert/lamp', ({ payload, seq }) => led({ color: colors[payload.level] ?? 'green', ...payload, seq }))
  io.of('/demo/lamp').on('connection', (socket) =>
    socket.on('acknowledge', (by, ack) => {
      bus.publish('alert/lamp/acknowledged', JSON.stringify(by))
      led({ color: 'green', by: by.by })
      ack?.({ ok: true })
    }),
  )
  led({ color: 'green' })
}

function button(bus) {
  let n = 0
  setInterval(() => bus.publish('button/door', JSON.stringify({ count: ++n })), 17_000)
}
