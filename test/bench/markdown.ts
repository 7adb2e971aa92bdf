import type { Behaviour } from './behaviour.js'
import { holdfastAs, LIST_CONTENDERS } from './contenders.js'
import { CURVES } from './curves.js'
import { type Goal, goalsOf, verdictOf } from './goals.js'
import { type Cell, type ResultRow, type Results, valueOf } from './results.js'

/** The figures as `BENCHMARKS.md` shows them, between its first lines and the explanations that people write. */
export function tablesOf(results: Results): string {
  const goals = goalsOf(results)
  const lists = LIST_CONTENDERS.map(({ name }) => name)
  const [phone, others] = [true, false].map((isSlow) =>
    results.rows.filter(({ id }) => id.startsWith('slow-') === isSlow),
  )
  const named = (isPeer: boolean, durability: string): string[] =>
    results.contenders
      .filter((one) => one.isPeer === isPeer && one.durability === durability && !lists.includes(one.name))
      .map(({ name }) => name)
  const durabilities = [...new Set(results.contenders.filter(({ isPeer }) => isPeer).map((peer) => peer.durability))]
  const ratio = 'in brackets the ratio to'
  return [
    `Measured on ${results.date} in ${results.minutes} min: \`${results.command}\`, ${results.machine}.`,
    `Versions: ${Object.entries(results.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    repetitionsOf(results),
    '## Goals',
    goalTable(goals.filter(({ because }) => !because)),
    '## Bounds',
    boundTable(goals.filter(({ because }) => because)),
    ...section(
      'On a phone',
      `Median [least – most], ${ratio} the limit. Milliseconds, where nothing else is said.`,
      figureTable(phone!, [...named(false, 'strict'), ...named(false, 'relaxed'), ...named(true, 'relaxed')], 'limit'),
    ),
    ...section(
      'Against hand-written stores, strict',
      `Median [least – most], ${ratio} the limit.`,
      figureTable(others!, named(false, 'strict'), 'limit'),
    ),
    ...section(
      'Against hand-written stores, relaxed',
      `Here ${ratio} *limit relaxed*.`,
      figureTable(
        others!.filter(({ cells }) => cells['limit relaxed']),
        named(false, 'relaxed'),
        'limit relaxed',
      ),
    ),
    ...section(
      'Lists',
      `*list*: \`all$\` of a collection of an ordinary HTTP API. *getAll*: hand-written, \`getAll\` and a loop; ${ratio} it.`,
      figureTable(others!, lists, 'getAll'),
    ),
    ...durabilities.flatMap((durability) => {
      const [mine, peers] = [holdfastAs(durability), named(true, durability)]
      const rows = others!.filter(({ cells }) => peers.some((name) => cells[name]))
      return section(
        `Against its peers, ${durability}`,
        `Each of these is ${durability}; ${ratio} *${mine}*.`,
        figureTable(rows, [mine, ...peers], mine),
        betterPeers(results, mine, peers),
      )
    }),
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

/** Nothing, where the table has nothing. */
const section = (title: string, text: string, figures: string, ...rest: readonly string[]): string[] =>
  figures ? [`## ${title}`, text, figures, ...rest] : []

/** How many of each row a median is of, by kind of contender, and which rows have fewer than most. */
function repetitionsOf({ contenders, rows }: Results): string {
  const of = (isOurs: boolean): string => {
    const rowsByCount = new Map<number, Set<string>>()
    for (const { id, cells } of rows)
      for (const { name } of contenders.filter((one) => one.isOurs === isOurs)) {
        const cell = cells[name]
        if (!cell || !('median' in cell)) continue
        const ids = rowsByCount.get(cell.repetitions) ?? new Set()
        rowsByCount.set(cell.repetitions, ids.add(id.split('.')[0]!))
      }
    const counts = [...rowsByCount].sort(([one], [other]) => other - one)
    return counts
      .map(
        ([count, ids], at) => `${count} (${at ? [...ids].join(', ') : `${ids.size} ${ids.size > 1 ? 'rows' : 'row'}`})`,
      )
      .join('; ')
  }
  const [ours, others] = [of(true), of(false)]
  return [ours && `Repetitions of Holdfast and the limits: ${ours}.`, others && `Repetitions of the others: ${others}.`]
    .filter(Boolean)
    .join(' ')
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
    goals.map((goal) => [goal.work, goal.text, goal.figure, goal.isMet ? verdictOf(goal) : `**${verdictOf(goal)}**`]),
  )
}

function boundTable(bounds: readonly Goal[]): string {
  return table(
    ['work', 'bound', 'this run', '', 'reason'],
    bounds.map((bound) => [
      bound.work,
      bound.text,
      bound.figure,
      bound.isMet ? verdictOf(bound) : `**${verdictOf(bound)}**`,
      bound.because!,
    ]),
  )
}

/** With the ratio of each to one of them. */
function figureTable(rows: readonly ResultRow[], contenders: readonly string[], reference: string): string {
  const shown = rows.filter(({ cells }) => contenders.some((name) => cells[name]))
  const columns = contenders.filter((name) => shown.some(({ cells }) => cells[name]))
  if (!shown.length) return ''
  return table(
    ['work', ...columns],
    shown.map(({ title, unit, cells }) => [
      unit === 'ms' ? title : `${title} (${unit})`,
      ...columns.map((name) =>
        cellText(cells[name], unit === 'ms' && name !== reference ? cells[reference] : undefined),
      ),
    ]),
  )
}

function cellText(cell: Cell | undefined, reference: Cell | undefined): string {
  if (!cell) return ''
  if ('why' in cell) return cell.why
  const { median, least, most, failed } = cell
  const range = least === most ? '' : ` [${short(least)} – ${short(most)}]`
  const ratio = reference && 'median' in reference && reference.median ? ` (${short(median / reference.median)} ×)` : ''
  return `${short(median)}${range}${ratio}${failed === undefined ? '' : `, then: ${failed}`}`
}

function short(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(value < 1 ? 2 : 3)))
}

/** Said by the figures themselves. */
function betterPeers(results: Results, mine: string, peers: readonly string[]): string {
  const lines = results.rows
    .filter(({ unit }) => unit === 'ms' || unit === 'MB')
    .flatMap(({ id, title }) => {
      const own = valueOf(results, id, mine)
      if (own === undefined) return []
      const better = peers.filter((name) => (valueOf(results, id, name) ?? Infinity) < own)
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
