import type { useField } from 'holdfast/react'
import { Input, Label, Text, TextArea, TextField } from 'react-aria-components'
import { markOf } from '../words/marks.js'

interface Props {
  label: string
  field: Pick<ReturnType<typeof useField>, 'value' | 'state' | 'fault' | 'error' | 'set'>
  type?: 'text' | 'email' | 'tel' | 'date'
  isLong?: boolean
  shouldFocus?: boolean
  placeholder?: string
}

/** An input that saves each key on this device, with a mark of its own: waiting, saved or refused. */
export function SavedField({ label, field, type = 'text', isLong, shouldFocus = false, placeholder }: Props) {
  const mark = markOf(field)
  const hint = placeholder === undefined ? {} : { placeholder }
  return (
    <TextField
      className="field"
      type={type}
      value={String(field.value ?? '')}
      onChange={(text) => void field.set((text || null) as never)}
      isInvalid={mark.state === 'refused' || mark.state === 'unsaved'}
      autoFocus={shouldFocus}
    >
      <span className="field-top">
        <Label>{label}</Label>
        <Text slot="description" className="mark" data-state={mark.state}>
          {mark.word}
        </Text>
      </span>
      {isLong ? <TextArea rows={2} {...hint} /> : <Input {...hint} />}
      {mark.reason && (
        <Text slot="errorMessage" className="problem">
          {mark.reason} {mark.state === 'refused' && <a href="#/inbox">Open the inbox</a>}
        </Text>
      )}
    </TextField>
  )
}
