// A sample of the worlds in which people create, change and delete records; here none of it can be sent. `npm run test:all` has more,
// and worlds with a network.
import { testThatJudgeNotices } from './notice-bugs.js'
import { offlineBugs } from './record-bugs.js'
import { testWorlds } from './run-worlds.js'
import { recordWorlds } from './worlds.js'

testWorlds(recordWorlds, { from: 1, seeds: 15, offline: true })
testThatJudgeNotices(recordWorlds, offlineBugs, { offline: true })

// Tabs observe lists, which are pulled.
testWorlds(recordWorlds, { from: 1, seeds: 10, lists: true })

// The server tells of versions, and others write between a read and a write.
testWorlds(recordWorlds, { from: 1, seeds: 10, versions: true })

// A record that the server had named was read under its id on the device, and counted as deleted.
testWorlds(recordWorlds, { from: 39, seeds: 1 })

// A way that doubles a creation makes two records of it, and the device names one of them: the judge took the other one for it.
testWorlds(recordWorlds, { from: 94, seeds: 1 })

// A logout had erased the name of a notebook, and a kept note was shown with the server's id of it.
testWorlds(recordWorlds, { from: 88, seeds: 1 })

// The app refused a person's answer to a fault that waits for one, and nobody answered again.
testWorlds(recordWorlds, { from: 124, seeds: 1 })

// After another login, which erases the base, the retry of a conflict was compared with nothing.
testWorlds(recordWorlds, { from: 41, seeds: 1 })

// The judge looked for a repeated creation under the number of an update that the same fault had ended.
testWorlds(recordWorlds, { from: 96, seeds: 1 })

// A creation that nobody knew of was sent anew and refused, and its fault did not say that the first request may have made it.
testWorlds(recordWorlds, { from: 1057, seeds: 1 })
testWorlds(recordWorlds, { from: 1197, seeds: 1 })

// Somebody else had deleted the record after the update was done: the judge took its value for one that the server has.
testWorlds(recordWorlds, { from: 1073, seeds: 1 })

// Storage refused a notebook, and a note that named it was saved and sent.
testWorlds(recordWorlds, { from: 1083, seeds: 1 })

// A creation was refused when it was saved, and its later edits were saved and sent.
testWorlds(recordWorlds, { from: 20_134, seeds: 1 })

// The person gave up a notebook of which nobody knew whether it was made, and a note went out with this device's id of it.
testWorlds(recordWorlds, { from: 20_246, seeds: 1 })

// A refused creation was out of sight but for an update that was refused next.
testWorlds(recordWorlds, { from: 20_339, seeds: 1 })

// A notebook that was met under a number was sent as text.
testWorlds(recordWorlds, { from: 20_031, seeds: 1 })

// A transaction ended while names were read, and nobody handled that.
testWorlds(recordWorlds, { from: 22_232, seeds: 1 })

// The answer to a repeated creation was the old one, and counted as new: somebody else's change was written over.
testWorlds(recordWorlds, { from: 23_432, seeds: 1 })

// A record was edited under its id of this device, and its name had gone with the database.
testWorlds(recordWorlds, { from: 20_295, seeds: 1 })

// The database of a page that could not open it for want of room was lost: the page said so, and waited for good.
testWorlds(recordWorlds, { from: 23_475, seeds: 1 })

// A kept note named a notebook that the backend knows by a number, and the logout had erased that.
testWorlds(recordWorlds, { from: 24_310, seeds: 1 })

// The judge took the confirmed state of a database that was lost for one that has to stay.
testWorlds(recordWorlds, { from: 25_875, seeds: 1 })

// A read from before a creation's time was over had not found the record, and was believed after that time.
testWorlds(recordWorlds, { from: 26_050, seeds: 1 })

// A backend repeats its answer to a creation by its key, also once somebody has deleted the record: a list that had told so did not tell
// it again.
testWorlds(recordWorlds, { from: 400_436, seeds: 1, lists: true })
