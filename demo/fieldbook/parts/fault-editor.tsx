import type { RowFault } from 'holdfast/backendless'
import { useState } from 'react'
import { Button, Form } from 'react-aria-components'
import { useApp } from '../app.js'
import { nameOf, textOf } from '../words/names.js'
import { FaultValues } from './fault-values.js'
import { Problem } from './problem.js'
import { TextInput } from './text-input.js'
import { useAction } from './use-action.js'

/** Writes other values in the place of the refused ones. */
export function FaultEditor({ fault, onDone }: { fault: RowFault; onDone: () => void }) {
  const { faults } = useApp()
  const texts = fault.properties.filter((property) => property !== 'jobId')
  const [values, setValues] = useState(() =>
    Object.fromEntries(texts.map((property) => [property, textOf(fault.mine?.[property])])),
  )
  const send = useAction(() =>
    faults.amend(fault.id, Object.fromEntries(texts.map((property) => [property, values[property] || null]))),
  )
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        void send.run()
      }}
    >
      <FaultValues fault={fault} />
      {texts.map((property, index) => (
        <TextInput
          key={property}
          label={`New ${nameOf(property)}`}
          // An input of dates would hide a refused text that is none.
          type={property === 'due' && isDay(values[property]) ? 'date' : 'text'}
          autoFocus={index === 0}
          value={values[property] ?? ''}
          onChange={(text) => setValues({ ...values, [property]: text })}
        />
      ))}
      <Problem error={send.error} />
      <p className="actions">
        <Button type="submit" className="primary">
          Send this
        </Button>
        <Button onPress={onDone}>Back</Button>
      </p>
    </Form>
  )
}

function isDay(text: string | undefined): boolean {
  return !text || /^\d{4}-\d\d-\d\d$/.test(text)
}
