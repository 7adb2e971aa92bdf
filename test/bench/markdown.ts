import type { Behaviour } from './behaviour.js'
import { LIST_CONTENDERS } from './contenders.js'
import { CURVES } from './curves.js'
import { type Goal, goalsOf } from './goals.js'
import { type Cell, type ResultRow, type Results, valueOf } from './results.js'

/** The figures as `BENCHMARKS.md` shows them, between its first lines and the explanations that people write. */
export function tablesOf(results: Results): string {
  const lists = LIST_CONTENDERS.map(({ name }) => name)
  const own = results.contenders.filter(({ name, isPeer }) => !isPeer && !lists.includes(name)).map(({ name }) => name)
  const peers = results.contenders.filter(({ isPeer }) => isPeer).map(({ name }) => name)
  return [
    `Measured on ${results.date}: \`${results.command}\`, ${results.machine}.`,
    `Versions: ${Object.entries(results.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    '## Goals',
    goalTable(goalsOf(results)),
    '## Against hand-written stores',
    'Median [least – most], and in brackets the ratio to the limit. Milliseconds, where nothing else is said.',
    figureTable(results.rows, own),
    '## Lists',
    '*list*: `all$` of a collection of an ordinary HTTP API. *getAll*: hand-written, `getAll` and a loop.',
    figureTable(results.rows, lists),
    '## Against its peers',
    'Each at its own durability: only Holdfast, in this table, waits for the disk.',
    figureTable(results.rows, ['holdfast', ...peers]),
    betterPeers(results, peers),
    '## The end of an edit that is answered 400',
    behaviourTable(results.behaviour),
    '## Size',
    sizeTable(results),
    '## How it grows',
    CURVES.filter(({ name }) => results.curves[name])
      .map(({ name, title }) => `![By the number of ${title}](docs/bench/${name}.svg)`)
      .join('\n\n'),
  ].join('\n\n')
}

/** Each row beside an older state of the code, and that state beside itself. */
export function ratioTable(results: Results): string {
  const ratio = (id: string, contender: string): string => {
    const [value, older] = [valueOf(results, id, contender), valueOf(results, id, 'before')]
    if (value !== undefined && older) return `${(value / older).toFixed(2)} ×`
    // The reason of one that failed, and the figure of one that has nothing beside it.
    return cellText(results.rows.find((row) => row.id === id)?.cells[contender], undefined)
  }
  const cells = results.rows.map(({ id, title, unit, cells: { before } }) => [
    unit === 'ms' ? title : `${title} (${unit})`,
    cellText(before, undefined),
    ratio(id, 'now'),
    ratio(id, 'before again'),
  ])
  return table(['work', 'before', 'now', 'before again'], cells)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function goalTable(goals: readonly Goal[]): string {
  return table(
    ['work', 'goal', 'this run', ''],
    goals.map(({ work, goal, figure, isMet }) => [work, goal, figure, isMet ? 'met' : '**missed**']),
  )
}

function figureTable(rows: readonly ResultRow[], contenders: readonly string[]): string {
  const shown = rows.filter(({ cells }) => contenders.some((name) => cells[name]))
  return table(
    ['work', ...contenders],
    shown.map(({ title, unit, cells }) => {
      const limit = cells['limit']
      return [
        unit === 'ms' ? title : `${title} (${unit})`,
        ...contenders.map((name) => cellText(cells[name], unit === 'ms' && name !== 'limit' ? limit : undefined)),
      ]
    }),
  )
}

function cellText(cell: Cell | undefined, limit: Cell | undefined): string {
  if (!cell) return ''
  if ('why' in cell) return cell.why
  const { median, least, most } = cell
  const range = least === most ? '' : ` [${short(least)} – ${short(most)}]`
  const ratio = limit && 'median' in limit && limit.median ? ` (${short(median / limit.median)} ×)` : ''
  return `${short(median)}${range}${ratio}`
}

function short(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(value < 1 ? 2 : 3)))
}

/** Said by the figures themselves. */
function betterPeers(results: Results, peers: readonly string[]): string {
  const lines = results.rows
    .filter(({ unit }) => unit === 'ms' || unit === 'MB')
    .flatMap(({ id, title }) => {
      const mine = valueOf(results, id)
      if (mine === undefined) return []
      const better = peers.filter((name) => (valueOf(results, id, name) ?? Infinity) < mine)
      return better.length ? [`- ${title}: ${better.join(', ')}`] : []
    })
  return lines.length ? ['Where a peer is better:', ...lines].join('\n') : 'No peer is better in any row.'
}

function behaviourTable(behaviour: Results['behaviour']): string {
  const questions: [keyof Behaviour, string][] = [
    ['rolledBack', 'rolled back'],
    ['laterKept', 'a later edit of the record is kept'],
    ['laterSent', 'that one is sent'],
    ['told', 'the app is told'],
    ['toldAfterReload', 'also after a reload'],
  ]
  return table(
    ['', ...questions.map(([, text]) => text)],
    Object.entries(behaviour).map(([name, answers]) => [
      name,
      ...questions.map(([question]) => (answers[question] ? 'yes' : 'no')),
    ]),
  )
}

function sizeTable({ sizes }: Results): string {
  return table(
    ['', 'bytes, minified and gzipped'],
    [
      ...Object.entries(sizes.entries).map(([entry, bytes]) => [`\`${entry}\`, own code`, bytes.toLocaleString('en')]),
      ['core and `holdfast/backendless` together', sizes.together.toLocaleString('en')],
      ['their part of rxjs', sizes.rxjs.toLocaleString('en')],
    ],
  )
}
