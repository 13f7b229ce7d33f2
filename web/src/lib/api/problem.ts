import type { Code } from './types'

export interface FieldError {
  field: string
  message: string
  remedy?: string
}

/** Something that was asked for and did not happen: what the gateway said of it, or that it said nothing. */
export class Problem extends Error {
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  readonly code: Code
  readonly errors: FieldError[]
  /** Seconds to wait before asking again, where the gateway said so. */
  readonly retryAfter?: number

  constructor(status: number, code: Code, detail: string, errors: FieldError[] = [], retryAfter?: number) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.errors = errors
    this.retryAfter = retryAfter
  }

  /** Somebody else changed the thing meanwhile. */
  get stale(): boolean {
    return this.status === 412
  }

  /** What is wrong with a field, if something is. A field of a part is found by its own name too: "url" is "config.url". */
  field(name: string): string | undefined {
    const found = this.errors.find((e) => {
      const whole = e.field.replace(/\[\d+\]$/, '') // "read[0]" is about the field "read"
      return e.field === name || whole === name || e.field.endsWith(`.${name}`)
    })
    return found && [found.message, found.remedy].filter(Boolean).join('; ')
  }
}

/** Reads a problem document (RFC 9457), or makes one of whatever came instead. */
export async function problemOf(answer: Response): Promise<Problem> {
  const body = await answer.json().catch(() => ({}))
  const detail = typeof body.detail === 'string' && body.detail ? body.detail : (body.title ?? fallback(answer.status))
  const errors = Array.isArray(body.errors) ? body.errors.map(fieldError) : []
  const wait = Number(answer.headers.get('Retry-After')) || undefined
  return new Problem(answer.status, body.code ?? 'unavailable', sentence(detail), errors, wait)
}

/** Some generators of problem documents name the place `location`, with the part of the request in front. */
function fieldError(e: { field?: string; location?: string; message?: string; remedy?: string }): FieldError {
  const field = e.field ?? e.location?.replace(/^(body|query|path|header)\./, '') ?? ''
  return { field, message: e.message ?? '', remedy: e.remedy }
}

function fallback(status: number): string {
  if (status === 413) return 'That is more than the gateway takes at once.'
  if (status === 502 || status === 504) return 'Something in front of the gateway gets no answer from it.'
  return `The gateway answered with status ${status} and no explanation.`
}

/** First letter large, a full stop at the end. */
export function sentence(text: string): string {
  const trimmed = text.trim()
  if (!trimmed) return ''
  const ended = /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`
  return ended[0].toUpperCase() + ended.slice(1)
}

/** The words to show for anything that was thrown. */
export function wordsOf(error: unknown): string {
  if (error instanceof Problem) return error.message
  if (error instanceof Error) return sentence(error.message)
  return sentence(String(error))
}
