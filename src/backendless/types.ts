import type { Json } from '../model/record.js'

/** Properties that Backendless sets itself. */
export interface SystemProperties {
  objectId: string
  ownerId: string | null
  created: number
  /** `null` until the first update. */
  updated: number | null
  lastLogin: number | null
  userStatus: string
  accountType: string | null
  socialAccount: string | null
  blUserLocale: string | null
  oAuthIdentities: Json
  ___class: string
}

/** A user as an app sees it. */
export type User = { readonly objectId: string } & { readonly [property: string]: Json }

type Unwritable = keyof SystemProperties | 'password'

/** The properties that an edit may change of a user of type `U`: no system property, no password; `null` clears. */
export type UserPatch<U> = { readonly [P in Exclude<keyof U, Unwritable>]?: U[P] | null } & (string extends keyof U
  ? { readonly [P in Unwritable]?: never }
  : unknown)

/** The argument of `update`: a patch, or a function that changes a draft of the view. */
export type UserChange<U> = UserPatch<U> | ((draft: UserDraft<U>) => void)

/** The view as a draft: the properties that an edit may change can be written, the rest read. */
export type UserDraft<U> = { -readonly [P in Exclude<keyof U, Unwritable>]: U[P] | null } & {
  readonly [P in Extract<keyof U, keyof SystemProperties>]: U[P]
}
