// The first screen: verdict, problems, the flow picture; and the table of mappings, from the same answer.
import { age, count, perSecond } from './format.js'
import { $, calm, h, setText } from './dom.js'
import { linePath } from './sparkline.js'
import { portOf } from './snippets.js'
import { problemsOf, stateWord, verdict } from './words.js'

/** Draws what changes with time: state, verdict, rate, uptime. */
export function drawNow({ link, info, infoAt, last, rate, now }) {
  const { tone, word } = stateWord(link.state)
  $('state').dataset.state = tone
  setText($('state'), word)
  const said = verdict({ link, info, last, now })
  setText($('verdict'), said.title)
  setText($('advice'), said.advice)
  $('advice').hidden = said.advice === ''
  $('token').hidden = link.state !== 'refused'
  setText($('flow-rate'), perSecond(rate.perSecond(now)))
  $('spark-rate').firstElementChild.setAttribute('d', linePath(rate.history(now), 96, 15, 4))
  if (info) setText($('about'), about(info, now - infoAt))
}

function about(info, sinceAnswer) {
  const version = /^\d/.test(info.version ?? '') ? `v${info.version}` : info.version
  return [version, `up ${age((info.uptime_s ?? 0) * 1000 + sinceAnswer)}`].filter(Boolean).join(' · ')
}

/** Draws what GET /api/v1/info said. */
export function drawInfo(info) {
  setText($('name'), info.name ?? '')
  document.title = info.name && info.name !== 'gateway' ? `${info.name} · Gateway` : 'Gateway'
  drawProblems(problemsOf(info))
  drawFlow(info)
  drawRules(info.mappings ?? [])
}

function drawProblems(problems) {
  $('problems').hidden = problems.length === 0
  $('problems').replaceChildren(...problems.map((p) => h('li', {}, p)))
}

function drawFlow({ listen = {}, mappings = [], namespaces = [], links = [] }) {
  const port = portOf(listen.mqtt)
  setText($('flow-mqtt'), port ? `${location.hostname}:${port}` : 'in process only')
  const wsPort = portOf(listen.mqtt_websocket)
  const ways = wsPort ? [`websocket ws://${location.hostname}:${wsPort}/mqtt`] : []
  setText($('flow-mqtt-more'), [...ways, ...links.map((l) => `link ${l.name}: ${l.state}`)].join(' · '))
  const bad = mappings.filter((m) => m.ok === false).length
  setText($('flow-rules'), `${mappings.length - bad} on · ${count(bad, 'error')}`)
  setText($('flow-sio'), location.host)
  setText($('flow-sio-more'), `${count(namespaces.length, 'namespace')} · client at /socket.io/socket.io.js`)
}

function drawRules(mappings) {
  setText($('mappings-count'), count(mappings.length, 'mapping'))
  const none = h('li', {}, h('span', { class: 'empty' }, 'None yet. Add a [[mapping]] to the config file.'))
  $('rules').replaceChildren(...(mappings.length ? mappings.map(rule) : [none]))
}

const arrows = {
  mqtt_to_socketio: ['→', 'to'],
  socketio_to_mqtt: ['←', 'from'],
  both: ['↔', 'both ways with'],
}

function rule(m) {
  const [sign, words] = m.to ? ['→', 'to'] : (arrows[m.direction] ?? arrows.both)
  const target = m.to
    ? h('span', { class: 'side mqtt mono' }, m.to)
    : h('span', { class: 'side sio mono' }, `${m.namespace} `, h('b', {}, m.event))
  return h(
    'li',
    {},
    h('span', {}, m.name),
    h('span', { class: 'side mqtt mono' }, m.topic),
    h('span', { class: 'arrow', role: 'img', 'aria-label': words }, sign),
    target,
    status(m),
  )
}

/** Whether a rule works, what went through it, and what went wrong last. */
function status(m) {
  if (m.ok === false) return h('span', { class: 'status not-ok' }, `✕ ${m.error ?? 'off'}`)
  const counts = [
    ['out', m.out],
    ['in', m.in],
  ].filter(([, n]) => n)
  const word = h('span', { class: 'ok' }, '✓ on')
  const counted = h(
    'span',
    { class: 'counts num' },
    counts.map(([way, n]) => `${n.toLocaleString('en')} ${way}`).join(' · '),
  )
  const trouble = m.error && h('span', { class: 'trouble' }, `▲ last error: ${m.error}`)
  return h('span', { class: 'status' }, word, ' ', counted, trouble || null)
}

let lastDot = 0

/** Sends a dot along both wires: a message passes. At most four a second, none for those who want no motion. */
export function pulse(now) {
  if (now - lastDot < 250 || calm() || document.hidden) return
  lastDot = now
  for (const [id, delay] of [
    ['wire-in', 0],
    ['wire-out', 250],
  ]) {
    const wire = $(id)
    const dot = h('span', { class: 'dot' })
    wire.append(dot)
    const frames = [
      { transform: 'none', opacity: 0 },
      { opacity: 1, offset: 0.2 },
      { opacity: 1, offset: 0.8 },
      { transform: `translateX(${wire.clientWidth - 7}px)`, opacity: 0 },
    ]
    const end = () => dot.remove()
    dot.animate(frames, { duration: 500, delay, fill: 'backwards', easing: 'ease-in-out' }).finished.then(end, end)
  }
}
