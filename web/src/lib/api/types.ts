// What the API speaks. Times are RFC 3339 strings; revisions are opaque.

export type * from './types/common'
export type * from './types/people'
export type * from './types/mapping'
export type * from './types/bus'
export type * from './types/gateway'
export type * from './types/live'
