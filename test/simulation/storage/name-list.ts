/** A DOMStringList, as the DOM calls it. */
export function nameList(names: Iterable<string>): string[] {
  const list = [...names].sort()
  return Object.defineProperties(list, {
    contains: { value: (name: string) => list.includes(name) },
    item: { value: (index: number) => list[index] ?? null },
  })
}
