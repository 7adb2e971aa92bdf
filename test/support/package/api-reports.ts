/*
 * The public names of each entry, as reports in `api/`: a change of them shows in the review of the change. Fails where a
 * report is out of date; `--write` writes them anew. Reads the built types in `dist`.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'
import { entryFiles, entryNames } from './entries.js'

const FOLDER = 'api'

const write = process.argv.includes('--write')
const files = entryFiles()
const reports = entryNames().map((name) => name.replaceAll('/', '-'))
const none = { default: { logLevel: ExtractorLogLevel.None } }
const temporary = mkdtempSync(join(tmpdir(), 'holdfast-api-'))

for (const [at, reportFileName] of reports.entries()) {
  const types = files[at]!.replace(/\.js$/, '.d.ts')
  if (!existsSync(types)) throw new Error(`${types} is missing: npm run build`)
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: resolve('.'),
      mainEntryPointFilePath: resolve(types),
      compiler: { tsconfigFilePath: resolve('tsconfig.json') },
      apiReport: {
        enabled: true,
        reportFolder: resolve(FOLDER),
        reportTempFolder: temporary,
        reportFileName,
        // A name without "export" is of a type that exported ones are made of: a change of it is one of theirs. `Edit_2` is the
        // second type of a name, as a face's own beside the core's.
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      // The other tools report those.
      messages: { compilerMessageReporting: none, extractorMessageReporting: none, tsdocMessageReporting: none },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: resolve('package.json'),
  })
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: write,
    messageCallback: (message) => (message.handled = true),
  })
  if (apiReportChanged && !write) {
    console.error(`${FOLDER}/${reportFileName}.api.md is out of date: npm run build && npm run api:report -- --write`)
    process.exitCode = 1
  }
}
rmSync(temporary, { recursive: true })

const old = readdirSync(FOLDER).filter((file) => !reports.includes(file.replace('.api.md', '')))
for (const file of old) {
  if (write) rmSync(join(FOLDER, file))
  else {
    console.error(`${FOLDER}/${file} is of no entry: npm run api:report -- --write`)
    process.exitCode = 1
  }
}
