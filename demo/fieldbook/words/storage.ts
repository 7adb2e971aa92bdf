/* The states of this device's storage, in plain words. */
import type { StorageState } from 'holdfast/backendless'

export const wordsOfStorage: { readonly [state in Exclude<StorageState, 'ok'>]: { title: string; text: string } } = {
  healing: {
    title: 'Opening the storage again',
    text: 'The browser closed it. Nothing is lost; this takes a moment.',
  },
  blocked: {
    title: 'The storage does not answer',
    text: 'Close the other tabs of Fieldbook. New changes are not saved until this message is gone.',
  },
  lost: {
    title: 'The browser has deleted saved data',
    text: 'Changes that were not sent are gone. New changes are saved again.',
  },
  volatile: {
    title: 'This is a private window',
    text: 'Changes that are not sent are gone when you close it.',
  },
  unavailable: {
    title: 'This browser lets Fieldbook save nothing',
    text: 'Allow site data for this address, or open Fieldbook in another browser.',
  },
  full: {
    title: 'This device is full',
    text: 'New changes cannot be saved. Make room; what is saved already stays.',
  },
}
