import type { Json } from './json.js'

/**
 * HTTP status by fault code. Captures show 401 for 3003, 403 for 3009, 409 for 3033. The server's own default is 400, and no
 * capture shows another status for the codes of the update operation.
 */
const statusByCode: ReadonlyMap<number, number> = new Map([
  [999, 429],
  [3003, 401],
  [3009, 403],
  [3033, 409],
  [9070, 429],
])

/**
 * The fault codes that this server sends by itself. 1007 for a failed column validator, for a required column without a value and for
 * an id that a client may not choose is inferred, and so is 1014: their codes are not known.
 */
export const faultCodes = {
  entityNotFound: 1000,
  offsetInvalid: 1004,
  pageSizeInvalid: 1005,
  unknownColumn: 1006,
  invalidValue: 1007,
  unknownTable: 1009,
  createForbidden: 1011,
  updateForbidden: 1012,
  findForbidden: 1013,
  deleteForbidden: 1014,
  pageSizeTooLarge: 1025,
  valueTaken: 1062,
  invalidDate: 1110,
  wrongApplication: 2002,
  loginByIdReserved: 2014,
  wrongPassword: 3003,
  loginIncomplete: 3006,
  registerUnknownProperty: 3010,
  passwordMissing: 3011,
  requiredMissing: 3012,
  identityMissing: 3013,
  identityTaken: 3018,
  noSuchIdentity: 3020,
  updateFailed: 3024,
  notLoggedIn: 3028,
  notOwnUser: 3029,
  noSuchUser: 3030,
  updateUnknownProperty: 3031,
  alreadyRegistered: 3033,
  reservedAtRegister: 3039,
  emailFormat: 3040,
  requiredEmptyAtRegister: 3041,
  requiredEmpty: 3045,
  passwordType: 3050,
  reservedForServerCode: 3054,
  deadToken: 3064,
  updatedReserved: 3076,
  createdReserved: 3077,
  accountDisabled: 3090,
  confirmationOff: 3103,
  passwordCheckReserved: 3122,
  unreadableRequest: 8002,
  invalidWhere: 19000,
} as const

/** A refusal in the backend's own shape; every layer throws it, and the app turns it into the answer. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly status: number
  readonly errorData: Json

  constructor(
    readonly code: number,
    message: string,
    options: { readonly status?: number; readonly errorData?: Json } = {},
  ) {
    super(message)
    this.status = options.status ?? statusByCode.get(code) ?? 400
    this.errorData = options.errorData ?? {}
  }
}

/** The body of a fault on the wire. */
export function faultBody({ code, message, errorData }: Fault): Json {
  return { code, message, errorData }
}
