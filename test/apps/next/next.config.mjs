// The folders above have lock files of their own.
export default { outputFileTracingRoot: import.meta.dirname, turbopack: { root: import.meta.dirname } }
