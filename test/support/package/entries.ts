import packageJson from '../../../package.json' with { type: 'json' }

/** The names that an app can import, as `holdfast/rest`. */
export function entryNames(): string[] {
  return Object.entries(packageJson.exports).flatMap(([name, target]) =>
    typeof target === 'string' ? [] : [name.replace('.', packageJson.name)],
  )
}

/** The built file of each entry, as `dist/rest/index.js`. */
export function entryFiles(): string[] {
  return Object.values(packageJson.exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target.default.slice('./'.length)],
  )
}
