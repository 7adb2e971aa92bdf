import { byHand } from './by-hand.js'
import { serveBench } from '../page/bench.js'

serveBench(byHand({ grouped: false }))
