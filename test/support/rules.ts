/*
 * Holds the numbers of ARCHITECTURE.md together with the code: each rule (R), guarantee (G) and invariant of the sender (S) or the
 * lease (T) that is cited is defined, and each rule and invariant is kept by files that say so, and held by tests that say so. Pure: it is given the texts.
 */
import ts from 'typescript'

interface Rule {
  readonly number: string
  readonly keptBy: readonly string[]
  readonly heldBy: readonly string[]
}

/** Every breach, one line each; empty when numbers and code agree. `files`: path to text, of sources and tests. */
export function ruleBreaches(document: string, files: ReadonlyMap<string, string>): string[] {
  const rules = rulesIn(document)
  const numbers = rules.map(({ number }) => number)
  const twice = numbers.filter((number, at) => numbers.indexOf(number) < at)
  const undefinedOnes = [...files].flatMap(([path, text]) =>
    [...citedIn(text)]
      .filter((number) => !numbers.includes(number))
      .map((number) => `${path}: cites ${number}, which is not defined`),
  )
  return [
    ...twice.map((number) => `${number}: is defined twice`),
    ...undefinedOnes,
    ...rules.filter(({ number }) => !number.startsWith('G')).flatMap((rule) => unheld(rule, files)),
  ]
}

/** The rows `| R1 name | … | kept by | held by |`, and those of the guarantees and invariants. */
function rulesIn(document: string): Rule[] {
  return [...document.matchAll(/^\| ([GRST]\d+)\b(.*)\|$/gm)].map(([, number, rest]) => {
    const [keptBy = '', heldBy = ''] = rest!.split(' | ').slice(-2)
    return { number: number!, keptBy: pathsIn(keptBy), heldBy: pathsIn(heldBy) }
  })
}

function pathsIn(cell: string): string[] {
  return [...cell.matchAll(/`([\w./-]+\.ts)`/g)].map(([, path]) => path!)
}

function unheld({ number, keptBy, heldBy }: Rule, files: ReadonlyMap<string, string>): string[] {
  const found: string[] = []
  if (!keptBy.some((path) => path.startsWith('src/'))) found.push(`${number}: no file of src/ keeps it`)
  if (!heldBy.some((path) => path.startsWith('test/'))) found.push(`${number}: no test holds it`)
  for (const path of [...keptBy, ...heldBy]) {
    const text = files.get(path)
    if (text === undefined) found.push(`${number}: ${path} is not there`)
  }
  const says = (path: string, isCited: (text: string) => boolean): boolean =>
    !files.has(path) || isCited(files.get(path)!)
  for (const path of keptBy.filter((one) => !says(one, (text) => citedIn(text).has(number))))
    found.push(`${number}: ${path} does not say that it keeps it`)
  for (const path of heldBy.filter((one) => !says(one, (text) => citedByTests(text).has(number))))
    found.push(`${number}: neither a title nor the head of ${path} says that it holds it`)
  return found
}

/** The numbers that a text names; `R2 to R4` names three. */
function citedIn(text: string): Set<string> {
  const cited = new Set<string>()
  for (const [, letter, first, , last] of text.matchAll(/\b([GRST])(\d+)\b( to \1(\d+)\b)?/g))
    for (let number = Number(first); number <= Number(last ?? first); number++) cited.add(`${letter}${number}`)
  return cited
}

/** The numbers in the titles of tests and groups, and in the comment that a file begins with. */
function citedByTests(text: string): Set<string> {
  const tree = ts.createSourceFile('test.ts', text, ts.ScriptTarget.ES2022)
  const said = (ts.getLeadingCommentRanges(text, 0) ?? []).map(({ pos, end }) => text.slice(pos, end))
  const visit = (node: ts.Node): void => {
    const [title] = ts.isCallExpression(node) ? node.arguments : []
    if (title && ts.isStringLiteralLike(title) && isTest((node as ts.CallExpression).expression)) said.push(title.text)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return citedIn(said.join('\n'))
}

/** `it`, `test` and `describe`, with what may follow: `it.each([…])`, `describe.runIf(…)`. */
function isTest(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return ['it', 'test', 'describe'].includes(callee.text)
  if (ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee)) return isTest(callee.expression)
  return ts.isTaggedTemplateExpression(callee) && isTest(callee.tag)
}
