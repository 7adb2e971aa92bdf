/* Answers that prove nothing, to each operation of records: a part of them. The long suite has them all. */
import { hostileRecords } from './hostile-records.js'

hostileRecords(9)
