import { Input, Label, TextArea, TextField, type TextFieldProps } from 'react-aria-components'

interface Props extends TextFieldProps {
  label: string
  isLong?: boolean
}

/** An input under its label, of a form that is sent as a whole. */
export function TextInput({ label, isLong, ...props }: Props) {
  return (
    <TextField {...props} className="field">
      <Label>{label}</Label>
      {isLong ? <TextArea rows={3} /> : <Input />}
    </TextField>
  )
}
