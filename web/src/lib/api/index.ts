export { api, urlOf, type Options } from './client'
export { Problem, sentence, wordsOf, type FieldError } from './problem'
export type * from './types'
export type * from './boards'
