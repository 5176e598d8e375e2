import { defineScenario, runIfMain } from 'swarmvar'
import { ada } from '../agents/ada.js'
import { bruno } from '../agents/bruno.js'
import { clara } from '../agents/clara.js'
import { dario } from '../agents/dario.js'
import { emma } from '../agents/emma.js'
import { felix } from '../agents/felix.js'
import { greta } from '../agents/greta.js'
import { harry } from '../agents/harry.js'
import { ivan } from '../agents/ivan.js'

/** Seven honest agents and two faulty ones forecast the S&P 500's last 1,000 days: does the ensemble hold? */
const scenario = defineScenario({
  name: 'sp500',
  market: 'sp500',
  window: 1000,
  days: 1000,
  agents: [ada, bruno, clara, dario, emma, felix, greta, harry, ivan],
  network: { links: [{ kind: 'latency', distribution: 'exponential', meanMs: 4 }] },
  rules: [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 2 }],
})

export default scenario
runIfMain(module, scenario)
