import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adfToText } from './adf-to-text.ts'

const text = (value: string) => ({ type: 'text', text: value })
const paragraph = (...content: object[]) => ({ type: 'paragraph', content })
const doc = (...content: object[]) => ({ type: 'doc', version: 1, content })
const item = (...content: object[]) => ({ type: 'listItem', content })
const cell = (type: string, value: string) => ({ type, content: [paragraph(text(value))] })

describe('the text of a rich text', () => {
  it('separates blocks by an empty line', () => {
    const heading = { content: [text('Title')], attrs: { level: 1 }, type: 'heading' }
    expect(adfToText(doc(heading, paragraph(text('one '), text('line')), paragraph(text('another'))))).toBe(
      'Title\n\none line\n\nanother',
    )
  })

  it.each([
    ['a line break', { type: 'hardBreak' }, '\n'],
    ['a mention', { type: 'mention', attrs: { id: 'abc', text: '@Ada' } }, '@Ada'],
    ['a mention of somebody without a name', { type: 'mention', attrs: { id: 'abc' } }, 'abc'],
    ['an emoji', { type: 'emoji', attrs: { shortName: ':smile:', text: '😄' } }, '😄'],
    ['an emoji of the site', { type: 'emoji', attrs: { shortName: ':party:' } }, ':party:'],
    ['a date', { type: 'date', attrs: { timestamp: '1582152559000' } }, '2020-02-19'],
    ['a status', { type: 'status', attrs: { text: 'ON TRACK', color: 'green' } }, 'ON TRACK'],
    ['a link card', { type: 'inlineCard', attrs: { url: 'https://example.com/1' } }, 'https://example.com/1'],
  ])('shows %s', (_what, node, shown) =>
    expect(adfToText(doc(paragraph(text('a'), node, text('b'))))).toBe(`a${shown}b`),
  )

  it.each([
    [
      'a picture',
      { type: 'mediaSingle', content: [{ type: 'media', attrs: { alt: 'plan.png', id: '1' } }] },
      'plan.png',
    ],
    ['a block card', { type: 'blockCard', attrs: { url: 'https://example.com/2' } }, 'https://example.com/2'],
    ['code', { type: 'codeBlock', attrs: { language: 'ts' }, content: [text('let a = 1\nlet b')] }, 'let a = 1\nlet b'],
    [
      'an expander',
      { type: 'expand', attrs: { title: 'More' }, content: [paragraph(text('inside'))] },
      'More\n\ninside',
    ],
    ['a panel', { type: 'panel', content: [paragraph(text('careful'))] }, 'careful'],
  ])('shows %s', (_what, node, shown) => expect(adfToText(doc(node))).toBe(shown))

  it('marks the items of lists, and indents what belongs to them', () => {
    const inner = { type: 'bulletList', content: [item(paragraph(text('deep')))] }
    const list = {
      type: 'orderedList',
      attrs: { order: 3 },
      content: [item(paragraph(text('three')), inner), item(paragraph(text('four')))],
    }
    expect(adfToText(doc(list))).toBe('3. three\n   - deep\n4. four')
  })

  it('shows which tasks are done', () => {
    const task = (state: string, value: string) => ({ type: 'taskItem', attrs: { state }, content: [text(value)] })
    expect(adfToText(doc({ type: 'taskList', content: [task('DONE', 'this'), task('TODO', 'that')] }))).toBe(
      '[x] this\n[ ] that',
    )
  })

  it('shows a table row by row', () => {
    const row = (type: string, ...values: string[]) => ({
      type: 'tableRow',
      content: values.map((value) => cell(type, value)),
    })
    expect(adfToText(doc({ type: 'table', content: [row('tableHeader', 'a', 'b'), row('tableCell', '1', '2')] }))).toBe(
      'a | b\n1 | 2',
    )
  })

  it.each([
    ['wiki markup', ' h2. Title\n\n*body* ', 'Title\n\nbody'],
    [
      'tasks that hold blocks, extensions and placeholders',
      doc(
        { type: 'blockTaskItem', attrs: { state: 'DONE' }, content: [paragraph(text('shipped'))] },
        { type: 'extension', attrs: { extensionKey: 'toc', text: 'Table of contents' } },
        { type: 'bodiedExtension', attrs: { text: 'Excerpt' }, content: [paragraph(text('inside'))] },
        paragraph(
          text('a '),
          { type: 'inlineExtension', attrs: { text: 'note' } },
          { type: 'placeholder', attrs: { text: ' type here' } },
        ),
        { type: 'blockCard', attrs: { data: { name: 'Roadmap', url: 'https://example.com/r' } } },
      ),
      '[x] shipped\n\nTable of contents\n\nExcerpt\n\ninside\n\na note type here\n\nRoadmap https://example.com/r',
    ],
    ['nothing', null, null],
    ['a missing field', undefined, null],
    ['an empty document', doc(paragraph()), null],
    ['a number', 5, null],
    ['a list', [text('x')], null],
  ])('takes %s', (_what, value, shown) => expect(adfToText(value)).toBe(shown))

  it('loses no text, whatever it is wrapped in', () => {
    const node = fc.letrec<{ node: object }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.stringMatching(/^[a-z]{1,8}$/).map(text),
        fc.record({
          type: fc.oneof(
            fc.constantFrom(
              'paragraph',
              'bulletList',
              'listItem',
              'table',
              'tableRow',
              'expand',
              'taskItem',
              'blockquote',
            ),
            fc.constantFrom('toString', 'hologram', '__proto__'),
          ),
          content: fc.array(tie('node'), { maxLength: 4 }),
        }),
      ),
    })).node
    fc.assert(
      fc.property(fc.array(node), (nodes) => {
        const shown = adfToText(doc(...nodes)) ?? ''
        for (const word of wordsIn(nodes)) expect(shown).toContain(word)
      }),
    )
  })
})

function wordsIn(nodes: readonly unknown[]): readonly string[] {
  return nodes.flatMap((node) => {
    const { text: own, content } = node as { text?: string; content?: readonly unknown[] }
    return [...(own === undefined ? [] : [own]), ...wordsIn(content ?? [])]
  })
}
