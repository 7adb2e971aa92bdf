// Floor 6: two ways to write one geometry: WKT and GeoJSON, which answers have with `srsId` and `___class` in it.
import { fieldsOf } from '../model/own.js'
import type { Json } from '../model/record.js'
import { equal } from '../model/same.js'
import { parsed } from './parsed.js'

/** Whether both are one geometry; one that names no reference system is in that of the other. */
export function sameGeometry(a: Json, b: Json): boolean {
  const [one, other] = [fieldsOf(parsed(asGeoJson(a))), fieldsOf(parsed(asGeoJson(b)))]
  return (
    one.coordinates !== undefined &&
    equal(one.coordinates as Json, other.coordinates as Json) &&
    String(one.type).toLowerCase() === String(other.type).toLowerCase() &&
    (one.srsId ?? other.srsId) === (other.srsId ?? one.srsId)
  )
}

/** WKT as the text of a GeoJSON; anything else as it is. */
function asGeoJson(value: Json): Json {
  if (typeof value !== 'string') return value
  return value.replace(/^\s*(\w+)\s*\((.*)\)\s*$/s, (_, type: string, points: string) => {
    const lists = points
      .replace(/([^\s(),]+)\s+([^\s(),]+)/g, (_pair, x, y) => `[${Number(x)},${Number(y)}]`)
      .replace(/\(/g, '[')
      .replace(/\)/g, ']')
    return `{"type":"${type}","coordinates":${/^point$/i.test(type) ? lists : `[${lists}]`}}`
  })
}
