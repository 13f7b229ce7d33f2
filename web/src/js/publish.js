// The form that publishes over /mqtt and says what became of it.
import { errorSentence } from './format.js'
import { $, setText } from './dom.js'

const ackTimeout = 10_000

export function setUpPublish(socket) {
  $('publish-form').addEventListener('submit', (event) => {
    event.preventDefault()
    send(socket, new FormData(event.target))
  })
  $('pub-payload').addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) $('publish-form').requestSubmit()
  })
}

function send(socket, form) {
  const qos = Number(form.get('qos'))
  const options = { qos, retain: $('pub-retain').checked }
  if (!socket.connected) return say(false, 'Not sent: there is no connection to the gateway.')
  const started = performance.now()
  say(null, 'Sending …')
  socket.timeout(ackTimeout).emit('publish', $('pub-topic').value, $('pub-payload').value, options, (lost, ack) => {
    if (lost) return say(false, 'No answer from the gateway in 10 s. It may or may not have taken the message.')
    if (!ack?.ok) return say(false, errorSentence(ack?.error))
    const took = `${Math.max(1, Math.round(performance.now() - started))} ms`
    say(
      true,
      qos === 0 ? `Taken by the bus, in ${took}.` : `Taken, and queued for every persistent receiver, in ${took}.`,
    )
  })
}

function say(ok, text) {
  const result = $('pub-result')
  if (ok === null) delete result.dataset.ok
  else result.dataset.ok = String(ok)
  setText(result, text)
}
