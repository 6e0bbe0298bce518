import { describe, expect, it } from 'vitest'
import { wikiToText } from './wiki-to-text.ts'

describe('wiki markup', () => {
  it.each([
    ['a heading', 'h2. What happened', 'What happened'],
    ['emphasis', 'It is *very* _slow_ and +new+ (see {{cache.ts}}).', 'It is very slow and new (see cache.ts).'],
    ['arithmetic, which is none', '2*3*4 and a_b_c', '2*3*4 and a_b_c'],
    ['a link with a text', 'See [the page|https://example.com/a?b=c].', 'See the page (https://example.com/a?b=c).'],
    ['a bare link', '[https://example.com]', 'https://example.com'],
    ['a person', 'Ask [~ada] or [~accountid:712020:1]', 'Ask @ada or @712020:1'],
    ['a file and an image', '[^log.txt] !shot.png|thumbnail!', 'log.txt shot.png'],
    ['code, which is kept as it is', 'a\n{code:java}\nint *p* = {x};\n{code}\nb', 'a\n\nint *p* = {x};\n\nb'],
    ['a panel', '{panel:title=Note|borderStyle=dashed}body{panel}', 'Notebody'],
    ['a colour', '{color:red}late{color} and {unknown} braces', 'late and {unknown} braces'],
    ['a table', '||Case||Seen||\n|one|[two|https://x.org]|', 'Case | Seen\none | two (https://x.org)'],
    ['nested lists', '* a\n** b\n* c\n# one\n# two', '- a\n  - b\n- c\n1. one\n2. two'],
    ['a quotation and a rule', 'bq. so said\n----', 'so said\n---'],
    ['escapes', 'no \\*bold\\* here', 'no *bold* here'],
  ])('%s', (_what, markup, text) => expect(wikiToText(markup)).toBe(text))

  it('never loses a word', () => {
    const words = 'alpha beta gamma delta epsilon zeta'
    const [alpha, beta, gamma, delta, epsilon, zeta] = words.split(' ')
    const markup = `h1. ${alpha}\n{quote}*${beta}*{quote}\n||${gamma}||\n|_${delta}_|\n# [${epsilon}|http://e.org]\n{noformat}${zeta}{noformat}`
    for (const word of words.split(' ')) expect(wikiToText(markup)).toContain(word)
  })
})
