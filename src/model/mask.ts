// Pure: takes secrets out of the words of others (G11).
import type { Failure } from './failure.js'

/** Longest message and details kept, in characters. No more of a message is looked at than of details. */
const messageLimit = 2048
const detailsLimit = 16_384

/**
 * The failure without `secrets`, and bounded. A secret is taken out of the message where it stands, the longest first. One that is
 * short, or a word as others are, can stand in a sentence by chance, and a gap would tell which word it is: such a message gives
 * way to one of ours, and so does one that has a secret in an escaped form. Details with a secret go.
 */
export function masked(failure: Failure, secrets: readonly unknown[]): Failure {
  const { message, details, kind, code = kind } = failure
  const told = details === undefined ? '' : JSON.stringify(details)
  return {
    ...failure,
    message: (
      withoutSecrets(message.slice(0, detailsLimit), secrets) ?? `The message of this failure cannot be shown (${code})`
    ).slice(0, messageLimit),
    details: told.length <= detailsLimit && withoutSecrets(told, secrets) === told ? details : undefined,
  }
}

/** `undefined`: they cannot be taken out. */
function withoutSecrets(text: string, secrets: readonly unknown[]): string | undefined {
  const known = secrets.map((secret) => String((secret ?? '') as string)).filter((secret) => secret.trim())
  const left = known
    .filter((secret) => !isWord(secret))
    .sort((one, other) => other.length - one.length)
    .reduce((rest, secret) => rest.replaceAll(secret, '…'), text)
  const words = wordsOf(left)
  const isLeft = (secret: string): boolean => {
    const own = wordsOf(secret)
    return own.trim() ? words.includes(own.length < 10 || isWord(secret) ? own : own.trim()) : left.includes(secret)
  }
  return known.some(isLeft) ? undefined : left
}

/** Short, or as the words of a sentence are. */
function isWord(secret: string): boolean {
  return /^(.{0,7}|[A-Z]?[a-z]+)$/s.test(secret)
}

/**
 * Letters and digits, with one space for whatever stands between them: the escapes of JSON, HTML and URLs are gone from it, also
 * those of one in another.
 */
function wordsOf(text: string): string {
  const plain = text
    .replace(/\\+/g, '\\')
    .replace(
      /\\u([\da-f]{4})|&(?:amp;)*#(?:x([\da-f]{1,5})|(\d{1,6}));/gi,
      (_, unit?: string, hex?: string, code?: string) =>
        String.fromCodePoint(code ? Number(code) : parseInt((unit ?? hex)!, 16)),
    )
    .replace(/&(amp;)*\w{2,6};|\\[bfnrt]|\p{Cs}/gu, ' ')
  const encoded = encodeURIComponent(plain).replace(/%(25)*/g, '%')
  return ` ${encoded
    .replace(/(%[0-7][\da-f]|[-_.!~*'()])+/gi, ' ')
    .trim()
    .toLowerCase()} `
}
