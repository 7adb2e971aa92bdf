/*
 * Finds code by its shape. A pattern is TypeScript: one expression, or statements that follow each other. In it `$name`
 * stands for any one node and `$$name` for any number of them in a list; the same name stands for the same code each time.
 * Comments, layout, quotes, parentheses, `!` and the short form of a property make no difference.
 */
import ts from 'typescript'

export interface Match {
  readonly start: number
  readonly end: number
  /** The code that each name of the pattern stands for. */
  readonly captured: ReadonlyMap<string, string>
}

type Captured = Map<string, string>

export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
}

/** Every place below `within` that has the shape of the pattern. */
export function findPattern(pattern: string, within: ts.Node): Match[] {
  const wanted = parsePattern(pattern)
  const found: Match[] = []
  const tryAt = (nodes: readonly ts.Node[]): void => {
    const captured: Captured = new Map()
    if (!matchList(wanted, nodes, captured)) return
    found.push({ start: nodes[0]!.getStart(), end: nodes.at(-1)!.getEnd(), captured })
  }
  const visit = (node: ts.Node): void => {
    // Code in parentheses is found by itself.
    const lists = ts.isStatement(wanted[0]!) ? statementsOf(node) : [node].filter((one) => plain(one) === one)
    for (let from = 0; from + wanted.length <= lists.length; from++) tryAt(lists.slice(from, from + wanted.length))
    ts.forEachChild(node, visit)
  }
  visit(within)
  return found
}

/** The template with the captured code in place of the names. */
export function fill(template: string, captured: ReadonlyMap<string, string>): string {
  return template.replaceAll(/\$\$?\w+/g, (name) => {
    const text = captured.get(name)
    if (text === undefined) throw new Error(`The pattern has no ${name}`)
    return text
  })
}

function parsePattern(pattern: string): readonly ts.Node[] {
  // In parentheses an object is not mistaken for a block.
  const expression = parse('pattern.ts', `(${pattern})`)
  if (!syntaxErrors(expression)) return [plain((expression.statements[0] as ts.ExpressionStatement).expression)]
  const statements = parse('pattern.ts', pattern)
  if (syntaxErrors(statements) || !statements.statements.length) throw new Error(`No TypeScript: ${pattern}`)
  return statements.statements
}

/** Internal to TypeScript, and the only way to ask for them without a program. */
function syntaxErrors(tree: ts.SourceFile): boolean {
  return (tree as unknown as { parseDiagnostics: unknown[] }).parseDiagnostics.length > 0
}

function statementsOf(node: ts.Node): readonly ts.Node[] {
  return ts.isSourceFile(node) || ts.isBlock(node) || ts.isCaseOrDefaultClause(node) ? node.statements : []
}

function matchList(wanted: readonly ts.Node[], nodes: readonly ts.Node[], captured: Captured): boolean {
  const [first, ...rest] = wanted
  if (!first) return nodes.length === 0
  const list = wildcardOf(first)
  if (!list?.startsWith('$$')) {
    const [node, ...others] = nodes
    return node !== undefined && matchNode(first, node, captured) && matchList(rest, others, captured)
  }
  for (let count = nodes.length; count >= 0; count--) {
    const attempt = new Map(captured)
    const text = count ? textFrom(nodes[0]!, nodes[count - 1]!) : ''
    if (!capture(list, text, attempt) || !matchList(rest, nodes.slice(count), attempt)) continue
    for (const [name, value] of attempt) captured.set(name, value)
    return true
  }
  return false
}

function matchNode(wanted: ts.Node, given: ts.Node, captured: Captured): boolean {
  const name = wildcardOf(wanted)
  if (name) return capture(name, textFrom(given, given), captured)
  const [pattern, node] = [plain(wanted), plain(given)]
  if (kindOf(pattern) !== kindOf(node) || ownText(pattern) !== ownText(node)) return false
  return matchList(childrenOf(pattern), childrenOf(node), captured)
}

/** `$name` by itself: as an expression, a statement, a name to bind, an element of an object. */
function wildcardOf(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node)) return node.text.startsWith('$') ? node.text : undefined
  if (ts.isExpressionStatement(node)) return wildcardOf(node.expression)
  if (ts.isShorthandPropertyAssignment(node)) return wildcardOf(node.name)
  if (ts.isBindingElement(node) && !node.propertyName && !node.initializer) return wildcardOf(node.name)
  return undefined
}

function capture(name: string, text: string, captured: Captured): boolean {
  const before = captured.get(name)
  captured.set(name, before ?? text)
  return before === undefined || before === text
}

/** Without what makes no difference to what the code does. */
function plain(node: ts.Node): ts.Node {
  return ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) ? plain(node.expression) : node
}

function kindOf(node: ts.Node): ts.SyntaxKind {
  if (ts.isShorthandPropertyAssignment(node)) return ts.SyntaxKind.PropertyAssignment
  return ts.isNoSubstitutionTemplateLiteral(node) ? ts.SyntaxKind.StringLiteral : node.kind
}

/** The marks that tell a node from others of its kind, apart from its children. */
function ownText(node: ts.Node): string {
  if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node) || ts.isLiteralExpression(node)) return node.text
  if (ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) return node.text
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return String(node.operator)
  if (ts.isVariableDeclarationList(node)) return String(node.flags & ts.NodeFlags.BlockScoped)
  return ''
}

function childrenOf(node: ts.Node): ts.Node[] {
  if (ts.isShorthandPropertyAssignment(node)) return [node.name, node.name]
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => void children.push(child))
  return children
}

function textFrom(first: ts.Node, last: ts.Node): string {
  return first.getSourceFile().text.slice(first.getStart(), last.getEnd())
}
