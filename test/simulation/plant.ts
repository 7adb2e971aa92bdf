// Plants a mistake in the library's source text. The place is found by the name of its function and by the shape of the code,
// so that comments, layout, other code and the file that the function is in can change.
import ts from 'typescript'
import { isDeclared, isReference, programOf, type Sources } from '../support/architecture.js'
import { fill, findPattern, parse } from '../support/syntax-pattern.js'

export interface SourceChange {
  /** The function that it is in, by the name of its declaration, of its method, or of the variable that has it. */
  in: string
  /** The shape of what is replaced, which the function has exactly once: see `test/support/syntax-pattern.ts`. */
  find: string
  /** The code in its place; names of the pattern stand for what they have captured. */
  replace: string
}

/** The files that the changes alter, as they are then. Throws when a change has no place, more than one, or names what is not there. */
export function plant(sources: Sources, changes: readonly SourceChange[]): Map<string, string> {
  const altered = new Map<string, string>()
  for (const change of changes) {
    const places = [...sources].flatMap(([path, text]) => placesIn(path, altered.get(path) ?? text, change))
    const [place] = places
    if (!place || places.length > 1) throw new Error(`${saying(change)} ${misplaced(sources, change, places)}`)
    altered.set(place.path, place.planted)
  }
  for (const [path, text] of altered) {
    const known = unknownNames(path, sources.get(path)!)
    const unknown = [...unknownNames(path, text)].filter((name) => !known.has(name))
    // A mistake that only throws would be noticed by everybody, and prove nothing.
    if (unknown.length)
      throw new Error(`${changes.map(saying).join(' and ')} uses ${unknown.join()}, unknown in ${path}`)
  }
  return altered
}

interface Place {
  path: string
  planted: string
}

function placesIn(path: string, text: string, { in: name, find, replace }: SourceChange): Place[] {
  // Parsing all of the sources for each change would take longer than the worlds do.
  if (!text.includes(name)) return []
  const matches = new Map(
    functionsIn(parse(path, text), name)
      .flatMap((node) => findPattern(find, node))
      .map((match) => [match.start, match]),
  )
  return [...matches.values()].map(({ start, end, captured }) => {
    const planted = text.slice(0, start) + fill(replace, captured) + text.slice(end)
    return { path, planted }
  })
}

function saying({ in: name, find }: SourceChange): string {
  return `The change of \`${find}\` in ${name}()`
}

function misplaced(sources: Sources, { in: name }: SourceChange, places: readonly Place[]): string {
  if (places.length)
    return `has ${places.length} places, in ${places.map(({ path }) => path).join()}: say more in its pattern`
  const files = [...sources].filter(([path, text]) => functionsIn(parse(path, text), name).length)
  if (!files.length) return 'has no place: no function has that name any more'
  return `has no place: nothing in ${files.map(([path]) => path).join()} has that shape any more`
}

function functionsIn(tree: ts.SourceFile, name: string): ts.Node[] {
  const found: ts.Node[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && nameOf(node) === name) found.push(node)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

function nameOf(node: ts.SignatureDeclaration): string | undefined {
  const { parent } = node
  const isValue =
    ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)
  const name = node.name ?? (isValue ? parent.name : undefined)
  return name && ts.isIdentifier(name) ? name.text : undefined
}

/** Names that a file uses and neither declares nor imports: globals, and mistakes. */
function unknownNames(path: string, text: string): Set<string> {
  const program = programOf(new Map([[path, text]]))
  const checker = program.getTypeChecker()
  const unknown = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return
    if (ts.isIdentifier(node) && isReference(node) && !isDeclared(node, checker)) unknown.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(program.getSourceFile(path)!)
  return unknown
}
