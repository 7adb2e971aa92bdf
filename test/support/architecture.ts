/*
 * Reads source text with the TypeScript API and says where it breaks the rules of the house (ARCHITECTURE.md). Pure: it
 * is given the sources, so that each rule can be shown to fail on a few lines.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'

/** Path below `src/`, with forward slashes, to source text. */
export type Sources = ReadonlyMap<string, string>

const FLOORS: Readonly<Record<string, number>> = {
  model: 1,
  platform: 2,
  store: 3,
  endpoint: 3,
  sync: 4,
  live: 4,
  session: 4,
  client: 5,
  backendless: 6,
  rest: 6,
  capacitor: 7,
  react: 7,
  'service-worker': 7,
  testing: 7,
  inspector: 7,
}

const WIRING_FLOOR = 5

/** The only file directly in `src/`: the core's entry. */
const ENTRY_FLOOR = 6

/** Where a package may be imported; a package without a row may be imported nowhere. */
const PACKAGES: Readonly<Record<string, (path: string) => boolean>> = {
  dexie: (path) => path.startsWith('store/'),
  ky: (path) => path === 'endpoint/http.ts',
  rxjs: (path) => path.startsWith('live/') || (placeOf(path)?.floor ?? 0) >= WIRING_FLOOR,
  react: (path) => path.startsWith('react/'),
}

/** Entries that a service worker loads: nothing in their graphs may load rxjs. */
const WORKER_ENTRIES = ['service-worker/index.ts', 'backendless/endpoint.ts', 'rest/endpoint.ts', 'endpoint/index.ts']

/** Globals that reach the world outside the program: time, chance, the network, the page, what is stored. */
const WORLD = new Set(
  [
    'setTimeout clearTimeout setInterval clearInterval setImmediate requestAnimationFrame requestIdleCallback performance',
    'fetch XMLHttpRequest WebSocket EventSource Worker BroadcastChannel crypto',
    'navigator document window self globalThis location addEventListener removeEventListener',
    'indexedDB caches localStorage sessionStorage',
  ].flatMap((names) => names.split(' ')),
)

/** Members of globals that are otherwise pure. */
const WORLD_MEMBERS = new Set(['Date.now', 'Math.random', 'AbortSignal.timeout'])

export interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
}

/** The project's own sources below a directory, where some folders have packages of their own installed. */
export function readSources(directory: string): Sources {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
  return new Map(
    files
      .filter((file) => file.isFile() && /\.tsx?$/.test(file.name))
      .map((file) => join(file.parentPath, file.name))
      .filter((path) => !path.includes('node_modules'))
      .map((file) => [posix.normalize(file.slice(directory.length + 1)), readFileSync(file, 'utf8')]),
  )
}

/** Every breach of a rule, one line each, `path: what is wrong`; empty when the house stands. */
export function breaches(sources: Sources): string[] {
  const trees = new Map([...sources].map(([path, text]) => [path, parse(path, text)]))
  const imports = new Map([...trees].map(([path, tree]) => [path, importsOf(tree)]))
  return [
    ...floorBreaches(imports),
    ...packageBreaches(imports),
    ...cycleBreaches(imports),
    ...workerBreaches(imports),
    ...globalBreaches(sources),
    ...optionBreaches(trees),
    ...nameBreaches(trees),
  ]
}

export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
}

/** Floor and room of a file; undefined when the house has no such place. */
function placeOf(path: string): { floor: number; room: string } | undefined {
  if (path === 'index.ts') return { floor: ENTRY_FLOOR, room: path }
  const [folder, ...rest] = path.split('/')
  const floor = FLOORS[folder!]
  return floor === undefined || rest.length === 0 ? undefined : { floor, room: folder! }
}

export function importsOf(tree: ts.SourceFile): Import[] {
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const names = node.importClause?.namedBindings
      const eachIsType =
        !node.importClause?.name &&
        names !== undefined &&
        ts.isNamedImports(names) &&
        names.elements.length > 0 &&
        names.elements.every((element) => element.isTypeOnly)
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || eachIsType)
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      add(node.moduleSpecifier, node.isTypeOnly)
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false)
    }
    ts.forEachChild(node, visit)
  }
  const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (specifier && ts.isStringLiteralLike(specifier)) found.push({ specifier: specifier.text, typeOnly })
  }
  visit(tree)
  return found
}

/** The file that a relative import means, as a path below `src/`; undefined for a package. */
export function targetOf(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return posix
    .join(posix.dirname(from), specifier)
    .replace(/\.js$/, '.ts')
    .replace(/\.jsx$/, '.tsx')
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

function floorBreaches(imports: ReadonlyMap<string, Import[]>): string[] {
  const found: string[] = []
  for (const [path, list] of imports) {
    const here = placeOf(path)
    if (!here) {
      const place = path.includes('/') ? `the folder ${path.split('/')[0]}/` : 'files beside index.ts'
      found.push(`${path}: no floor of the house has ${place}`)
    }
    for (const { specifier } of list) {
      const target = targetOf(path, specifier)
      if (target === undefined) continue
      const there = placeOf(target)
      if (!imports.has(target)) found.push(`${path}: imports ${specifier}, which does not exist`)
      else if (!here || !there) continue
      else if (there.floor > here.floor) {
        found.push(`${path}: imports ${target} upwards (floor ${here.floor} to ${there.floor})`)
      } else if (there.floor === here.floor && there.room !== here.room) {
        found.push(`${path}: imports ${target}, another room of floor ${here.floor}`)
      }
    }
  }
  return found
}

function packageBreaches(imports: ReadonlyMap<string, Import[]>): string[] {
  const found: string[] = []
  for (const [path, list] of imports) {
    for (const { specifier } of list) {
      if (specifier.startsWith('.')) continue
      const allowed = PACKAGES[packageOf(specifier)]
      if (!allowed?.(path)) found.push(`${path}: must not import ${specifier}`)
    }
  }
  return found
}

/** Each strongly connected group of files, types included, is named once. */
function cycleBreaches(imports: ReadonlyMap<string, Import[]>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) {
      found.push(`${path}: is in a cycle: ${[...trail.slice(start), path].join(' -> ')}`)
      return
    }
    if (done.has(path)) return
    for (const { specifier } of imports.get(path) ?? []) {
      const target = targetOf(path, specifier)
      if (target !== undefined) walk(target, [...trail, path])
    }
    done.add(path)
  }
  for (const path of imports.keys()) walk(path, [])
  return found
}

/** Types cost a worker nothing: only imports that stay in the emitted code count. */
function workerBreaches(imports: ReadonlyMap<string, Import[]>): string[] {
  const found: string[] = []
  for (const entry of WORKER_ENTRIES) {
    const reached = new Set<string>()
    const walk = (path: string, trail: readonly string[]): void => {
      if (reached.has(path)) return
      reached.add(path)
      for (const { specifier, typeOnly } of imports.get(path) ?? []) {
        if (typeOnly) continue
        const target = targetOf(path, specifier)
        if (target !== undefined) walk(target, [...trail, target])
        else if (packageOf(specifier) === 'rxjs') found.push(`${entry}: loads rxjs through ${trail.join(' -> ')}`)
      }
    }
    walk(entry, [entry])
  }
  return found
}

function globalBreaches(sources: Sources): string[] {
  const outside = new Map([...sources].filter(([path]) => !path.startsWith('platform/')))
  const program = programOf(outside)
  const checker = program.getTypeChecker()
  const found: string[] = []
  const isGlobal = (node: ts.Node): boolean => ts.isIdentifier(node) && !isDeclared(node, checker)

  for (const path of outside.keys()) {
    const visit = (node: ts.Node): void => {
      if (ts.isTypeNode(node)) {
        // A class's `extends` counts as a type node to TypeScript, yet its expression runs.
        if (ts.isExpressionWithTypeArguments(node)) visit(node.expression)
        return
      }
      const name = worldName(node, isGlobal)
      if (name) found.push(`${path}: uses ${name}, which only platform/ may`)
      ts.forEachChild(node, visit)
    }
    visit(program.getSourceFile(path)!)
  }
  return found
}

/** Whether the program declares the name somewhere, and if only by an import. */
export function isDeclared(node: ts.Identifier, checker: ts.TypeChecker): boolean {
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? checker.getShorthandAssignmentValueSymbol(node.parent)
    : checker.getSymbolAtLocation(node)
  return !!symbol?.declarations?.length
}

function worldName(node: ts.Node, isGlobal: (node: ts.Node) => boolean): string | undefined {
  if (ts.isNewExpression(node) || ts.isCallExpression(node)) {
    const callee = node.expression
    if (ts.isIdentifier(callee) && callee.text === 'Date' && isGlobal(callee)) {
      return ts.isNewExpression(node) ? 'new Date' : 'Date()'
    }
  }
  if (ts.isPropertyAccessExpression(node) && isGlobal(node.expression)) {
    const member = `${node.expression.getText()}.${node.name.text}`
    if (WORLD_MEMBERS.has(member)) return member
  }
  if (ts.isIdentifier(node) && WORLD.has(node.text) && isReference(node) && isGlobal(node)) return node.text
  return undefined
}

/** Whether an identifier stands for a value, not for the name of a member. */
export function isReference(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isBindingElement(parent)) return parent.initializer === node
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node
  return true
}

/** A program of these sources alone, without the libraries: a name it cannot resolve is a global. */
export function programOf(sources: Sources): ts.Program {
  const options: ts.CompilerOptions = { noLib: true, noResolve: true, types: [], target: ts.ScriptTarget.ES2022 }
  return ts.createProgram(
    [...sources.keys()],
    options,
    Object.assign(ts.createCompilerHost(options), {
      fileExists: (path: string) => sources.has(path),
      readFile: (path: string) => sources.get(path),
      getSourceFile: (path: string) => {
        const text = sources.get(path)
        return text === undefined ? undefined : parse(path, text)
      },
    }),
  )
}

/** Names that two files export: one word means one thing. A file may hand on the export of another one. */
function nameBreaches(trees: ReadonlyMap<string, ts.SourceFile>): string[] {
  const pathsByName = new Map<string, Set<string>>()
  for (const [path, tree] of trees)
    for (const name of tree.statements.flatMap(exportedNames))
      pathsByName.set(name, (pathsByName.get(name) ?? new Set()).add(path))
  return [...pathsByName]
    .filter(([, paths]) => paths.size > 1)
    .map(([name, paths]) => `${name}: is exported by ${[...paths].join(' and ')}`)
}

function exportedNames(statement: ts.Statement): string[] {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined
  if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return []
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText())
  const { name } = statement as ts.DeclarationStatement
  return name ? [name.getText()] : []
}

/** Members of exported `…Options` types that no code takes out of an object, by name. */
function optionBreaches(trees: ReadonlyMap<string, ts.SourceFile>): string[] {
  const declared: { path: string; option: string; name: string }[] = []
  const read = new Set<string>()
  for (const [path, tree] of trees) {
    const visit = (node: ts.Node, owner: string | undefined): void => {
      const isOwner =
        (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) && isPublicOptions(path, node)
      const option = isOwner ? node.name.text : owner
      if (ts.isPropertySignature(node) && option !== undefined && ts.isIdentifier(node.name)) {
        declared.push({ path, option, name: node.name.text })
      } else if (ts.isPropertyAccessExpression(node) && !isWrittenTo(node)) {
        read.add(node.name.text)
      } else if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
        read.add(node.argumentExpression.text)
      } else if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
        read.add((node.propertyName ?? node.name).getText())
      }
      // A member's own type is not an option: `{ faultKinds: { [code: string]: FailureKind } }` declares one.
      ts.forEachChild(node, (child) => visit(child, ts.isPropertySignature(node) ? undefined : option))
    }
    visit(tree, undefined)
  }
  return declared
    .filter(({ name }) => !read.has(name))
    .map(({ path, option, name }) => `${path}: no code reads the option ${option}.${name}`)
}

function isPublicOptions(path: string, node: ts.InterfaceDeclaration | ts.TypeAliasDeclaration): boolean {
  const exported = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false
  return (
    exported &&
    node.name.text.endsWith('Options') &&
    (path === 'client/options.ts' || /^(backendless|rest)\//.test(path))
  )
}

function isWrittenTo(node: ts.PropertyAccessExpression): boolean {
  const { parent } = node
  return (
    ts.isBinaryExpression(parent) && parent.left === node && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  )
}
