import { describe, expect, it } from 'vitest'
import { type Forms, isForm, noteForms } from '../../src/model/forms.js'

const note = (forms: Forms | undefined, property: string, sent: string, got: string): Forms | undefined =>
  noteForms(forms, [property], { [property]: sent }, { [property]: got })

describe('forms that the backend gives values', () => {
  it('is known of the last pair of each property, exactly', () => {
    const forms = note(note(note(undefined, 'a', '1', 'one'), 'b', '2', 'two'), 'a', '3', 'three')
    expect(isForm(forms, 'a', '3', 'three')).toBe(true)
    expect(isForm(forms, 'b', '2', 'two')).toBe(true)
    for (const [property, sent, got] of [
      ['a', '1', 'one'],
      ['a', '3', 'Three'],
      ['a', '3 ', 'three'],
      ['c', '3', 'three'],
      ['toString', '3', 'three'],
    ] as const)
      expect(isForm(forms, property, sent, got)).toBe(false)
    expect(isForm(undefined, 'a', '3', 'three')).toBe(false)
  })

  it('keeps what is known where there is nothing new', () => {
    const forms = note(undefined, 'a', '1', 'one')
    expect(noteForms(forms, [], { b: 1 }, { b: 2 })).toBe(forms)
  })

  it('has a bound: of too many pairs the older ones go, and one that is too long is not kept', () => {
    let forms: Forms | undefined
    for (let n = 0; n < 100; n++) {
      forms = note(forms, `p${n}`, 'x'.repeat(500), 'y')
      expect(JSON.stringify(forms).length).toBeLessThanOrEqual(10_000)
      expect(isForm(forms, `p${n}`, 'x'.repeat(500), 'y')).toBe(true)
    }
    expect(note(forms, 'long', 'x'.repeat(10_000), 'y')).toBe(forms)
  })
})
