import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** What lies where in a cassette's folder; see docs/cassettes.md. */
export const cassetteFiles = { manifest: 'cassette.json', tries: 'tries.jsonl', trials: 'trials' } as const;

/** The file of one try, relative to the cassette's folder. */
export function tryFileName(trialId: string, number: number): string {
  return join(cassetteFiles.trials, safeName(trialId), `try-${number}.jsonl`);
}

/** A name that any file system takes; one that had to be changed carries a hash, so that two stay two. */
function safeName(name: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9._-]+/g, '_').slice(0, 180);
  if (safe === name && !/^\.+$/.test(name)) return name;
  return `${safe}~${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
}
