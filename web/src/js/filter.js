// What the filter box accepts: an MQTT topic filter (home/+/temp, tele/#) or any text.

/** Reports whether an MQTT filter matches a topic. `#` and `+` in front leave out topics that start with `$`. */
export function matchTopic(filter, topic) {
  const want = filter.split('/')
  const have = topic.split('/')
  if (topic.startsWith('$') && (want[0] === '#' || want[0] === '+')) return false
  for (let i = 0; i < want.length; i++) {
    if (want[i] === '#') return true
    if (i >= have.length) return false
    if (want[i] !== '+' && want[i] !== have[i]) return false
  }
  return want.length === have.length
}

/** Reports whether text is an MQTT filter with a wildcard: `+` and `#` fill whole levels, `#` comes last. */
export function isTopicFilter(text) {
  const levels = text.split('/')
  const wild = levels.some((l) => l === '+' || l === '#')
  return wild && levels.every((l, i) => !/[+#]/.test(l) || l === '+' || (l === '#' && i === levels.length - 1))
}

/** Turns what stands in the filter box into a predicate over (topic, payloadText). Empty text lets all pass. */
export function compileFilter(text) {
  const wanted = text.trim()
  if (wanted === '') return () => true
  if (isTopicFilter(wanted)) return (topic) => matchTopic(wanted, topic)
  const lower = wanted.toLowerCase()
  return (topic, payloadText) => topic.toLowerCase().includes(lower) || payloadText.toLowerCase().includes(lower)
}
