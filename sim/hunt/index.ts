// Hunting, for programs. A seed stands for a scenario, a run of it for an outcome:
//
//   const scenario = drawScenario('17')        random settings and faults, then healed; endpoints lac1, lns1, at times lac2, lns2
//   const outcome = hunt(scenario)             findings (empty when all is well), goals, digest; { features: true } for novelty
//   const next = varyScenario(scenario, '18')  a scenario near it, for guided searches (search.ts keeps the corpus)
//
// A scenario may be changed before it is run, as `changed(scenario, { endpoints: … })` or by spreading. `drawScenario(seed, 'everything')`
// is plain random search for comparison: every knob and every kind of fault is on in every seed.

export { changed } from './base-parts.ts'
export { hunt, type HuntOptions } from './hunt.ts'
export { signatureOf, type Finding, type HuntOutcome } from './outcome.ts'
export { drawScenario } from './swarm.ts'
export { varyScenario } from './vary.ts'
