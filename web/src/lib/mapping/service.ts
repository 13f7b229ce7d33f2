// The mappings' part of the REST API.
import { api } from '$lib/api'
import type {
  Dryrun,
  ImportResult,
  Mapping,
  MappingList,
  Preview,
  Problem,
  Rule,
  Suggestion,
  Template,
  Undo,
  Vocabulary,
} from './types'

const at = (id: string, more = '') => `/mappings/${encodeURIComponent(id)}${more}`

/** What of a pinned test came out; `message` says what was otherwise. */
export interface TestResult {
  index: number
  ok: boolean
  message?: string
}

export const mappings = {
  list: (signal?: AbortSignal) => api.get<MappingList>('/mappings', { signal }),
  get: (id: string, signal?: AbortSignal) => api.get<Mapping>(at(id), { signal }),
  /** force saves though a pinned test fails. */
  create: (rule: Rule, enabled: boolean, force = false) =>
    api.post<Mapping & Undo>('/mappings', { rule, enabled }, { query: { force: force || undefined } }),
  replace: (id: string, rule: Rule, enabled: boolean, revision: string, force = false) =>
    api.put<Mapping & Undo>(at(id), { rule, enabled }, { revision, query: { force: force || undefined } }),
  remove: (m: Mapping) => api.delete<Undo>(at(m.id), { revision: m.revision }),
  enable: (m: Mapping, enabled: boolean) =>
    api.post<Mapping & Undo>(at(m.id, '/enabled'), { enabled }, { revision: m.revision }),
  resume: (id: string) => api.post<Mapping>(at(id, '/resume')),
  /** ids: all that can be moved, in their new order. */
  order: (ids: string[], revision: string) =>
    api.post<{ revision: string } & Undo>('/mappings/order', { ids }, { revision }),
  undo: (undo: string) => api.post<MappingList>('/mappings/undo', { undo }),

  preview: (rule: Rule, replaces: string | undefined, signal: AbortSignal) =>
    api.post<Preview>('/mappings/preview', { rule, replaces, limit: 50 }, { signal }),
  test: (rule: Rule, signal?: AbortSignal) =>
    api.post<{ results: TestResult[] }>('/mappings/test', { rule }, { signal }),
  dryrun: (rule: Rule, replaces: string | undefined) =>
    api.post<Dryrun>('/mappings/dryrun', { rule, replaces, seconds: 60 }),
  stopDryrun: (id: string) => api.delete<void>(`/mappings/dryrun/${encodeURIComponent(id)}`),

  suggest: (topic: string, captures?: number[], signal?: AbortSignal) =>
    api.post<Suggestion>('/mappings/suggest', { topic, captures }, { signal }),
  templates: (signal?: AbortSignal) => api.get<{ items: Template[] }>('/mappings/templates', { signal }),
  vocabulary: (signal?: AbortSignal) => api.get<Vocabulary>('/mappings/vocabulary', { signal }),

  parse: (toml: string, signal?: AbortSignal) =>
    api.post<{ rules: Rule[]; problems: Problem[] }>('/mappings/parse', { toml }, { signal }),
  format: (rules: Rule[], signal?: AbortSignal) =>
    api.post<{ toml: string }>('/mappings/format', { rules }, { signal }),
  /** apply false only says what would change. */
  import: (toml: string, apply: boolean, signal?: AbortSignal) =>
    api.post<ImportResult>('/mappings/import', { toml, apply }, { signal }),
}
