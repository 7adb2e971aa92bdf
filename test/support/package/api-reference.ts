/*
 * The reference of the public names, by TypeDoc, as Markdown in `reference/`, which is not committed. Fails where an exported
 * name, or a method of one, has no documentation, and where a link leads nowhere.
 */
import { Application } from 'typedoc'
import { entryFiles } from './entries.js'

const app = await Application.bootstrapWithPlugins({
  entryPoints: entryFiles().map((file) => file.replace('dist/', 'src/').replace(/\.js$/, '.ts')),
  tsconfig: 'tsconfig.json',
  plugin: ['typedoc-plugin-markdown'],
  out: 'reference',
  readme: 'none',
  excludeExternals: true,
  disableSources: true,
  requiredToBeDocumented: ['Class', 'Enum', 'Function', 'Interface', 'Method', 'TypeAlias', 'Variable'],
  // A type that only others are made of, such as "a member of this union", has no name for apps.
  validation: { notExported: false, invalidLink: true, notDocumented: true },
  treatValidationWarningsAsErrors: true,
  treatWarningsAsErrors: true,
})
const project = await app.convert()
if (!project) process.exit(1)
app.validate(project)
await app.generateOutputs(project)
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1
