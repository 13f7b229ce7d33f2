// The gateway's configuration during a soak.

/** What stays: the state is written often, and there is a link to another broker. */
export const base = (broker) => `
[state]
flush_interval = "1s"

[[link]]
name = "other"
url = "${broker.url}"
client_id = "soaked"
topics = [
  { filter = "soak/#", direction = "out", qos = 1 },
  { filter = "remote/#", direction = "in", qos = 1 },
]

[[mapping]]
name = "soak"
topic = "soak/{from}/{name}"
namespace = "/soak"
event = "{from}/{name}"
qos = 1

[[mapping]]
name = "calls"
topic = "ask/{device}"
namespace = "/calls"
event = "{device}"
direction = "socketio_to_mqtt"
[mapping.rpc]
reply = "answer/{device}"
timeout = "10s"

[[mapping]]
name = "rooms"
topic = "rooms/{room}/{name}"
namespace = "/rooms"
event = "{name}"
room = "{room}"
direction = "mqtt_to_socketio"
`

/** What differs from reload to reload: zero to three more rules, on the same topics in namespaces of their own. */
export const rules = (reload) =>
  [...Array(reload % 4).keys()]
    .map(
      (i) => `
[[mapping]]
name = "extra ${i}"
topic = "soak/{from}/{name}"
namespace = "/extra${(reload + i) % 7}"
event = "{name}"
direction = "mqtt_to_socketio"
${reload % 2 ? 'rate = "1/s"' : 'dedupe = "5s"'}
`,
    )
    .join('')
