/*
 * Reads the prose of this project, sentence by sentence, and finds two forms that make a reader go back: `whoever` and its
 * kin, and a sentence that begins with a clause (`What the tab shows is …`) where a noun should stand. Pure: it is given
 * the texts, so that a test can show that it refuses each form.
 */
import ts from 'typescript'

/** Stands for a piece of code inside of a sentence. */
const CODE = '`…`'

/** The sentences that break a rule, each with the reason; empty when the text reads well. `path` tells prose from source. */
export function breachesOfProse(path: string, text: string): string[] {
  const sentences = path.endsWith('.md') ? sentencesOfMarkdown(text) : sentencesOfSource(text, path)
  return sentences.flatMap((sentence) => reasonsAgainst(sentence).map((reason) => `${path}: ${reason}: ${sentence}`))
}

function reasonsAgainst(sentence: string): string[] {
  const reasons = [...sentence.matchAll(/\b(whoever|whatever|whichever)\b/gi)].map(([, word]) => `"${word}"`)
  if (/^[^\w$]*what\b/i.test(sentence) && !/\?\W*$/.test(sentence)) reasons.push('begins with a clause')
  return reasons
}

/** The sentences of a page, its headings, list items and table cells among them; code is left out. */
export function sentencesOfMarkdown(text: string): string[] {
  const prose = text.replace(/^ *(```+)[^\n]*\n[^]*?^ *\1 *$/gm, '\n').replace(/`[^`\n]+`/g, CODE)
  return blocksOf(prose).flatMap(sentencesOfBlock)
}

/** The sentences of the comments of a source, and of the strings of several words in it: messages and titles of tests. */
export function sentencesOfSource(text: string, path = 'source.ts'): string[] {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, false)
  const strings: string[] = []
  const comments = new Map<number, ts.CommentRange>()
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isJsxText(node)) strings.push(node.text)
    if (ts.isTemplateExpression(node))
      strings.push(node.head.text + node.templateSpans.map(({ literal }) => CODE + literal.text).join(''))
    const ranges = [
      ...(ts.getLeadingCommentRanges(text, node.pos) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
    ]
    for (const range of ranges) comments.set(range.pos, range)
    // Tokens too: a comment may stand before a closing brace.
    for (const child of node.getChildren(tree)) if (!isDocumentation(child)) visit(child)
  }
  visit(tree)
  return [
    ...joinedComments(text, comments).flatMap((comment) => sentencesOfMarkdown(comment)),
    ...strings.filter((string) => /\s/.test(string.trim())).flatMap((string) => sentencesOfMarkdown(string)),
  ]
}

/** The parser's own nodes for a docstring: its text has been read as a comment. */
function isDocumentation(node: ts.Node): boolean {
  return node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode
}

/** The texts of comments without their marks; `//` comments on lines that follow each other are one. */
function joinedComments(text: string, comments: ReadonlyMap<number, ts.CommentRange>): string[] {
  const joined: string[] = []
  let before: ts.CommentRange | undefined
  for (const range of [...comments.values()].sort((a, b) => a.pos - b.pos)) {
    const isLine = range.kind === ts.SyntaxKind.SingleLineCommentTrivia
    const continues =
      isLine && before?.kind === range.kind && /^[ \t]*\r?\n[ \t]*$/.test(text.slice(before.end, range.pos))
    const content = isLine
      ? text.slice(range.pos + 2, range.end)
      : text.slice(range.pos + 2, range.end - 2).replace(/^[ \t]*\*+[ \t]?/gm, '')
    if (continues) joined.push(`${joined.pop()!}\n${content}`)
    else joined.push(content)
    before = range
  }
  return joined
}

/** Paragraphs, headings, list items, table cells and tags of docstrings, each on one line. */
function blocksOf(text: string): string[] {
  const blocks: string[] = ['']
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '') blocks.push('')
    else if (line.startsWith('|')) blocks.push(...line.split('|'), '')
    else if (/^#+ /.test(line)) blocks.push(line.replace(/^#+ /, ''), '')
    else if (/^([-*]|\d+\.) /.test(line)) blocks.push(line.replace(/^\S+ /, ''))
    else if (/^@\w+/.test(line)) blocks.push(line.replace(/^@(param \S+|\w+)( - )?/, ''))
    else blocks.push(`${blocks.pop()!} ${line}`)
  }
  return blocks.map((block) => block.trim()).filter((block) => block !== '')
}

/** Splits after a full stop, a question mark or an exclamation mark, with what closes behind it: `"`, `)`, `**`. */
function sentencesOfBlock(block: string): string[] {
  return block.split(/(?<=[.?!]["'’”)*_]*)\s+/)
}
