import { Button, Input, Label, Radio, RadioGroup, SearchField } from 'react-aria-components'
import { Choice } from './choice.js'

export interface Filter {
  text: string
  status: 'open' | 'done' | 'all'
  order: 'due' | 'title' | 'place'
}

export const noFilter: Filter = { text: '', status: 'open', order: 'due' }

const statuses: readonly [Filter['status'], string][] = [
  ['open', 'Open'],
  ['done', 'Done'],
  ['all', 'All'],
]

/** Which jobs are shown, and in which order. */
export function JobFilter({ value, onChange }: { value: Filter; onChange: (filter: Filter) => void }) {
  return (
    <div className="filter">
      <SearchField className="search" value={value.text} onChange={(text) => onChange({ ...value, text })}>
        <Label className="unseen">Search jobs</Label>
        <Input placeholder="Search jobs" />
        <Button className="clear" aria-label="Clear the search">
          ✕
        </Button>
      </SearchField>
      <RadioGroup
        className="segments"
        aria-label="Status"
        orientation="horizontal"
        value={value.status}
        onChange={(status) => onChange({ ...value, status: status as Filter['status'] })}
      >
        {statuses.map(([id, word]) => (
          <Radio key={id} value={id}>
            {word}
          </Radio>
        ))}
      </RadioGroup>
      <Choice
        label="Sort by"
        value={value.order}
        onChange={(order) => onChange({ ...value, order: order as Filter['order'] })}
        choices={[
          ['due', 'Date'],
          ['title', 'Title'],
          ['place', 'Place'],
        ]}
      />
    </div>
  )
}
