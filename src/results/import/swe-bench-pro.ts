import { basename } from 'node:path';
import { z } from 'zod';
import { type Imported, type ImportedTrial, type ImportNames, repositoryOf } from './imported.ts';
import { parseAs } from './read-json.ts';

const evalResultsSchema = z.record(z.string(), z.boolean());

export function looksLikeEvalResults(document: unknown): boolean {
  const values = typeof document === 'object' && document !== null ? Object.values(document) : [];
  return values.length > 0 && values.every((value) => typeof value === 'boolean');
}

/**
 * `eval_results.json` of SWE-bench Pro's evaluation: instance id to resolved. Its evaluation writes false
 * for its own failures too, and keeps no times.
 */
export function readEvalResults(document: unknown, path: string, names: ImportNames): Imported {
  const results = parseAs(evalResultsSchema, document, path);
  const model = names.model ?? basename(path).replace(/\.?eval_results\.json$|\.json$/, '');
  const arm = { agent: names.agent ?? 'swe-agent', ...(model === '' ? {} : { model }) };
  return {
    system: 'swe-bench-pro',
    dataset: { name: names.dataset ?? 'swe-bench-pro' },
    trials: Object.entries(results).map(([taskId, resolved]): ImportedTrial => {
      const group = repositoryOf(taskId);
      return {
        taskId,
        arm,
        ...(group === undefined ? {} : { group }),
        outcome: { status: 'judged', resolved, rewards: { reward: resolved ? 1 : 0 }, ending: 'finished' },
        ledger: {},
        notes: [],
      };
    }),
    notes: [
      'eval_results.json holds no times, and false also where the evaluation itself failed: its own failures cannot be told from wrong patches.',
    ],
  };
}
