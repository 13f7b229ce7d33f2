import type { InverseRow, Row } from './types'

/** An example of an event, and what the gateway would publish for it. */
export type Example = InverseRow & { encoding?: 'utf8' | 'base64'; reply?: string; text?: string }

/** Examples as rows of the preview, for rules that only carry events to MQTT. */
export function exampleRows(examples: readonly Example[]): Row[] {
  return examples.map((e) => {
    const row = {
      topic: `${e.namespace} ${e.event}`,
      payload: String(e.argument ?? ''),
      encoding: 'utf8' as const,
      sample: true,
    }
    if (e.text) return { ...row, new: { value: '', drop: 'refused', text: e.text } }
    return {
      ...row,
      new: { to: e.topic, value: e.payload, value_encoding: e.encoding === 'base64' ? 'base64' : 'json' },
    }
  })
}
