import type { TrialRecord } from '../domain/record.ts';
import type { ImportedRun, Run } from '../domain/run.ts';
import { ledgerParts } from '../domain/span.ts';
import type { Column } from './csv-file.ts';
import { interventionColumns } from './intervention-figures.ts';
import { latencyNotMeasured } from './replay-text.ts';
import { datasetTitles } from './titles.ts';

/** trials.csv has a row for each try. What the columns mean stands in docs/reports.md. */
export function trialColumns(run: Run | ImportedRun): Column<TrialRecord>[] {
  const tasks = Map.groupBy(run.tasks, ({ dataset }) => dataset);
  const title = datasetTitles(run);
  const notMeasured = latencyNotMeasured(run);
  return [
    { name: 'run_id', value: (row) => row.runId },
    { name: 'simulated', value: (row) => row.simulated },
    { name: 'suite', value: () => run.suite.name },
    { name: 'dataset', value: (row) => row.dataset },
    { name: 'dataset_title', value: (row) => title.get(row.dataset) },
    { name: 'dataset_n', value: (row) => tasks.get(row.dataset)?.length },
    { name: 'trial_id', value: (row) => row.trialId },
    { name: 'task_id', value: (row) => row.taskId },
    { name: 'difficulty', value: (row) => row.difficulty },
    { name: 'category', value: (row) => row.category },
    { name: 'language', value: (row) => row.language },
    { name: 'agent', value: (row) => row.arm.agent },
    { name: 'model', value: (row) => row.arm.model },
    { name: 'effort', value: (row) => row.arm.effort },
    { name: 'transport', value: (row) => row.arm.transport },
    { name: 'attempt', value: (row) => row.attempt },
    { name: 'try', value: (row) => row.try },
    { name: 'final', value: (row) => row.final },
    { name: 'status', value: (row) => row.outcome.status },
    {
      name: 'resolved',
      value: (row) => (row.outcome.status === 'judged' ? row.outcome.resolved : undefined),
    },
    { name: 'ending', value: (row) => (row.outcome.status === 'judged' ? row.outcome.ending : undefined) },
    {
      name: 'rewards',
      value: (row) => (row.outcome.status === 'judged' ? JSON.stringify(row.outcome.rewards) : undefined),
    },
    {
      name: 'tests_passed',
      value: (row) => (row.outcome.status === 'judged' ? row.outcome.tests?.passed : undefined),
    },
    {
      name: 'tests_failed',
      value: (row) => (row.outcome.status === 'judged' ? row.outcome.tests?.failed : undefined),
    },
    {
      name: 'error_phase',
      value: (row) => (row.outcome.status === 'judged' ? undefined : row.outcome.phase),
    },
    { name: 'error_code', value: (row) => (row.outcome.status === 'errored' ? row.outcome.code : undefined) },
    {
      name: 'error_message',
      value: (row) => (row.outcome.status === 'errored' ? row.outcome.message : undefined),
    },
    { name: 'started_at', value: (row) => row.startedAt },
    { name: 'ended_at', value: (row) => row.endedAt },
    { name: 'queue_s', value: (row) => seconds(row.queueUs) },
    { name: 'wall_s', value: (row) => seconds(row.wallUs) },
    { name: 'agent_wall_s', value: (row) => seconds(row.agentWallUs) },
    { name: 'agent_working_s', value: (row) => seconds(row.agentWorkingUs) },
    ...[...ledgerParts, 'unattributed' as const].map(
      (part): Column<TrialRecord> => ({
        name: `${part.replaceAll(/[.-]/g, '_')}_s`,
        value: (row) => seconds(row.ledger[part]),
      }),
    ),
    { name: 'turns', value: (row) => row.turns },
    { name: 'tool_calls', value: (row) => row.toolCalls },
    { name: 'requests_completed', value: (row) => row.requests?.completed },
    { name: 'requests_failed', value: (row) => row.requests?.failed },
    { name: 'ttft_first_ms', value: (row) => notMeasured ?? milliseconds(row.ttft.firstUs) },
    { name: 'ttft_median_ms', value: (row) => notMeasured ?? milliseconds(row.ttft.medianUs) },
    { name: 'ttft_n', value: (row) => row.ttft.n },
    { name: 'input_tokens', value: (row) => row.usage?.input },
    { name: 'cached_input_tokens', value: (row) => row.usage?.cachedInput },
    { name: 'output_tokens', value: (row) => row.usage?.output },
    { name: 'reasoning_tokens', value: (row) => row.usage?.reasoning },
    { name: 'usage_estimated', value: (row) => row.usage?.estimated },
    { name: 'cost_usd', value: (row) => row.costUsd },
    { name: 'files_changed', value: (row) => row.style?.filesChanged },
    { name: 'lines_added', value: (row) => row.style?.linesAdded },
    { name: 'lines_removed', value: (row) => row.style?.linesRemoved },
    { name: 'files_outside_reference', value: (row) => row.style?.filesOutsideReference },
    { name: 'lines_beyond_reference', value: (row) => row.style?.linesBeyondReference },
    { name: 'test_commands', value: (row) => row.style?.testCommands },
    { name: 'tests_asked_for', value: (row) => row.style?.testsAskedFor },
    { name: 'tool_calls_before_first_edit', value: (row) => row.style?.toolCallsBeforeFirstEdit },
    { name: 'before_first_edit_s', value: (row) => seconds(row.style?.microsecondsBeforeFirstEdit) },
    ...interventionColumns,
    { name: 'image', value: (row) => row.image?.name },
    { name: 'image_digest', value: (row) => row.image?.digest },
    { name: 'stand_ins', value: (row) => row.image?.standIns.map(({ from }) => from).join(' ') },
    { name: 'notes', value: (row) => row.notes.join('; ') },
  ];
}

function seconds(us: number | undefined): number | undefined {
  return us === undefined ? undefined : us / 1e6;
}

function milliseconds(us: number | undefined): number | undefined {
  return us === undefined ? undefined : us / 1e3;
}
