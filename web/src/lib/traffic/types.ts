export type {
  Encoding,
  Message,
  StateItem,
  TopicChild,
  Trace,
  TraceStep as Step,
  TrafficBatch,
  TrafficPage,
} from '$lib/api'
