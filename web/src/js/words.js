// What the page says about the whole: is it working, and if not, why?
import { age, ago, count } from './format.js'

const stateWords = {
  connecting: ['wait', 'connecting'],
  connected: ['good', 'connected'],
  reconnecting: ['bad', 'reconnecting'],
  refused: ['bad', 'not let in'],
}

/** The connection in a word: {tone: good|wait|bad, word}. */
export function stateWord(state) {
  const [tone, word] = stateWords[state]
  return { tone, word }
}

/** Everything that is wrong, as sentences: the gateway's own problems, then mappings that do not work. */
export function problemsOf(info) {
  const own = (info?.problems ?? []).map((p) => (typeof p === 'string' ? p : (p.message ?? JSON.stringify(p))))
  const rules = (info?.mappings ?? []).filter((m) => m.ok === false)
  return [...own, ...rules.map((m) => `Mapping ${m.name} does not work: ${m.error ?? 'no reason given'}`)]
}

/** The headline and the line under it: {title, advice}. link as from watch(), last {topic, at} or nothing. */
export function verdict({ link, info, last, now }) {
  if (link.state === 'refused') {
    return {
      title: 'The gateway is there, but does not let this browser in.',
      advice: `${sentence(link.error?.data?.message ?? link.error?.message ?? 'no reason given')} Open this page on the machine the gateway runs on, or give a token.`,
    }
  }
  if (link.state === 'reconnecting' || (link.state === 'connecting' && link.error)) {
    return {
      title: 'The gateway does not answer.',
      advice: `Trying again for ${age(now - link.since)}. What stands below is what it said last. Is it running, and is this machine on its network?`,
    }
  }
  if (link.state === 'connecting') return { title: 'Looking for the gateway …', advice: '' }
  const wrong = problemsOf(info).length
  return { title: wrong ? `Working, with ${count(wrong, 'problem')}.` : 'All well.', advice: lastWords(last, now) }
}

function lastWords(last, now) {
  if (!last) return 'Nothing has arrived yet. A line to copy stands below.'
  return `The last message came ${ago(now - last.at)}, on ${last.topic}.`
}

function sentence(text) {
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}
