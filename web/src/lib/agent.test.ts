import { expect, test } from 'vitest'
import { agentWords } from './agent'

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox, Linux'],
  ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0', 'Edge, Windows'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari/604.1', 'Safari, iPhone'],
  ['curl/8.14.1', 'curl'],
  ['MyApp', 'MyApp'],
  ['', 'unknown'],
])('%s', (agent, want) => expect(agentWords(agent)).toBe(want))
