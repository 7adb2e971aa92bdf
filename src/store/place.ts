// Floor 3: the order in which this device came to know the records of a collection. Pure.

/** The version of the transaction that first had the record, and the record's place among those of that transaction. */
export type RowPlace = readonly [at: number, nth: number]

/** Undefined: nothing is stored of the record. A row of a version that kept no places comes before all others. */
export function placeOf({
  row,
  runs,
}: {
  row: { place?: RowPlace | undefined; rev: number }
  runs: readonly { seq: number; edits: readonly { id: string }[] }[]
}): RowPlace | undefined {
  const edit = runs[0]?.edits[0]
  return row.place ?? (edit ? placeOfEdit(runs[0]!.seq, edit) : row.rev > 0 ? [0, 0] : undefined)
}

/** `seq`: the version that saved the edit. */
export function placeOfEdit(seq: number, { id }: { id: string }): RowPlace {
  return [seq, Number.parseInt(id.slice(id.lastIndexOf('-') + 1), 36) || 0]
}

/** Of a record that the transaction which found this state is the first to have. */
export function newPlace({ version }: { version: number }, nth = 0): RowPlace {
  return [version + 1, nth]
}
