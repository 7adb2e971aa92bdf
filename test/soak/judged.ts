/** Prints a ratio beside what it may be at most; answers with whether it is. */
export function judged(what: string, ratio: number, most: number): boolean {
  const isMet = ratio <= most
  console.log(`${isMet ? 'met   ' : 'MISSED'} ${what}: ${ratio.toFixed(2)} × (at most ${most} ×)`)
  return isMet
}
