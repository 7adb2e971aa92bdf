/*
 * Holds that the invariants which production asserts are stated and broken: each number stands in a comment of the file that asserts it,
 * and in a text of some test. Pure: it is given the texts.
 */
import ts from 'typescript'
import { parse } from './architecture.js'

interface Asserted {
  readonly path: string
  readonly number: string
}

/** Every `assert` of `files` (path to text). */
export function assertedIn(files: ReadonlyMap<string, string>): Asserted[] {
  const found: Asserted[] = []
  for (const [path, text] of files) {
    visit(parse(path, text), (node) => {
      if (!ts.isCallExpression(node) || node.expression.getText() !== 'assert') return
      const number = node.arguments[1]
      found.push({ path, number: number && ts.isStringLiteralLike(number) ? number.text : 'no number' })
    })
  }
  return found
}

/** Every breach, one line each. `sources` and `tests`: path to text. */
export function invariantBreaches(sources: ReadonlyMap<string, string>, tests: ReadonlyMap<string, string>): string[] {
  const broken = new Set([...tests].flatMap(([path, text]) => [...numbersIn(textsOf(parse(path, text)))]))
  return assertedIn(sources).flatMap(({ path, number }) => {
    if (!/^[A-Z]\d+$/.test(number)) return [`${path}: asserts ${number}, which is no number of an invariant`]
    const stated = numbersIn(commentsOf(parse(path, sources.get(path)!)))
    return [
      ...(stated.has(number) ? [] : [`${path}: asserts ${number}, and no comment of it says what that is`]),
      ...(broken.has(number) ? [] : [`${path}: asserts ${number}, which no test breaks`]),
    ]
  })
}

function numbersIn(texts: readonly string[]): Set<string> {
  return new Set(texts.flatMap((text) => text.match(/\b[A-Z]\d+\b/g) ?? []))
}

/** All texts that a file has in its code: titles, and rows of tables. */
function textsOf(tree: ts.SourceFile): string[] {
  const found: string[] = []
  visit(tree, (node) => {
    if (ts.isStringLiteralLike(node)) found.push(node.text)
  })
  return found
}

/** The comments before each token. */
function commentsOf(tree: ts.SourceFile): string[] {
  const found = new Map<number, string>()
  const walk = (node: ts.Node): void => {
    for (const { pos, end } of ts.getLeadingCommentRanges(tree.text, node.pos) ?? [])
      found.set(pos, tree.text.slice(pos, end))
    node.getChildren(tree).forEach(walk)
  }
  walk(tree)
  return [...found.values()]
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node)
  ts.forEachChild(node, (child) => visit(child, look))
}
