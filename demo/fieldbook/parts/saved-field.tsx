import type { useField } from 'holdfast/react'
import { Input, Label, Text, TextArea, TextField } from 'react-aria-components'
import { markOf } from '../words/marks.js'
import { useDraft } from './use-draft.js'

interface Props {
  label: string
  field: Pick<ReturnType<typeof useField>, 'value' | 'state' | 'fault' | 'error' | 'set'>
  type?: 'text' | 'email' | 'tel' | 'date'
  isLong?: boolean
  shouldFocus?: boolean
  placeholder?: string
}

/** An input that saves each key on this device, an address once it is whole, with a mark of its own: waiting, saved or refused. */
export function SavedField({ label, field, type = 'text', isLong, shouldFocus = false, placeholder }: Props) {
  const mark = markOf(field)
  const save = (text: string) => void field.set((text || null) as never)
  const { draft, type: typeDraft, keep } = useDraft(save)
  const hint = placeholder === undefined ? {} : { placeholder }
  return (
    <TextField
      className="field"
      type={type}
      value={draft ?? String(field.value ?? '')}
      onChange={type === 'email' ? typeDraft : save}
      onBlur={keep}
      isInvalid={mark.state === 'refused' || mark.state === 'unsaved'}
      autoFocus={shouldFocus}
    >
      <span className="field-top">
        <Label>{label}</Label>
        <Text slot="description" className="mark" data-state={mark.state}>
          {draft === undefined ? mark.word : 'Typing'}
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
