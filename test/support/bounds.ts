/*
 * Measures how much of the code has to be kept in one head: long functions, scopes with many mutable variables, long files.
 */
import ts from 'typescript'
import { parse, type Sources } from './architecture.js'

const MOST_LINES_OF_FUNCTION = 150
const MOST_VARIABLES = 8
const MOST_LINES_OF_FILE = 320

interface Excess {
  /** `path`, or `path name` of a function. */
  readonly place: string
  readonly what: string
}

/** Every place beyond the bounds. */
export function boundBreaches(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => excesses(path, text)).map(({ place, what }) => `${place}: ${what}`)
}

function excesses(path: string, text: string): Excess[] {
  const tree = parse(path, text)
  const found: Excess[] = []
  const lines = text.trimEnd().split('\n').length
  if (lines > MOST_LINES_OF_FILE) found.push({ place: path, what: `has ${lines} lines` })
  const check = (scope: ts.Node, place: string): void => {
    const variables = mutablesIn(scope)
    if (variables > MOST_VARIABLES) found.push({ place, what: `has ${variables} mutable variables` })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const place = `${path} ${nameOf(node)}`
      const length = lineAt(tree, node.end) - lineAt(tree, node.getStart(tree)) + 1
      if (length > MOST_LINES_OF_FUNCTION) found.push({ place, what: `has ${length} lines` })
      check(node, place)
    }
    ts.forEachChild(node, visit)
  }
  check(tree, path)
  visit(tree)
  return found
}

/** The variables of a scope that can be set again, those of its blocks included, and without those of the functions in it. */
function mutablesIn(scope: ts.Node): number {
  let count = 0
  const walk = (node: ts.Node): void => {
    if (node !== scope && ts.isFunctionLike(node)) return
    if (ts.isVariableDeclarationList(node) && !(node.flags & ts.NodeFlags.Const))
      for (const { name } of node.declarations) count += namesIn(name)
    if (ts.isPropertyDeclaration(node) && !node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword))
      count++
    ts.forEachChild(node, walk)
  }
  walk(scope)
  return count
}

function namesIn(name: ts.BindingName): number {
  if (ts.isIdentifier(name)) return 1
  return name.elements.reduce((sum, part) => sum + (ts.isOmittedExpression(part) ? 0 : namesIn(part.name)), 0)
}

function lineAt(tree: ts.SourceFile, position: number): number {
  return tree.getLineAndCharacterOfPosition(position).line + 1
}

/** Its own name, or that of what it is given to. */
function nameOf(node: ts.SignatureDeclaration): string {
  const { parent } = node
  if (node.name) return node.name.getText()
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText()
  return 'a function without a name'
}
