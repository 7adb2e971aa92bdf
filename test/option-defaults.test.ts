/* Each option that an app may leave out says what holds then. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'

/** Names of the types that an app fills in: those of options, and the parts of them that have names of their own. */
const OPTIONS =
  /(Options?|^RestCollection|^RestList|^RestPage|^TroubleScope|^RefusalScope|^LossyParts|^QueryWindow|^HttpRequest|^Endpoint)$/

/** Those that only the library makes, out of the options of the app. */
const OWN = new Set(['DatabaseOptions', 'IdentityOptions', 'LiveOptions', 'SyncOptions'])

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => join('src', path))

/** The members that may be left out of each type of options in a file, as `Type.member`, with their documentation. */
function optionalMembers(path: string): [name: string, documentation: string][] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  const found: [string, string][] = []
  const visit = (node: ts.Node, type: string): void => {
    if ((ts.isPropertySignature(node) || ts.isMethodSignature(node)) && node.questionToken) {
      const text = ts.getJSDocCommentsAndTags(node).map((one) => one.getText())
      found.push([`${type}.${node.name.getText()}`, text.join(' ')])
    } else ts.forEachChild(node, (child) => visit(child, type))
  }
  for (const statement of file.statements) {
    if (!ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement)) continue
    const { text } = statement.name
    const isPublic = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    if (isPublic && OPTIONS.test(text) && !OWN.has(text)) visit(statement, text)
  }
  return found
}

it('each option that may be left out says what holds then', () => {
  const members = sources.flatMap(optionalMembers)
  const types = new Set(members.map(([name]) => name.split('.')[0]))
  expect([...types]).toEqual(expect.arrayContaining(['ClientOptions', 'RestCollection', 'RestOptions', 'Endpoint']))
  expect(
    members.filter(([, text]) => !/\bdefault\b|\babsent\b|\bwithout \w+\b/i.test(text)).map(([name]) => name),
  ).toEqual([])
})
