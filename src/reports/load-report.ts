import type { TrialRecord } from '../domain/record.ts';
import { finalRecords } from '../results/final-records.ts';
import { type LoadedRun, loadRun } from './load-run.ts';
import { reportArms } from './report-arms.ts';
import { type ArmSummary, summarizeArm } from './summarize.ts';

/** What the table of a run is made from. */
export interface RunTable extends Pick<LoadedRun, 'run' | 'finals' | 'unreadable'> {
  readonly arms: readonly ArmSummary[];
}

export interface RunReport extends RunTable {
  readonly folder: string;
  /** Every try, in the order in which they ended. */
  readonly tries: readonly TrialRecord[];
  readonly finals: readonly TrialRecord[];
}

/** A run's table with its trials' whole records, read from its folder alone. */
export async function loadReport(folder: string): Promise<RunReport> {
  const tries: TrialRecord[] = [];
  const onTry = (record: TrialRecord): undefined => void tries.push(record);
  const loaded = await loadRun(folder, { listen: () => ({ onTry }) });
  return { ...runTable(loaded), folder, tries, finals: finalRecords(tries) };
}

export function runTable(loaded: LoadedRun): RunTable {
  const { run, finals, unreadable } = loaded;
  const arms = run.arms.length === 0 ? [] : reportArms([loaded]).map(summarizeArm);
  return { run, arms, finals, unreadable };
}
