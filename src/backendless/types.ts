import type { Json } from '../model/record.js'

/** The properties that Backendless sets itself, as its REST API answers a login (Backendless docs, Users Service). Times in ms since 1970. */
export interface SystemProperties {
  /** The id of the user, as `session$` has it; set by the registration, and never changed. */
  objectId: string
  /** The `objectId` of the user who owns the record; `null`: nobody does. */
  ownerId: string | null
  /** When the user was registered, in ms since 1970. */
  created: number
  /** In ms since 1970; `null` until the first update. */
  updated: number | null
  /** In ms since 1970; `null` before the first login. */
  lastLogin: number | null
  /** `ENABLED`, `DISABLED`, `EMAIL_CONFIRMATION_PENDING` or `GUEST`. Business logic alone can change it (code 3054). */
  userStatus: string
  /** `BACKENDLESS` for an account with a password. */
  accountType: string | null
  /** As `accountType`, of which older applications have none. */
  socialAccount: string | null
  /** A language, as two letters. The SDKs send it at the registration. */
  blUserLocale: string | null
  /** The data of the OAuth providers of a login; `null`: none. */
  oAuthIdentities: Json
  /** The table of the record: `Users`. */
  ___class: string
}

/** A user as an app sees it: `objectId`, the other system properties, and the columns of the table `Users`. */
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
