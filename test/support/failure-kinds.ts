/*
 * Finds where code compares the kind of a failure, or of a fault, with a literal: `src/model/failure.ts` alone may, since all that the
 * code knows of a kind stands there in one row. Goes by types, so that no name hides a kind, and no other union is mistaken for one.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { parse, type Sources, targetOf } from './architecture.js'

/** Where the kinds are, and where they may be compared. */
const HOME = 'model/failure.ts'

const COMPARING = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
])

/** Calls that ask a list for a kind. */
const ASKING = new Set(['includes', 'indexOf', 'lastIndexOf', 'has'])

export interface KindFindings {
  /** The kinds that were looked for. */
  readonly kinds: ReadonlySet<string>
  /** One line each, `path:line: code`. */
  readonly breaches: readonly string[]
}

export function kindComparisons(sources: Sources): KindFindings {
  const program = typedProgram(sources)
  const checker = program.getTypeChecker()
  const kinds = new Set(
    [
      ['model/failure.ts', 'FailureKind'],
      ['model/fault.ts', 'FaultKind'],
    ].flatMap(([path, name]) => literalsOf(aliasIn(program.getSourceFile(path!), name!, checker)) ?? []),
  )

  /** Of a literal type, or a union of some: whether all of them are kinds. Else whether the code calls it one. */
  const isKind = (node: ts.Expression): boolean => {
    const texts = literalsOf(checker.getNonNullableType(checker.getTypeAtLocation(node)))
    if (texts) return texts.every((text) => kinds.has(text))
    return /kind/i.test(node.getText())
  }
  const isKindText = (node: ts.Expression): boolean => ts.isStringLiteralLike(node) && kinds.has(node.text)
  const isKindList = (node: ts.Expression): boolean => {
    if (ts.isNewExpression(node)) return !!node.arguments?.some(isKindList)
    if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return isKindList(node.expression)
    if (ts.isArrayLiteralExpression(node)) return node.elements.some(isKindText)
    if (!ts.isIdentifier(node)) return false
    const initializers = checker.getSymbolAtLocation(node)?.declarations?.map((found) => initializerOf(found)) ?? []
    return initializers.some((found) => found !== undefined && isKindList(found))
  }
  const isBreach = (node: ts.Node): boolean => {
    if (ts.isBinaryExpression(node) && COMPARING.has(node.operatorToken.kind)) {
      const { left, right } = node
      return (isKindText(left) && isKind(right)) || (isKindText(right) && isKind(left))
    }
    if (ts.isCaseClause(node)) return isKindText(node.expression) && isKind(node.parent.parent.expression)
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false
    const [asked] = node.arguments
    return ASKING.has(node.expression.name.text) && !!asked && isKind(asked) && isKindList(node.expression.expression)
  }

  const breaches: string[] = []
  for (const path of sources.keys()) {
    const tree = program.getSourceFile(path)!
    const visit = (node: ts.Node): void => {
      if (isBreach(node)) breaches.push(`${path}:${lineOf(node, tree)}: ${headOf(node)}`)
      ts.forEachChild(node, visit)
    }
    if (path !== HOME) visit(tree)
  }
  return { kinds, breaches }
}

/** The texts of a string literal type, or of a union of such; `undefined` for any other type. */
function literalsOf(type: ts.Type | undefined): string[] | undefined {
  const parts = type?.isUnion() ? type.types : type ? [type] : []
  const texts = parts.map((part) => (part.isStringLiteral() ? part.value : undefined))
  return texts.length && texts.every((text) => text !== undefined) ? texts : undefined
}

function aliasIn(tree: ts.SourceFile | undefined, name: string, checker: ts.TypeChecker): ts.Type | undefined {
  const alias = tree?.statements.find((node) => ts.isTypeAliasDeclaration(node) && node.name.text === name)
  return alias && checker.getTypeAtLocation(alias)
}

function initializerOf(node: ts.Declaration): ts.Expression | undefined {
  if (ts.isVariableDeclaration(node)) return node.initializer
  return undefined
}

function lineOf(node: ts.Node, tree: ts.SourceFile): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1
}

function headOf(node: ts.Node): string {
  return ts.isCaseClause(node) ? `case ${node.expression.getText()}` : node.getText().replaceAll(/\s+/g, ' ')
}

const libraries = dirname(fileURLToPath(import.meta.resolve('typescript')))
const parsed = new Map<string, ts.SourceFile | undefined>()

/** A program of these sources, with the language's own types; packages are unknown to it. */
function typedProgram(sources: Sources): ts.Program {
  const options: ts.CompilerOptions = {
    lib: ['lib.es2022.d.ts'],
    types: [],
    strict: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  }
  const read = (path: string): string | undefined => sources.get(path) ?? ts.sys.readFile(path)
  const library = (path: string): ts.SourceFile | undefined => {
    if (!parsed.has(path)) parsed.set(path, parse(path, readFileSync(path, 'utf8')))
    return parsed.get(path)
  }
  return ts.createProgram(
    [...sources.keys()],
    options,
    Object.assign(ts.createCompilerHost(options), {
      getCurrentDirectory: () => '',
      getDefaultLibLocation: () => libraries,
      getDefaultLibFileName: () => join(libraries, 'lib.es2022.d.ts'),
      fileExists: (path: string) => sources.has(path) || path.startsWith(libraries),
      readFile: read,
      getSourceFile: (path: string) => (sources.has(path) ? parse(path, sources.get(path)!) : library(path)),
      resolveModuleNameLiterals: (literals: readonly ts.StringLiteralLike[], from: string) =>
        literals.map(({ text }) => {
          const resolvedFileName = targetOf(from, text)
          return resolvedFileName !== undefined && sources.has(resolvedFileName)
            ? { resolvedModule: { resolvedFileName, extension: ts.Extension.Ts } }
            : { resolvedModule: undefined }
        }),
    }),
  )
}
