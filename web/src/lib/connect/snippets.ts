// The lines that connect something to this gateway, with its real addresses, ready to be copied.
import type { Setup } from '$lib/api'

export interface Access {
  username: string
  password: string
  /** "<id>.<secret>", for HTTP and socket.io. */
  token: string
}

export interface Where {
  /** The host as this page reached it. */
  host: string
  /** The page's own address, with a slash at its end. */
  base: string
}

export const here = (): Where => ({ host: location.hostname, base: new URL('.', document.baseURI).href })

/** The host and port of something that listens, as somebody beside the reader would dial it; undefined when it is off. */
export function dial(listen: string | undefined, host: string): { host: string; port: string } | undefined {
  const found = /^(.*):(\d+)$/.exec(listen ?? '')
  if (!found) return undefined
  const bound = found[1].replace(/^\[|\]$/g, '')
  const everywhere = bound === '' || bound === '::' || bound === '0.0.0.0'
  return { host: everywhere ? host : bound, port: found[2] }
}

/** mosquitto_pub or mosquitto_sub; undefined when MQTT is not listened for. */
export function mosquitto(
  program: 'pub' | 'sub',
  setup: Setup,
  where: Where,
  topic: string,
  payload = '',
  access?: Access,
) {
  const to = dial(setup.listen.mqtt, where.host)
  if (!to) return undefined
  const port = to.port === '1883' ? '' : ` -p ${to.port}`
  const login = access ? ` -u ${quote(access.username)} -P ${quote(access.password)}` : ''
  const rest = program === 'pub' ? ` -m ${quote(payload)}` : ' -v'
  return `mosquitto_${program} -h ${to.host}${port}${login} -t ${quote(topic)}${rest}`
}

export function curl(where: Where, topic: string, payload: string, access?: Access): string {
  const login = access ? ` -H 'Authorization: Bearer ${access.token}'` : ''
  return `curl${login} -d ${quote(payload)} ${quote(`${where.base}api/v1/publish/${topic}`)}`
}

/** A page in a browser: what arrives on a namespace is printed. */
export function browser(where: Where, namespace: string, access?: Access): string {
  const { origin } = new URL(where.base)
  const path = `${new URL(where.base).pathname}socket.io/`
  const options = [
    path === '/socket.io/' ? '' : `path: '${path}'`,
    access ? `auth: { token: '${access.token}' }` : '',
  ].filter(Boolean)
  const second = options.length ? `, { ${options.join(', ')} }` : ''
  return [
    `<script src="${where.base}socket.io/socket.io.js"></script>`,
    '<script>',
    `  const socket = io('${origin}${namespace}'${second})`,
    '  socket.onAny((event, value) => console.log(event, value))',
    "  socket.on('connect_error', (e) => console.error(e.message))",
    '</script>',
  ].join('\n')
}

/** For a shell: bare where it can be, else in single quotes. */
export function quote(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
