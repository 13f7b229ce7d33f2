// Lines to copy, with the address this page came from.

/** The port of a listen address such as `:1883`, `127.0.0.1:1883`, `[::]:1883`; empty when there is none. */
export function portOf(listen) {
  return /:(\d+)$/.exec(listen ?? '')?.[1] ?? ''
}

/** What a client puts after -p: nothing for the usual port. */
const portFlag = (port) => (port && port !== '1883' ? ` -p ${port}` : '')

/** `mosquitto_pub` to publish one value, or a sentence when MQTT listens nowhere. */
export function mosquitto(hostname, mqttListen) {
  const port = portOf(mqttListen)
  if (!port) return '# MQTT has no listener: set mqtt.listen in the config file'
  return `mosquitto_pub -h ${hostname.replace(/^\[|\]$/g, '')}${portFlag(port)} -t home/kitchen/temp -m 21.5`
}

/** `curl` to publish one value. origin is `http://host:port`, base ends in a slash. */
export function curl(base) {
  return `curl -d 21.5 ${base}api/v1/publish/home/kitchen/temp`
}

/** `curl` that turns the lamp red. */
export function curlAlert(base) {
  return `curl -d '{"level":"critical","text":"Water in the cellar"}' ${base}api/v1/publish/alert/lamp`
}

/** Ten lines for a browser. */
export function browser(base) {
  return `<script src="${base}socket.io/socket.io.js"></script>
<script>
  const bus = io("${base.replace(/^(https?:\/\/[^/]+).*/, '$1')}/mqtt")
  bus.on("connect", () => bus.emit("subscribe", "home/#"))
  bus.on("message", (topic, payload) => console.log(topic, payload))
  bus.emit("publish", "home/kitchen/light", "on", (ack) => {
    console.log(ack.ok ? "taken" : ack.error.message)
  })
</script>`
}
