import { basename } from 'node:path';
import { z } from 'zod';
import type { Outcome } from '../../domain/outcome.ts';
import { type Imported, type ImportedTrial, type ImportNames, repositoryOf } from './imported.ts';
import { parseAs } from './read-json.ts';

const ids = z.array(z.string()).default([]);

/** The report of a run, `<model>.<run id>.json`. */
const runReportSchema = z.looseObject({
  submitted_ids: ids,
  completed_ids: ids,
  resolved_ids: z.array(z.string()),
  unresolved_ids: ids,
  empty_patch_ids: ids,
  error_ids: ids,
  incomplete_ids: ids,
});
type RunReport = z.infer<typeof runReportSchema>;

/** `report.json` of single instances: id to {resolved, tests_status, …}. */
const instanceReportSchema = z.record(z.string(), z.looseObject({ resolved: z.boolean() }));

export function looksLikeSweBenchReport(document: unknown): boolean {
  if (typeof document !== 'object' || document === null) return false;
  return 'resolved_ids' in document || instanceReportSchema.safeParse(document).success;
}

/** A report of the SWE-bench harness, of a whole run or of single instances. It keeps no times. */
export function readSweBenchReport(document: unknown, path: string, names: ImportNames): Imported {
  const isRun = typeof document === 'object' && document !== null && 'resolved_ids' in document;
  const outcomes = isRun
    ? outcomesOfRun(parseAs(runReportSchema, document, path))
    : outcomesOfInstances(parseAs(instanceReportSchema, document, path));
  const model = names.model ?? basename(path, '.json').split('.')[0] ?? 'unknown';
  const arm = { agent: names.agent ?? 'swe-bench', model };
  return {
    system: 'swe-bench',
    dataset: { name: names.dataset ?? 'swe-bench' },
    trials: [...outcomes].map(([taskId, outcome]): ImportedTrial => {
      const group = repositoryOf(taskId);
      return { taskId, arm, ...(group === undefined ? {} : { group }), outcome, ledger: {}, notes: [] };
    }),
    notes: [
      'SWE-bench reports hold no times.',
      ...(isRun
        ? [
            "An instance in error_ids is counted as errored: the report does not tell a patch that did not apply from the harness's own failure.",
          ]
        : []),
    ],
  };
}

function outcomesOfRun(report: RunReport): Map<string, Outcome> {
  return new Map([
    ...[...report.unresolved_ids, ...report.empty_patch_ids].map((id) => [id, judged(false)] as const),
    ...report.error_ids.map((id) => [id, errored] as const),
    ...report.resolved_ids.map((id) => [id, judged(true)] as const),
  ]);
}

function outcomesOfInstances(reports: z.infer<typeof instanceReportSchema>): Map<string, Outcome> {
  return new Map(Object.entries(reports).map(([id, { resolved }]) => [id, judged(resolved)]));
}

function judged(resolved: boolean): Outcome {
  return { status: 'judged', resolved, rewards: { reward: resolved ? 1 : 0 }, ending: 'finished' };
}

const errored: Outcome = {
  status: 'errored',
  phase: 'verify',
  code: 'swe-bench-error',
  message: 'listed in error_ids of the report',
  retryable: false,
};
