import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The other side of the report bench: every line of a run's trials and requests through JSON.parse, and no more. */
const folder = process.argv[2] ?? '';
let lines = 0;
for (const name of await readdir(folder, { recursive: true })) {
  if (!name.endsWith('trials.jsonl') && !name.endsWith('requests.jsonl')) continue;
  for (const line of (await readFile(join(folder, name), 'utf8')).split('\n')) {
    if (line === '') continue;
    JSON.parse(line);
    lines += 1;
  }
}
console.log(lines);
