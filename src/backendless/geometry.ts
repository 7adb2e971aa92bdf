// Floor 6: the ways to write a geometry: WKT, and GeoJSON, which answers complete with `srsId` and `___class`.
import { fieldsOf } from '../model/own.js'
import type { Json } from '../model/record.js'
import { parsed } from './parsed.js'

/** The SDKs' reference system for a geometry that names none: WGS 84. */
const defaultSrsId = 4326

/** The kind, all coordinates in order (rings are closed, so they need no brackets) and the reference system, as one text. */
export function shapeOf(value: Json): string | undefined {
  const [, name, points] = (typeof value === 'string' && /^\s*(\w+)\s*\((.+)\)\s*$/s.exec(value)) || []
  const { type, coordinates, srsId = defaultSrsId } = fieldsOf(parsed(value))
  const numbers = points ? points.match(/[^\s(),]+/g)?.map(Number) : Array.isArray(coordinates) && coordinates.flat(3)
  return numbers ? [name ?? type, ...numbers, srsId].join().toLowerCase() : undefined
}
