import type { Json } from '../json.js'

/** Types of columns that hold a geometry, and the GeoJSON types that they take. */
export const geometryTypes = {
  POINT: ['Point'],
  LINESTRING: ['LineString'],
  POLYGON: ['Polygon'],
  GEOMETRY: ['Point', 'LineString', 'Polygon'],
} as const

export type GeometryColumn = keyof typeof geometryTypes
type GeometryType = (typeof geometryTypes)[GeometryColumn][number]

/** How many lists the coordinates of each are in. */
const depths: Readonly<Record<GeometryType, number>> = { Point: 1, LineString: 2, Polygon: 3 }

/** The reference system of the service's own answers (WGS 84). */
const srsId = 4326

/**
 * A geometry as the service stores and answers it: GeoJSON with `srsId` and `___class` beside it ("Working with Properties", REST
 * guide). Sent as GeoJSON or as WKT; `undefined` for anything else.
 */
export function storedGeometry(type: GeometryColumn, value: Json): Json | undefined {
  const { type: kind, coordinates } = fieldsOf(typeof value === 'string' ? geoJsonOfWkt(value) : value)
  const known = geometryTypes[type].find((name) => name === kind)
  if (known === undefined || coordinates === undefined || !isNested(coordinates, depths[known])) return undefined
  return { type: known, coordinates, srsId, ___class: `com.backendless.persistence.${known}` }
}

function fieldsOf(value: Json): { readonly [field: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {}
}

/** Pairs of numbers in so many lists, of which only the innermost may not be empty. */
function isNested(value: Json, depth: number): boolean {
  if (!Array.isArray(value)) return false
  if (depth === 1) return value.length === 2 && value.every((part) => typeof part === 'number' && Number.isFinite(part))
  return value.length > 0 && value.every((inner) => isNested(inner, depth - 1))
}

/** Well-known text of one of the three types, as GeoJSON; null for any other text. */
function geoJsonOfWkt(text: string): Json {
  const [, name = '', points = ''] = /^\s*(POINT|LINESTRING|POLYGON)\s*\(([\d\s(),.eE+-]*)\)\s*$/i.exec(text) ?? []
  const type = (['Point', 'LineString', 'Polygon'] as const).find((each) => each.toLowerCase() === name.toLowerCase())
  if (type === undefined) return null
  const lists = points
    .replace(/([^\s(),]+)\s+([^\s(),]+)/g, '[$1,$2]')
    .replaceAll('(', '[')
    .replaceAll(')', ']')
  try {
    return { type, coordinates: JSON.parse(type === 'Point' ? lists : `[${lists}]`) as Json }
  } catch {
    return null
  }
}
