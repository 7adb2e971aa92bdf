import { join } from 'node:path'

const holdfast = join(import.meta.dirname, '../../src')

/** `holdfast/…` from its sources. An app that has installed `holdfast` needs no such thing. */
export const holdfastAlias = [
  { find: 'holdfast/backendless/endpoint', replacement: join(holdfast, 'backendless/endpoint.ts') },
  { find: /^holdfast\/([\w-]+)$/, replacement: join(holdfast, '$1/index.ts') },
]
