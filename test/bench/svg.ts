import { CURVE_METRICS, type CurveMetric, type Point } from './curves.js'

const panelWidth = 300
const panelHeight = 190
const margin = { left: 46, right: 14, top: 28, bottom: 30 }
const colours: { readonly [contender: string]: string } = { holdfast: '#1859c9', limit: '#8a8a8a' }

/** A panel for each metric, both axes logarithmic: flat is flat there, and linear a straight line upwards. */
export function drawCurve(title: string, lines: { readonly [contender: string]: readonly Point[] }): string {
  const metrics = (Object.keys(CURVE_METRICS) as CurveMetric[]).filter((metric) =>
    Object.values(lines).some((points) => points.some((point) => point[metric] !== undefined)),
  )
  const columns = 3
  const width = columns * panelWidth
  const height = Math.ceil(metrics.length / columns) * panelHeight + 34
  const panels = metrics.map((metric, index) => {
    const x = (index % columns) * panelWidth
    const y = Math.floor(index / columns) * panelHeight + 34
    return `<g transform="translate(${x},${y})">${drawPanel(metric, lines)}</g>`
  })
  const legend = Object.keys(lines).map(
    (name, index) =>
      `<text x="${width - 90 * (index + 1)}" y="20" fill="${colours[name] ?? '#333'}" font-weight="bold">${name}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
<text x="12" y="20" font-size="13">By the number of ${title}</text>
${legend.join('\n')}
${panels.join('\n')}
</svg>
`
}

function drawPanel(metric: CurveMetric, lines: { readonly [contender: string]: readonly Point[] }): string {
  const all = Object.values(lines).flatMap((points) => points.filter((point) => point[metric] !== undefined))
  const xs = all.map(({ x }) => x)
  const ys = all.map((point) => Math.max(point[metric]!, 0.001))
  const [left, right] = [Math.log10(Math.min(...xs)), Math.log10(Math.max(...xs, Math.min(...xs) * 1.01))]
  // Whole powers of ten, so that panels can be compared, and noise does not look like a slope.
  const [low, high] = [Math.floor(Math.log10(Math.min(...ys))), Math.ceil(Math.log10(Math.max(...ys)) + 0.001)]
  const xOf = (x: number): number =>
    margin.left + ((Math.log10(x) - left) / (right - left)) * (panelWidth - margin.left - margin.right)
  const yOf = (y: number): number =>
    panelHeight -
    margin.bottom -
    ((Math.log10(Math.max(y, 0.001)) - low) / (high - low)) * (panelHeight - margin.top - margin.bottom)
  const grid: string[] = []
  for (let power = low; power <= high; power++) {
    const y = yOf(10 ** power).toFixed(1)
    grid.push(`<path d="M${margin.left} ${y}H${panelWidth - margin.right}" stroke="#ddd"/>`)
    grid.push(
      `<text x="${margin.left - 4}" y="${Number(y) + 4}" text-anchor="end" fill="#555">${plain(10 ** power)}</text>`,
    )
  }
  for (const x of new Set(xs)) {
    const at = xOf(x).toFixed(1)
    grid.push(
      `<text x="${at}" y="${panelHeight - margin.bottom + 14}" text-anchor="middle" fill="#555">${plain(x)}</text>`,
    )
  }
  const drawn = Object.entries(lines).map(([name, points]) => {
    const colour = colours[name] ?? '#333'
    const places = points
      .filter((point) => point[metric] !== undefined)
      .map((point) => [xOf(point.x).toFixed(1), yOf(point[metric]!).toFixed(1)] as const)
    const line = `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${places.map((place) => place.join(',')).join(' ')}"/>`
    return line + places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="2.5" fill="${colour}"/>`).join('')
  })
  return `<text x="${margin.left}" y="16">${CURVE_METRICS[metric]}</text>${grid.join('')}${drawn.join('')}`
}

function plain(value: number): string {
  return value >= 1_000 ? `${value / 1_000}k` : String(Number(value.toPrecision(2)))
}
