import { validationAgents } from '../../agents/agents.ts';
import type { TrialRecord } from '../../domain/record.ts';
import { loadReport, type RunReport } from '../../reports/load-report.ts';
import { isResolved } from '../../reports/report-arms.ts';
import { runTitle } from '../../reports/titles.ts';
import type { CommandContext } from '../command.ts';
import { hasWork } from './has-work.ts';
import type { RunArguments } from './run-arguments.ts';
import { startRun } from './run-suite.ts';

type Shared = Pick<
  RunArguments,
  | 'tasks'
  | 'exclude'
  | 'limit'
  | 'image-map'
  | 'network'
  | 'keep-containers'
  | 'allow-host-env'
  | 'results'
  | 'reports'
  | 'json'
  | 'quiet'
  | 'verbose'
  | 'jobs'
  | 'timeout-multiplier'
  | 'skip-refused'
>;
export type ValidateArguments = Shared & {
  readonly suite?: string | undefined;
  readonly dataset?: string | undefined;
  readonly repeat: number;
};

/** Exit code 0 when every task behaves, 1 when one does not. */
export async function validateSuite(args: ValidateArguments, context: CommandContext): Promise<number> {
  const { folder, code } = await startRun(
    {
      ...args,
      agent: validationAgents.map(({ name }) => name),
      attempts: args.repeat,
      'dry-run': false,
    },
    { agents: validationAgents, keep: hasWork },
    context,
  );
  if (folder === undefined || code === 130) return code;
  const report = await loadReport(folder);
  const problems = report.run.tasks.flatMap(({ id }) => problemsOf(id, report));
  print(report, problems, args.json, context);
  return problems.length === 0 ? 0 : 1;
}

function triesOf(taskId: string, agent: string, { finals }: RunReport): TrialRecord[] {
  return finals.filter((record) => record.taskId === taskId && record.arm.agent === agent);
}

function problemsOf(taskId: string, report: RunReport): string[] {
  const all = ['oracle', 'nop', 'wrong'].flatMap((agent) => triesOf(taskId, agent, report));
  return all.flatMap((record) => {
    const { outcome, arm, attempt } = record;
    const which = `${taskId}: ${arm.agent}, attempt ${attempt}`;
    if (outcome.status === 'errored') return [`${which}: errored in ${outcome.phase}: ${outcome.message}`];
    if (outcome.status === 'cancelled') return [`${which}: cancelled`];
    if (isResolved(record) === (arm.agent === 'oracle')) return [];
    return [
      `${which}: ${isResolved(record) ? 'resolved, and must not be' : 'not resolved, and must be'} (${record.folder})`,
    ];
  });
}

function print(report: RunReport, problems: readonly string[], json: boolean, context: CommandContext): void {
  const tally = (agent: string): { resolved: number; of: number } => {
    const records = report.finals.filter(({ arm }) => arm.agent === agent);
    return { resolved: records.filter(isResolved).length, of: records.length };
  };
  const tallies = { oracle: tally('oracle'), nop: tally('nop'), wrong: tally('wrong') };
  if (json) {
    context.stdout.write(
      `${JSON.stringify({ type: 'validation', run: report.run.runId, ...tallies, problems })}\n`,
    );
    return;
  }
  const lines = [
    `validation of ${runTitle(report.run)}`,
    ...Object.entries(tallies)
      .filter(([, { of }]) => of > 0)
      .map(([agent, { resolved, of }]) => `  ${agent.padEnd(6)} resolves ${resolved} of ${of}`),
    problems.length === 0 ? 'every task behaves as it must' : `${problems.length} problems:`,
    ...problems.map((problem) => `  ${problem}`),
  ];
  context.stdout.write(`${lines.join('\n')}\n`);
}
