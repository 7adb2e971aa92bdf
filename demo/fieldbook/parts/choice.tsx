import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components'

interface Props {
  label: string
  value: string
  choices: readonly (readonly [id: string, word: string])[]
  onChange: (id: string) => void
}

/** One of a few. */
export function Choice({ label, value, choices, onChange }: Props) {
  return (
    <Select className="choice" value={value} onChange={(id) => onChange(String(id))}>
      <Label>{label}</Label>
      <Button>
        <SelectValue />
        <span aria-hidden="true">▾</span>
      </Button>
      <Popover className="popover">
        <ListBox>
          {choices.map(([id, word]) => (
            <ListBoxItem key={id} id={id}>
              {word}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  )
}
