// Properties of suites in Node begin at one seed: an unchanged state ends a check the same way each time. Another seed looks
// further: `PROPERTY_SEED=7 npx vitest run --project node test/sync`. A failure names its seed and its path.
import fc from 'fast-check'

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_201) })

export default fc
