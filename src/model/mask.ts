// Pure: takes secrets out of the texts of others (G11).
import type { Failure } from './failure.js'

/** Longest kept message and details, in characters. The search for secrets looks at no more of a message than of details. */
const messageLimit = 2048
const detailsLimit = 16_384

/**
 * The failure without `secrets`, and bounded. A secret is cut out of the message where it stands, the longest first. A secret
 * that is short, or an ordinary word, can stand in a sentence by chance, and a gap would give it away: such a message is
 * replaced by one of ours. So is a message that has a secret in an escaped form. Details with a secret are dropped.
 */
export function masked(failure: Failure, secrets: readonly unknown[]): Failure {
  const { message, details, kind, code = kind } = failure
  const detailsText = details === undefined ? '' : JSON.stringify(details)
  return {
    ...failure,
    message: (
      withoutSecrets(message.slice(0, detailsLimit), secrets) ?? `The message of this failure cannot be shown (${code})`
    ).slice(0, messageLimit),
    details:
      detailsText.length <= detailsLimit && withoutSecrets(detailsText, secrets) === detailsText ? details : undefined,
  }
}

/** `undefined`: the secrets cannot be cut out. */
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

/** Short, or like the words of a sentence. */
function isWord(secret: string): boolean {
  return /^(.{0,7}|[A-Z]?[a-z]+)$/s.test(secret)
}

/**
 * Letters and digits, with one space for everything between them: the escapes of JSON, HTML and URLs are undone, also nested
 * ones.
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
