/*
 * Holds that a pure file has no effect: what it decides comes of what it is given, the time and the chance included. Pure are
 * `src/model/`, `src/sync/lane/`, and each file whose first comment says so ("Pure").
 */
import ts from 'typescript'
import { importsOf, parse, type Sources, targetOf } from './architecture.js'

const PURE_ROOMS = ['model/', 'sync/lane/']

/** The calls that read a clock or draw a chance, by the name of their object. */
const READINGS: Readonly<Record<string, readonly string[]>> = {
  clock: ['now', 'sleep'],
  random: ['number', 'id', 'bytes'],
  Date: ['now'],
  Math: ['random'],
}

/** The pure files. */
export function pureFiles(sources: Sources): string[] {
  return [...sources]
    .filter(([path, text]) => PURE_ROOMS.some((room) => path.startsWith(room)) || /\bpure\b/i.test(headOf(text)))
    .map(([path]) => path)
}

/** Every breach, one line each; empty when all pure files are. */
export function purityBreaches(sources: Sources): string[] {
  const pure = new Set(pureFiles(sources))
  return [...pure].flatMap((path) => {
    const tree = parse(path, sources.get(path)!)
    return [...importBreaches(path, tree, pure), ...readingBreaches(path, tree)]
  })
}

/** The comments that a file begins with. */
function headOf(text: string): string {
  return (ts.getLeadingCommentRanges(text, 0) ?? []).map(({ pos, end }) => text.slice(pos, end)).join('\n')
}

/** A type has no effect, but for one of the platform: a clock that is handed over can be read. */
function importBreaches(path: string, tree: ts.SourceFile, pure: ReadonlySet<string>): string[] {
  return importsOf(tree).flatMap(({ specifier, typeOnly }) => {
    const target = targetOf(path, specifier)
    if (target?.startsWith('platform/')) return [`${path}: is pure, and has ${target}: it is given times and chances`]
    if (typeOnly || (target !== undefined && pure.has(target))) return []
    return [`${path}: is pure, and uses ${target ?? specifier}, which is not`]
  })
}

function readingBreaches(path: string, tree: ts.SourceFile): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const reading = readingOf(node)
    if (reading) found.push(`${path}: is pure, and reads ${reading}`)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

/** `clock.now`, `context.random.number`, `performance`, `new Date()`, `await`: as the code has it. */
function readingOf(node: ts.Node): string | undefined {
  if (ts.isAwaitExpression(node)) return node.getText()
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) return node.getText()
  if (!ts.isPropertyAccessExpression(node)) return undefined
  const asked = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression
  const readings = Object.hasOwn(READINGS, asked.getText()) ? READINGS[asked.getText()]! : []
  return readings.includes(node.name.text) || /^(performance|crypto)$/.test(asked.getText())
    ? node.getText()
    : undefined
}
