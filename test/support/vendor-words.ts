/* Finds the words of a vendor in sources that may not know it: its name, its concept of users, its members and its codes. Pure. */

/** The rooms of a vendor, of the hooks, one of which is for its users, and of the test kit, which has a fake of its service. */
const vendorRooms = ['backendless/', 'react/', 'testing/']

const words = [
  /backendless/i,
  /\busers?\b/i,
  /\buser(?!Agent)(?=[A-Z-])/,
  /objectId/i,
  /ownerId/i,
  /___class/,
  // Its codes for sessions, identities and properties.
  /\b30\d\d\b/,
]

/** The places that may say a word, each with its reason beside it. */
const allowed: Readonly<Record<string, RegExp>> = {
  // A worker of an earlier version gives one endpoint alone: it was that of this collection.
  'service-worker/index.ts': /`users`|\{ users: endpoints \}/g,
}

/** Each line of a core's source that speaks of a vendor; empty when there is none. */
export function vendorWords(sources: ReadonlyMap<string, string>): string[] {
  return [...sources]
    .filter(([path]) => !vendorRooms.some((room) => path.startsWith(room)))
    .flatMap(([path, text]) =>
      text.split('\n').flatMap((line, index) => {
        const rest = allowed[path] ? line.replace(allowed[path], '') : line
        return words.some((word) => word.test(rest)) ? [`${path}:${index + 1}: ${line.trim()}`] : []
      }),
    )
}
