import type { ImportedRun, Run } from '../domain/run.ts';
import { replaySentence } from './replay-text.ts';
import type { ReportDocument } from './report-document.ts';
import { spendingLines } from './spending-lines.ts';
import { datasetNames, standInLines } from './titles.ts';

type RunFactsOfReport = ReportDocument['runs'][number];

/** What a report says of a run: where and how it was measured, and what is to be known of it. */
export function runFactsOf(run: Run | ImportedRun): RunFactsOfReport {
  const replayed = replaySentence(run);
  return {
    runId: run.runId,
    suite: run.suite.name,
    datasets: datasetNames(run),
    ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt }),
    ...('imported' in run ? {} : measuredHere(run)),
    state: run.state,
    notes: [
      ...('imported' in run
        ? [`imported from ${run.imported.system} (${run.imported.source})`, ...run.imported.notes]
        : spendingLines(run)),
      ...(run.simulated
        ? [
            'The embedded simulator answered, not a model: its solve rates and times are settings, several of them assumed (suites/models.yaml).',
          ]
        : []),
      ...(replayed === undefined ? [] : [replayed]),
      ...(run.faults ?? []).map((fault) => `the simulator let go wrong: ${fault}`),
      ...standInLines(run),
    ],
  };
}

function measuredHere({ host, seed, jobs }: Run): Partial<RunFactsOfReport> {
  const memory = `${Math.round(host.memoryBytes / 2 ** 30)} GiB`;
  const cores = host.cores === 1 ? '1 core' : `${host.cores} cores`;
  return {
    host: `${host.cpu}, ${cores}, ${memory}, Linux ${host.kernel}, Node ${host.node}`,
    engine: host.engine,
    seed,
    jobs,
  };
}
