import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveState } from '../../reports/html/page-data.ts';
import { readRunDocument } from '../../results/result-store.ts';
import { runFiles } from '../../results/run-folder.ts';
import { GrowingFile } from './growing-file.ts';
import { LiveTally } from './live-tally.ts';

const defaultPollMs = 500;

/**
 * A run's state now and at every change, until it is no longer running. By looking rather than by being told:
 * run.json is replaced by rename, and folders from another machine tell nobody.
 */
export async function* followRun(
  folder: string,
  signal: AbortSignal,
  pollMs = defaultPollMs,
): AsyncGenerator<LiveState> {
  const trials = new GrowingFile(join(folder, runFiles.trials));
  const tally = new LiveTally();
  let sent = '';
  while (!signal.aborted) {
    // The run first: what it says of its end is true of all lines that are read after it.
    const run = await readRunDocument(folder);
    for (const line of await trials.newLines()) tally.add(line);
    const state = tally.state(run);
    const text = JSON.stringify(state);
    if (text !== sent) yield state;
    if (run.state !== 'running') return;
    sent = text;
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}
