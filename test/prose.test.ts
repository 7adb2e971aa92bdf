import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { breachesOfProse } from './support/prose.js'

/** This file plants the forms that it refuses. */
const PLANTED = 'test/prose.test.ts'

const files = ['.', 'docs', 'src', 'demo', 'test'].flatMap((directory) =>
  readdirSync(directory, { recursive: directory !== '.', withFileTypes: true })
    .filter((file) => file.isFile() && /\.(md|tsx?)$/.test(file.name))
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => path !== PLANTED && !path.includes('node_modules')),
)

it('every document, comment and message keeps the rule of prose', () => {
  expect(files).toEqual(expect.arrayContaining(['README.md', 'docs/guide.md', 'src/index.ts', 'demo/server/README.md']))

  expect(files.flatMap((path) => breachesOfProse(path, readFileSync(path, 'utf8')))).toEqual([])
})

describe('a page', () => {
  const found = (text: string): string[] => breachesOfProse('page.md', text)

  it('is refused for a sentence that begins with a clause, wherever the sentence stands', () => {
    for (const text of [
      'What the tab shows is the view.',
      'The tab shows the view. What it hides stays hidden.',
      'It works (the tab\nshows it.) What\nit hides stays hidden.',
      '**Kept.** What it hides stays hidden.',
      '## What the tab shows',
      '- one\n- what it hides',
      'Steps:\n1. What it hides stays.',
      '| a | b |\n| --- | --- |\n| `x` | what it hides |',
      '`onShow`: what the tab shows.',
    ])
      expect(found(text), text).toEqual([expect.stringContaining('begins with a clause')])
  })

  it('is refused for "whoever", "whatever" and "whichever"', () => {
    expect(found('The lease goes to whoever asks,\nin whichever tab. Whatever happens.')).toEqual([
      'page.md: "whoever": The lease goes to whoever asks, in whichever tab.',
      'page.md: "whichever": The lease goes to whoever asks, in whichever tab.',
      'page.md: "Whatever": Whatever happens.',
    ])
  })

  it('may ask, may say "what" inside of a sentence, and may show code', () => {
    for (const text of [
      '## What does the tab show?',
      'What does the tab show?\nThe view.',
      'The app says what the tab shows. The tab shows it.',
      'Use it so: `what is this`.\n\n```ts\n// What the tab shows.\nconst whatever = 1\n```\n\nThe tab shows it.',
      'Whatsoever and somewhat are other words.',
    ])
      expect(found(text), text).toEqual([])
  })
})

describe('a source', () => {
  const found = (text: string): string[] => breachesOfProse('source.ts', text)

  it('is refused for its comments, wherever they stand', () => {
    for (const text of [
      '/* What the tab shows. */',
      '/**\n * The view.\n *\n * What the tab shows.\n */\nexport const a = 1',
      'const a = {\n  b: 1,\n  // What the tab shows.\n}',
      'const a = 1 // what the tab shows',
      '/** The view.\n * @param view What the tab shows. */\nfunction a(view: string) {}',
      'interface A {\n  /** What the tab shows. */\n  readonly b: string\n}',
      'const a = `${/* What the tab shows. */ 1}`',
    ])
      expect(found(text), text).toEqual([expect.stringContaining('begins with a clause')])
  })

  it('is refused for its messages and titles', () => {
    expect(found(`throw new Error('What is saved cannot be undone')`)).toHaveLength(1)
    expect(found('console.warn(`What ${name} saved cannot be undone`)')).toHaveLength(1)
    expect(found(`it('saves for whoever asks', () => {})`)).toHaveLength(1)
  })

  it('has a comment of several lines read as one', () => {
    expect(found('// The app says\n// what the tab shows.\nconst a = 1')).toEqual([])
    expect(found('// The app says so.\n\n// what the tab shows.\nconst a = 1')).toHaveLength(1)
  })

  it('may have such words in code, and in strings of one word', () => {
    expect(found(`const whatever = /What is/.exec('whatever') ?? \`what\``)).toEqual([])
  })
})
