import type { Plugin } from 'esbuild'

/** Leaves out of a bundle the files behind `import()`, which an app loads when it calls for them. */
export const withoutLazy: Plugin = {
  name: 'without-lazy',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path }) => (kind === 'dynamic-import' ? { path, external: true } : undefined))
  },
}
