/*
 * The reference of the public names, by TypeDoc, as Markdown in `reference/`, which is not committed. Fails where an exported
 * name, or a member of one, has no documentation, and where a link leads nowhere.
 */
import { readFileSync } from 'node:fs'
import {
  Application,
  Comment,
  type DeclarationReflection,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
} from 'typedoc'
import { entryFiles } from './entries.js'

const app = await Application.bootstrapWithPlugins({
  entryPoints: entryFiles().map((file) => file.replace('dist/', 'src/').replace(/\.js$/, '.ts')),
  tsconfig: 'tsconfig.json',
  plugin: ['typedoc-plugin-markdown'],
  out: 'reference',
  readme: 'none',
  excludeExternals: true,
  disableSources: true,
  // Not a parameter, which the documentation of its function explains where its name does not. Not a constructor: an app makes
  // two of the errors at most, in an endpoint of its own.
  requiredToBeDocumented: [
    'Accessor',
    'Class',
    'Enum',
    'EnumMember',
    'Function',
    'Interface',
    'Method',
    'Property',
    'TypeAlias',
    'Variable',
  ],
  // A type that only others are made of, such as "a member of this union", has no name for apps.
  validation: { notExported: false, invalidLink: true, notDocumented: true },
  treatValidationWarningsAsErrors: true,
  treatWarningsAsErrors: true,
})
const project = await app.convert()
if (!project) process.exit(1)
const exempt = explained(project)
// No option of TypeDoc tells the members of one union apart.
for (const one of exempt) one.comment = new Comment([{ kind: 'text', text: ' ' }])
app.validate(project)
for (const one of exempt) delete one.comment
for (const name of borrowed(project))
  app.logger.error(`${name} has no documentation of its own, but that of what it extends`)
await app.generateOutputs(project)
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1

/** TypeDoc gives an interface without documentation that of the one which it extends. */
function borrowed(all: ProjectReflection): string[] {
  const kinds = ReflectionKind.Class | ReflectionKind.Interface | ReflectionKind.TypeAlias
  return all.getReflectionsByKind(kinds).flatMap((one) => {
    const symbol = all.getSymbolIdFromReflection(one)
    if (!symbol?.fileName) return []
    const before = readFileSync(symbol.fileName, 'utf8').slice(0, symbol.pos)
    return before.trimEnd().endsWith('*/') ? [] : [one.getFriendlyFullName()]
  })
}

/**
 * The properties that need no documentation of their own: one with a single value, such as the `name` of an error or the tag of a
 * union; a member of a type without a name, where the documentation of what has that type names it in backquotes; and a member of
 * the bound of a type parameter.
 */
function explained(all: ProjectReflection): DeclarationReflection[] {
  const properties = all.getReflectionsByKind(ReflectionKind.Property) as DeclarationReflection[]
  return properties.filter((one) => !one.comment && (one.type?.type === 'literal' || isNamedAbove(one)))
}

function isNamedAbove({ name, parent }: DeclarationReflection): boolean {
  if (!parent?.kindOf(ReflectionKind.TypeLiteral)) return false
  for (let above: Reflection | undefined = parent; above; above = above.parent) {
    if (above.kindOf(ReflectionKind.TypeParameter)) return true
    if (textOf(above).includes(`\`${name}\``)) return true
  }
  return false
}

/** The documentation of a name, and of each member of the union that it stands for. */
function textOf(one: Reflection): string {
  const parts = [...(one.comment?.summary ?? [])]
  if (one.isDeclaration())
    one.type?.visit({ union: ({ elementSummaries }) => void parts.push(...(elementSummaries ?? []).flat()) })
  return parts.map(({ text }) => text).join(' ')
}
