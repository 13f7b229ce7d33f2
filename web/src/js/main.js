// Puts the page together.
import { authHeaders, open, useToken, watch } from './connection.js'
import { compileFilter } from './filter.js'
import { copyBlock } from './copy.js'
import { $ } from './dom.js'
import { oneLine } from './format.js'
import { setUpKeys, setUpNavigation, setUpTheme } from './frame.js'
import { LiveView } from './live.js'
import { MessageLog, Rate, TopicTable } from './log.js'
import { drawInfo, drawNow, pulse } from './overview.js'
import { setUpPublish } from './publish.js'
import * as snippets from './snippets.js'
import { startDemo } from './demo.js'
import { TopicView } from './topics.js'

const base = new URL('.', document.baseURI).href
const rate = new Rate(Date.now())
const topics = new TopicTable()
const live = new LiveView(new MessageLog(), {
  list: $('log'),
  held: $('held'),
  pause: $('pause'),
  empty: $('log-empty'),
  emptyLine: $('log-empty-line'),
})
const topicView = new TopicView(topics, $('topic-list'), $('topics-count'), (topic) =>
  setFilter($('filter').value === topic ? '' : topic),
)

let info = null
let infoAt = 0
let last = null
let drawDemo = null

function setFilter(text) {
  $('filter').value = text
  const passes = compileFilter(text)
  live.filtered = text.trim() !== ''
  live.setFilter(passes)
  topicView.setFilter(passes)
  const url = new URL(location)
  if (live.filtered) url.searchParams.set('filter', text)
  else url.searchParams.delete('filter')
  history.replaceState(null, '', url)
}

/** Takes a message from the bus. After a reconnect last values come again; those already known are passed over. */
function receive(topic, payload, meta = {}) {
  const at = meta.replayed ? Date.now() - (meta.age_ms ?? 0) : Date.now()
  const message = { topic, payload, text: oneLine(payload), meta, at }
  if (!topics.set(message) && meta.replayed) return
  if (payload === null && meta.retained) topics.delete(topic)
  live.add(message)
  if (!last || at >= last.at) last = message
  if (meta.replayed) return
  rate.count(at)
  pulse(at)
}

async function loadInfo() {
  try {
    const answer = await fetch('api/v1/info', { headers: authHeaders() })
    if (!answer.ok) return
    info = await answer.json()
  } catch {
    return // the socket says that the gateway is away
  }
  infoAt = Date.now()
  drawInfo(info)
  fillSnippets()
  if (info.demo && !drawDemo) drawDemo = startDemo()
}

let filledFor = null

function fillSnippets() {
  if (filledFor === info.listen?.mqtt) return
  filledFor = info.listen?.mqtt
  const lines = {
    mosquitto: snippets.mosquitto(location.hostname, info.listen?.mqtt),
    curl: snippets.curl(base),
    alert: snippets.curlAlert(base),
    browser: snippets.browser(base),
  }
  for (const place of document.querySelectorAll('[data-snippet]')) {
    place.querySelector('.copy')?.remove()
    place.append(copyBlock(lines[place.dataset.snippet]))
  }
}

const bus = open('/mqtt')
const link = watch(bus, () => tick())
bus.on('connect', () => {
  bus.emit('subscribe', '#', () => {})
  loadInfo()
})
bus.on('message', receive)

function tick() {
  const now = Date.now()
  drawNow({ link: link(), info, infoAt, last, rate, now })
  drawDemo?.(now)
}

setUpTheme()
setUpNavigation()
setUpPublish(bus)
setUpKeys({ pause: () => live.togglePause(), clearFilter: () => setFilter('') })
$('filter').addEventListener('input', () => setFilter($('filter').value))
$('token').addEventListener('submit', (event) => {
  event.preventDefault()
  useToken($('token-value').value)
  loadInfo()
})
setFilter(new URL(location).searchParams.get('filter') ?? '')
loadInfo()
setInterval(() => document.hidden || loadInfo(), 10_000)
setInterval(tick, 1000)
setInterval(() => topicView.draw(), 250)
