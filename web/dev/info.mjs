// What GET /api/v1/info answers.
const rule = (name, topic, direction, namespace, event) => ({
  name,
  topic,
  direction,
  namespace,
  event,
  ok: true,
  in: 3,
  out: 1240,
})

export function info({ port, demo, uptime }) {
  const mappings = [
    rule('demo-rooms', 'home/{room}/{sensor}', 'both', '/home/{room}', '{sensor}'),
    rule('demo-plug-power', 'tele/{plug}/SENSOR', 'mqtt_to_socketio', '/tasmota/{plug}', 'power'),
    rule('demo-plug-state', 'stat/{plug}/POWER', 'mqtt_to_socketio', '/tasmota/{plug}', 'state'),
    rule('demo-plug-switch', 'cmnd/{plug}/POWER', 'socketio_to_mqtt', '/tasmota/{plug}', 'switch'),
    { name: 'demo-plug-watts', topic: 'tele/{plug}/SENSOR', to: 'home/{plug}/watts', direction: 'both', ok: true },
    rule('demo-alert', 'alert/lamp', 'mqtt_to_socketio', '/demo/lamp', 'alert'),
    rule('demo-button', 'button/{name}', 'both', '/demo/button', 'press'),
  ]
  if (process.env.PROBLEM) {
    Object.assign(mappings[1], { ok: false, error: 'transform: unknown name paylod (1:12)' })
  }
  return {
    name: 'cellar',
    version: '0.1.0',
    started: new Date(Date.now() - uptime * 1000).toISOString(),
    uptime_s: Math.floor(uptime),
    demo,
    listen: { http: `127.0.0.1:${port}`, mqtt: ':1883', mqtt_websocket: ':8083' },
    namespaces: ['/mqtt', '/devices', '/home/kitchen', '/tasmota/plug', '/demo/lamp', '/demo/button'],
    mappings,
    links: process.env.PROBLEM ? [{ name: 'house', state: 'down' }] : [],
    problems: process.env.PROBLEM ? ['The link house is down since 14:02: broker.lan refuses the password.'] : [],
  }
}
