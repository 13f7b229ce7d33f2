// Packets that no server may send.

/** Wrong by thought. */
const WRONG = [
  ...[
    '',
    '4',
    '42',
    '42[',
    '42]',
    '42[]',
    '42{}',
    '42null',
    '42""',
    '42[1]',
    '42[null]',
    '42[[]]',
    '42["',
    '42["x"',
    '42["x",]',
  ],
  ...[
    '42["x",1]trailing',
    '42["x"]["x"]',
    '42["\\ud800"]',
    '42["\\u00"]',
    '42[""]',
    '42["x",1e999]',
    '42["x",-]',
    '42["x",tru]',
  ],
  ...[
    '42-["x"]',
    '421-["x"]',
    '42/["x"]',
    '42/nowhere,["x"]',
    '42/,["x"]',
    '42/nowhere',
    '42,["x"]',
    '4299999999999999999999["x"]',
  ],
  ...['43', '43[]', '431', '431[', '43null[]', '431{}', '439999[1]', '431"x"', '43/nowhere,1[]', '43-1[]'],
  ...[
    '45',
    '451',
    '451-',
    '451-[',
    '450-[]',
    '450-["x"]',
    '45-["x"]',
    '45x-["x"]',
    '451-[]',
    '451-["x"]',
    '45-1-["x"]',
  ],
  ...[
    '451-["x",{"_placeholder":true,"num":0}]',
    '451-["x",{"_placeholder":true,"num":9}]',
    '451-["x",{"_placeholder":true}]',
  ],
  ...['451-["x",{"_placeholder":true,"num":"a"}]', '451-["x",{"_placeholder":true,"num":-1}]', '459999999999-["x"]'],
  ...['452-["x",{"_placeholder":true,"num":0}]', '461-1[{"_placeholder":true,"num":0}]', '46', '461-[]', '46-1[]'],
  ...[
    '40',
    '40{}',
    '40[',
    '40null',
    '40"x"',
    '40/nowhere,{"sid":"y"}',
    '40{"sid":5}',
    '40{"sid":null}',
    '41/nowhere,',
    '41[]',
  ],
  ...[
    '44',
    '44{}',
    '44"x"',
    '44[1]',
    '44null',
    '44/nowhere,{"message":"x"}',
    '44{"message":null}',
    '44{"message":{"a":1}}',
  ],
  ...[
    '47',
    '48[]',
    '49',
    '4x',
    '4-1',
    '4 2["x"]',
    '4٢["x"]',
    'x',
    '0',
    '0{}',
    '0[',
    '2',
    '2probe',
    '3',
    '3probe',
    '5',
    '6',
    '7',
    '8',
    '9',
    '-1',
  ],
  `42["x",${'['.repeat(500)}${']'.repeat(500)}]`,
  `42["x",${'['.repeat(1500)}`,
  `42["x",${'{"a":'.repeat(300)}1${'}'.repeat(300)}]`,
  `42["x",${'1,'.repeat(900)}1]`,
  `42["${'x'.repeat(1900)}"]`,
  `42["x","${'\\u0000'.repeat(300)}"]`,
  `42/${'n'.repeat(1900)},["x"]`,
  `42${'1'.repeat(1900)}["x"]`,
  `45${'9'.repeat(1900)}-["x"]`,
  Buffer.alloc(0),
  Buffer.from('42["x"]'),
  Buffer.from([0xff]),
  Buffer.alloc(2000, 0x34),
]

/** Right ones, to be made wrong by chance. */
const RIGHT = [
  '42["x",{"a":[1,2.5,true,null],"b":"text"}]',
  '4217["x","ä🙂"]',
  '42/nowhere,3["x"]',
  '431["ok"]',
  '451-["x",{"_placeholder":true,"num":0}]',
  '461-5[{"_placeholder":true,"num":0}]',
  '40{"sid":"abc"}',
  '0{"sid":"x","pingInterval":25000}',
]

/** n packets, always the same: those above, and right ones with a byte or two changed, lost, doubled or cut off. */
export function wrongPackets(n) {
  let seed = 1
  const chance = (m) => (seed = (seed * 48271) % 0x7fffffff) % m
  const list = [...WRONG]
  while (list.length < n) {
    let text = RIGHT[chance(RIGHT.length)]
    for (let i = chance(2); i >= 0; i--) {
      const at = chance(text.length)
      const other = String.fromCharCode(32 + chance(95))
      text = text.slice(0, at) + [other, '', text[at] + other, text.slice(0, at)][chance(4)] + text.slice(at + 1)
    }
    list.push(text)
  }
  return list
}
