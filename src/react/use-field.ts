// Floor 7: one property of a record, as an input shows and changes it.
import { useCallback, useRef, useState } from 'react'
import type { FieldStates } from '../live/record.js'
import type { Fault } from '../model/fault.js'
import { type Stream, useLive } from './use-live.js'

/** A record of `useRecord`, one of the app, or `app.users`. */
export interface FieldSource {
  /** The values of a record. */
  readonly value$?: Stream<any>
  /** The values of the user, in place of `value$`. */
  readonly current$?: Stream<any>
  /** The properties that are not confirmed. */
  readonly fields$: Stream<FieldStates>
  /** Saves an edit, in the place of the pending one that `replaces` names. Resolves with the `id` of the edit when it is saved. */
  update(change: any, options?: { replaces?: string | undefined }): Promise<{ id: string }>
}

type RecordOf<S> = S extends { value: infer T }
  ? NonNullable<T>
  : S extends { value$: Stream<infer T> } | { current$: Stream<infer T> }
    ? NonNullable<T>
    : never

/** One property of a record, for an input. */
export interface Field<T> {
  /** The record's value as shown; a value that the person has typed as long as it is not, or cannot be, saved. */
  readonly value: T | null | undefined
  /** `pending`: not decided by the backend. `refused`: an edit with this property was rolled back; `fault` says why. */
  readonly state: 'confirmed' | 'pending' | 'refused'
  /** The open fault of the property; undefined unless it is `refused`. */
  readonly fault: Fault | undefined
  /** The last value could not be saved on this device: an `InvalidEditError` says what is wrong with it. */
  readonly error: Error | undefined
  /**
   * Changes the property; to be called for each key that is typed. An edit of this field that still waits is replaced, so that a
   * word is one edit. Never rejects: `error` has the reason, and `value` keeps what was typed.
   */
  set(value: T | null): Promise<void>
}

interface Typed {
  value: unknown
  error?: Error
}

/** `source`: a record of `useRecord`, or `useCurrentUser()`. */
export function useField<S extends FieldSource, N extends keyof RecordOf<S> & string>(
  source: S,
  name: N,
): Field<RecordOf<S>[N]> {
  const values$ = source.value$ ?? source.current$
  const view = useLive(values$)
  const mark = useLive(source.fields$)?.[name]
  const [typed, setTyped] = useState<{ of: unknown; name: string; now: Typed }>()
  const last = useRef<{ of: unknown; name: string; calls: number; editId?: string }>(undefined)
  const { update } = source

  const set = useCallback(
    async (value: unknown) => {
      const own = last.current
      const mine = own?.of === values$ && own?.name === name ? own : { of: values$, name, calls: 0 }
      last.current = mine
      const call = ++mine.calls
      const show = (now: Typed): void => setTyped({ of: values$, name, now })
      show({ value })
      try {
        const { id } = await update({ [name]: value }, { replaces: mine.editId })
        mine.editId = id
        if (call === mine.calls) setTyped(undefined)
      } catch (error) {
        if (call === mine.calls) show({ value, error: error as Error })
      }
    },
    [values$, name, update],
  )

  const now = typed && typed.of === values$ && typed.name === name ? typed.now : undefined
  return {
    value: now ? now.value : view?.[name],
    state: mark?.state ?? 'confirmed',
    fault: mark?.state === 'refused' ? mark.fault : undefined,
    error: now?.error,
    set,
  } as Field<RecordOf<S>[N]>
}
