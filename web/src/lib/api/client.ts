// One way to the REST API: JSON in and out, revisions as If-Match, problem documents as errors.
import { Problem, problemOf } from './problem'

export interface Options {
  /** Sent as JSON, unless it is a Blob or a string, which is sent as it is. */
  body?: unknown
  /** The revision that the change was made on: sent as If-Match. */
  revision?: string
  query?: Record<string, string | number | boolean | undefined>
  signal?: AbortSignal
}

type Listener = (problem: Problem) => void

/** Where the API is, below whatever path the page came from. */
export function urlOf(path: string, query: Options['query'] = {}, base = document.baseURI): string {
  const url = new URL(`api/v1${path}`, base)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value))
  }
  return url.href
}

export class Client {
  #unauthorized: Listener[] = []

  /** Calls back when the gateway no longer knows who asks. */
  onUnauthorized(listener: Listener): void {
    this.#unauthorized.push(listener)
  }

  get = <T>(path: string, options: Options = {}) => this.json<T>('GET', path, options)
  post = <T>(path: string, body?: unknown, options: Options = {}) => this.json<T>('POST', path, { ...options, body })
  put = <T>(path: string, body: unknown, options: Options = {}) => this.json<T>('PUT', path, { ...options, body })
  patch = <T>(path: string, body: unknown, options: Options = {}) => this.json<T>('PATCH', path, { ...options, body })
  delete = <T>(path: string, options: Options = {}) => this.json<T>('DELETE', path, options)

  async json<T>(method: string, path: string, options: Options): Promise<T> {
    const answer = await this.send(method, path, options)
    if (answer.status === 204) return undefined as T
    const text = await answer.text()
    return (text ? JSON.parse(text) : undefined) as T
  }

  /** Sends a request; a refusal is thrown as a Problem. */
  async send(method: string, path: string, options: Options = {}): Promise<Response> {
    const answer = await this.#fetch(urlOf(path, options.query), {
      method,
      headers: headers(options),
      body: encode(options.body),
      signal: options.signal,
      credentials: 'same-origin',
      cache: 'no-store',
    })
    if (answer.ok) return answer
    const problem = await problemOf(answer)
    if (answer.status === 401) this.#unauthorized.forEach((tell) => tell(problem))
    throw problem
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init)
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error
      throw new Problem(
        0,
        'unavailable',
        'The gateway does not answer. Is it running, and is this device on its network?',
      )
    }
  }
}

function headers({ body, revision }: Options): Headers {
  const out = new Headers({ Accept: 'application/json' })
  if (body instanceof Blob) out.set('Content-Type', 'application/octet-stream')
  else if (body !== undefined && typeof body !== 'string') out.set('Content-Type', 'application/json')
  if (revision !== undefined) out.set('If-Match', `"${revision}"`)
  return out
}

function encode(body: unknown): BodyInit | undefined {
  if (body === undefined || typeof body === 'string' || body instanceof Blob) return body
  return JSON.stringify(body)
}

export const api = new Client()
