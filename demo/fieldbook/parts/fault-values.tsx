import type { RowFault } from 'holdfast/backendless'
import { nameOf, shown } from '../words/names.js'

/** Side by side: the value from before, the person's, and the one that the server has now. */
export function FaultValues({ fault: { properties, base, mine, theirs } }: { fault: RowFault }) {
  const all = properties.filter((property) => property !== 'jobId')
  return (
    <dl className="values">
      {all.map((property) => (
        <div key={property} className="value-row">
          <dt>{nameOf(property)}</dt>
          <Value word="Before" value={shown(property, base[property])} />
          <Value word="Mine" value={mine ? shown(property, mine[property]) : 'deleted'} isMine />
          <Value word="Theirs" value={theirsOf(theirs, property)} />
        </div>
      ))}
    </dl>
  )
}

function Value({ word, value, isMine }: { word: string; value: string; isMine?: boolean }) {
  return (
    <dd data-mine={isMine}>
      <span className="value-word">{word}</span>
      <span className="value-text">{value}</span>
    </dd>
  )
}

function theirsOf(theirs: RowFault['theirs'], property: string): string {
  if (theirs === null) return 'deleted'
  return theirs && Object.hasOwn(theirs, property) ? shown(property, theirs[property]) : 'not known'
}
