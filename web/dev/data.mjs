// What the stand-in tells: one of everything, in the states that a page must be able to show.
const ago = (s) => new Date(Date.now() - s * 1000).toISOString()
const rule = (name, topic, namespace, event, more = {}) => ({ name, topic, namespace, event, ...more })
const mapping = (id, origin, r, stats = {}, more = {}) => ({
  id,
  origin,
  rule: r,
  enabled: true,
  order: 0,
  revision: 'r1',
  ok: true,
  problems: [],
  warnings: [],
  stats: { in: 1204, out: 1198, filtered: 6, dropped: 0, ...stats },
  ...more,
})

export const setup = {
  claimed: process.env.CLAIMED !== '0',
  name: 'cellar',
  time_zone: 'Europe/Berlin',
  version: '0.3.0',
  demo: true,
  listen: { http: '[::]:8090', mqtt: '[::]:1883', mqtt_websocket: '[::]:8083' },
  found_broker: '127.0.0.1:1883',
}

export const user = {
  id: 'u1',
  username: 'ann',
  role: 'admin',
  created_at: ago(864000),
  last_login_at: ago(60),
  revision: '1',
}

export const data = {
  users: [user, { id: 'u2', username: 'ben', role: 'viewer', created_at: ago(500000), revision: '1' }],
  sessions: [
    {
      id: 's1',
      user_id: 'u1',
      username: 'ann',
      created_at: ago(3600),
      last_seen_at: ago(2),
      expires_at: ago(-40000),
      address: '192.168.1.20',
      agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      current: true,
    },
    {
      id: 's2',
      user_id: 'u2',
      username: 'ben',
      created_at: ago(90000),
      last_seen_at: ago(4000),
      expires_at: ago(-20000),
      address: '192.168.1.31',
      agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari/604.1',
      current: false,
    },
  ],
  tokens: [
    {
      id: 'kitchen-panel',
      name: 'Kitchen panel',
      kind: 'client',
      role: 'client',
      read: ['home/#'],
      write: ['home/kitchen/#'],
      created_at: ago(800000),
      created_by: 'ann',
      last_used_at: ago(30),
      last_used_from: '192.168.1.31',
      revision: '1',
    },
    {
      id: 'grafana',
      name: 'Grafana',
      kind: 'api',
      role: 'viewer',
      created_at: ago(700000),
      created_by: 'ann',
      expires_at: ago(-500000),
      revision: '1',
    },
    {
      id: 'lamp-2',
      name: 'Lamp 2',
      kind: 'device',
      role: 'device',
      read: ['devices/{client.id}/#'],
      write: ['devices/{client.id}/#'],
      created_at: ago(600000),
      created_by: 'ann',
      revision: '1',
    },
  ],
  mappings: [
    mapping('demo-rooms', 'demo', rule('demo-rooms', 'home/{room}/{sensor}', '/home/{room}', '{sensor}')),
    mapping('demo-led', 'file', rule('demo-led', 'alert/lamp/led', '/demo/lamp', 'led', { qos: 1, retain: true })),
    mapping('kitchen-blinds', 'ui', rule('kitchen-blinds', 'blinds/{id}', '/blinds', 'move'), {
      last_error: { text: 'payload.position: no such key', at: ago(700) },
      paused: { reason: '50 errors in a minute', until: ago(-300) },
    }),
  ],
  links: [
    link('house', 'up', { in: 8123, out: 412 }),
    link('cloud', 'down', {
      queued: 1204,
      queued_bytes: 482_000,
      oldest_s: 184,
      reconnects: 7,
      error: 'dial tcp 10.0.0.7:8883: connect: connection refused',
    }),
  ],
  devices: [
    device('plug_7', true, [
      ['home/cellar/power', '{"watts":41.2}'],
      ['stat/plug/POWER', 'ON'],
    ]),
    { ...device('kitchen-panel', true, [['home/kitchen/light', 'on']]), kind: 'socketio', agent: 'Chromium 140' },
    {
      ...device('attic-sensor', false, [['home/attic/hum', '63']]),
      disconnected_at: ago(600),
      reason: 'keep alive timeout',
    },
  ],
  settings: {
    name: 'cellar',
    time_zone: 'Europe/Berlin',
    revision: '1',
    config: [
      { key: 'http.listen', value: ':8090', default: ':8090', source: 'default' },
      { key: 'http.tls_listen', value: '', default: '', source: 'default' },
      { key: 'mqtt.listen', value: ':1884', default: ':1883', source: 'file' },
      { key: 'auth.anonymous', value: 'loopback', default: 'loopback', source: 'default' },
      { key: 'log.level', value: 'debug', default: 'info', source: 'env' },
    ],
  },
  health: {
    state: 'bad',
    summary: 'The link cloud is down',
    checks: [
      {
        id: 'link.cloud',
        state: 'bad',
        title: 'Link cloud is down',
        cause: 'The broker at 10.0.0.7:8883 refuses connections. 1,204 messages wait, the oldest for 3 min.',
        remedy: 'Start the broker, or check its address. Nothing is lost while less than 100,000 messages wait.',
        since: ago(184),
        href: '/links/cloud',
      },
      {
        id: 'mapping.kitchen-blinds',
        state: 'warn',
        title: 'Mapping kitchen-blinds is paused',
        cause: '50 errors in a minute: payload.position: no such key.',
        remedy: 'Look at what the blinds send now, change the rule, and resume it.',
        href: '/mappings/kitchen-blinds',
      },
      { id: 'disk', state: 'ok', title: 'Disk', cause: '', remedy: '' },
    ],
  },
  licenses: [{ name: 'github.com/spf13/cobra', version: 'v1.10.1', license: 'Apache-2.0', text: 'Apache License …' }],
}

function link(name, state, more) {
  return {
    name,
    origin: name === 'house' ? 'file' : 'ui',
    state,
    since: ago(184),
    queued: 0,
    queued_bytes: 0,
    oldest_s: 0,
    reconnects: 0,
    in: 0,
    out: 0,
    dropped: 0,
    revision: '1',
    config: {
      name,
      url: name === 'house' ? 'mqtt://broker.lan:1883' : 'mqtts://10.0.0.7:8883',
      username: 'gateway',
      password_set: true,
      topics: [
        { filter: 'zigbee2mqtt/#', direction: 'in', qos: 1 },
        { filter: 'home/#', direction: 'out', qos: 1, remote_prefix: 'site7/' },
      ],
    },
    ...more,
  }
}

function device(id, online, topics) {
  return {
    id,
    kind: 'mqtt',
    client_id: id,
    principal: { kind: 'token', id },
    token: id,
    address: '192.168.1.40:51234',
    online,
    connected_at: ago(7200),
    subscriptions: 3,
    queued: 0,
    topics: topics.map(([topic, payload]) => ({ topic, payload, encoding: 'utf8', at: ago(12) })),
  }
}
