import { at, type Dice, mix } from '../../random.ts'

const SUBJECTS = [
  'checkout',
  'the nightly export',
  'login',
  'invoice totals',
  'search results',
  'the mobile client',
  '权限管理',
  'the audit log',
  'webhook delivery',
  'report scheduling',
  'the import wizard',
  'session handling',
  'currency rounding',
  'the status page',
  '数据同步任务',
  'the settings screen',
  'e-mail notifications',
  'the billing job',
  'pagination',
  'time zones',
] as const

const PREDICATES = [
  'fails when the session has expired',
  'is slow for large accounts',
  'shows a stale value after an edit',
  'should support bulk changes',
  'loses the selected filter',
  'needs a retry on timeouts',
  '在导出时显示错误',
  'does not respect the user’s time zone',
  'must be covered by tests',
  'crashes on empty input 💥',
  'should be documented',
  'duplicates rows under load',
  'ignores the configured limit',
  'is not accessible by keyboard',
] as const

const SENTENCES = [
  'We have seen this three times since the last release, always on accounts with more than ten thousand rows.',
  'Steps: open the page, change the filter, go back with the browser, and look at the total.',
  'The expected behaviour is described in the product notes; the current one is the opposite.',
  '用户反馈说，在高峰时段这个页面经常打不开，需要优化查询。',
  'A retry usually helps, but the second request is counted twice in the statistics.',
  'Logs show a timeout after 30 s, then "connection reset", then silence.',
  'Please keep the old endpoint until every client has moved; there are still two that have not.',
  'This came up again in the retrospective. It costs support about an hour per week 😕.',
  'The fix must not change the order of the rows, because exports depend on it.',
  'Rendering takes 4,200 ms with the profiler on; nearly all of it is spent in layout.',
  'Acceptance: the total is right after every edit, in every time zone, on both clients.',
  'Naïve caching would hide the problem — we tried that in “Sprint 12”.',
] as const

const PROSE_SALT = 0x707273
const NUL = '\u0000'

/** One line of text: a summary. A few carry a NUL, as pasted text does in the wild. */
export const summaryLine = (dice: Dice, ordinal: string): string => {
  const line = `${dice.pick(SUBJECTS)} ${dice.pick(PREDICATES)} (${ordinal})`
  return dice.chance(0.002) ? `${line}${NUL}` : line
}

/** One sentence of running text. */
export const sentence = (dice: Dice): string => dice.pick(SENTENCES)

type AdfNode = Readonly<Record<string, unknown>>

const text = (value: string, marks?: readonly AdfNode[]): AdfNode => ({
  type: 'text',
  text: value,
  ...(marks && { marks }),
})
const paragraph = (...content: readonly AdfNode[]): AdfNode => ({ type: 'paragraph', content })
const listItem = (value: string): AdfNode => ({ type: 'listItem', content: [paragraph(text(value))] })
const cell = (type: 'tableHeader' | 'tableCell', value: string): AdfNode => ({
  type,
  attrs: {},
  content: [paragraph(text(value))],
})

/** The kinds of block a description is built from: every node an ADF reader must cope with, also one it cannot know. */
const BLOCKS: readonly ((a: string, b: string, roll: number) => AdfNode)[] = [
  (a, b) => paragraph(text(a), text(' '), text(b, [{ type: 'strong' }])),
  (a, b) => paragraph(text(a), { type: 'hardBreak' }, text(b, [{ type: 'em' }])),
  (a, b) => ({ type: 'bulletList', content: [listItem(a), listItem(b)] }),
  (a, b) => ({ type: 'orderedList', attrs: { order: 1 }, content: [listItem(a), listItem(b)] }),
  (a, _, roll) => ({ type: 'heading', attrs: { level: 1 + (roll % 6) }, content: [text(a.slice(0, 40))] }),
  (a) => ({ type: 'codeBlock', attrs: { language: 'sql' }, content: [text(`SELECT 1 -- ${a}\n\tFROM dual;`)] }),
  (a, b) => ({ type: 'panel', attrs: { panelType: 'warning' }, content: [paragraph(text(a)), paragraph(text(b))] }),
  (a) => ({ type: 'blockquote', content: [paragraph(text(a))] }),
  (a, _, roll) =>
    paragraph(
      { type: 'mention', attrs: { id: `712020:${roll.toString(16)}`, text: '@Ada Lindqvist', accessLevel: '' } },
      text(` ${a} `),
      { type: 'emoji', attrs: { shortName: ':tada:', id: '1f389', text: '🎉' } },
    ),
  (a, _, roll) =>
    paragraph(
      { type: 'status', attrs: { text: 'AT RISK', color: 'red', localId: roll.toString(16) } },
      text(` ${a} `),
      { type: 'date', attrs: { timestamp: String(1_700_000_000_000 + (roll % 1000) * 86_400_000) } },
      { type: 'inlineCard', attrs: { url: `https://wiki.example.com/pages/${roll % 10_000}` } },
    ),
  (a, b) => ({
    type: 'table',
    attrs: { isNumberColumnEnabled: false, layout: 'default' },
    content: [
      { type: 'tableRow', content: [cell('tableHeader', 'Case'), cell('tableHeader', 'Seen')] },
      { type: 'tableRow', content: [cell('tableCell', a), cell('tableCell', b)] },
    ],
  }),
  (a, b, roll) => ({
    type: 'taskList',
    attrs: { localId: `list-${roll}` },
    content: [
      { type: 'taskItem', attrs: { localId: `a-${roll}`, state: 'DONE' }, content: [text(a)] },
      { type: 'taskItem', attrs: { localId: `b-${roll}`, state: 'TODO' }, content: [text(b)] },
    ],
  }),
  (a) => ({ type: 'expand', attrs: { title: 'Details' }, content: [paragraph(text(a))] }),
  () => ({ type: 'rule' }),
  (a, _, roll) => ({
    type: 'futureBlock',
    attrs: { extensionKey: `unknown-${roll % 7}` },
    content: [paragraph(text(a))],
  }),
  (a) => paragraph(text(`${a}${NUL}`, [{ type: 'link', attrs: { href: 'https://example.com/a?b=c&d="e"' } }])),
]

/** Blocks that carry a NUL or an unknown node come rarely, the others evenly. */
const rareFrom = BLOCKS.length - 2

/** Ready-made ADF blocks; documents are strung together from them without building objects. */
export interface Prose {
  /** An ADF document of about this many bytes, as JSON text. */
  readonly document: (dice: Dice, bytes: number) => string
}

const POOL_SIZE = 256

export const createProse = (seed: number): Prose => {
  const pool = Array.from({ length: POOL_SIZE }, (_, index) => {
    const roll = mix(seed, index, PROSE_SALT)
    const kind = index % 64 === 0 ? rareFrom + ((index / 64) % 2) : roll % rareFrom
    const a = at(SENTENCES, mix(roll, 1, 0) % SENTENCES.length)
    const b = at(SENTENCES, mix(roll, 2, 0) % SENTENCES.length)
    const json = JSON.stringify(at(BLOCKS, kind)(a, b, roll))
    return { json, bytes: Buffer.byteLength(json) }
  })
  return {
    document: (dice, bytes) => {
      let content = ''
      for (let length = 0; length < bytes || content === ''; ) {
        const block = dice.pick(pool)
        content = content === '' ? block.json : `${content},${block.json}`
        length += block.bytes + 1
      }
      // Jira does not promise an order of keys, so neither does this site.
      return dice.chance(0.5)
        ? `{"type":"doc","version":1,"content":[${content}]}`
        : `{"version":1,"type":"doc","content":[${content}]}`
    },
  }
}
