import { writeFileSync } from 'node:fs';

/** Loaded before a program that is measured. */
const path = process.env['EVALRUN_BENCH_PEAK'];
if (path !== undefined) {
  process.on('exit', () => writeFileSync(path, String(process.resourceUsage().maxRSS * 1024)));
}
