/* Each answer that proves nothing, to each operation of records (G3, G8, G12). */
import { hostileRecords } from './hostile-records.js'

hostileRecords(1)
