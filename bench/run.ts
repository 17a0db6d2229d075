/**
 * `npm run bench [-- NAME…]`: prints ratios measured side by side in one run, never absolute bars. These
 * are no tests: a noisy machine moves both sides.
 */
import { clockBench } from './clock.ts';
import { gateBench } from './gate.ts';
import { gatewayBench } from './gateway.ts';
import { helpBench } from './help.ts';
import { loadBench } from './load.ts';
import type { Bench } from './measure.ts';
import { oracleBench } from './oracle.ts';
import { reportBench } from './report.ts';

const benches: readonly Bench[] = [
  helpBench,
  loadBench,
  oracleBench,
  gatewayBench,
  clockBench,
  gateBench,
  reportBench,
];

const wanted = process.argv.slice(2).filter((name) => name !== '--');
const unknown = wanted.find((name) => !benches.some((bench) => bench.name === name));
if (unknown !== undefined) {
  console.error(`there is no bench "${unknown}"; there are ${benches.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
for (const bench of benches) {
  if (wanted.length > 0 && !wanted.includes(bench.name)) continue;
  console.log(`\n${bench.name}: ${bench.describe}`);
  for (const line of await bench.run()) console.log(`  ${line}`);
}
