import { type Arm, armKey, armName } from '../../domain/arm.ts';
import { messageOf } from '../../domain/errors.ts';
import { type TrialRecord, trialRecordSchema } from '../../domain/record.ts';
import type { Run } from '../../domain/run.ts';
import type { LiveArm, LiveState, LiveTrial } from '../../reports/html/page-data.ts';

const lastShown = 30;

/** What is known of a running run, from the lines of its trials.jsonl as they come. */
export class LiveTally {
  readonly #finals = new Map<string, { readonly arm: string; readonly outcome: LiveTrial['outcome'] }>();
  #last: LiveTrial[] = [];
  #unreadable = 0;

  /** A line that cannot be read is counted. Returns why, for who wants to know. */
  add(line: string): string | undefined {
    try {
      this.#record(trialRecordSchema.parse(JSON.parse(line)));
      return undefined;
    } catch (error) {
      this.#unreadable += 1;
      return messageOf(error);
    }
  }

  #record(record: TrialRecord): void {
    const { trialId, arm, outcome, wallUs, endedAt, final } = record;
    const word = outcomeWord(record);
    if (final) this.#finals.set(trialId, { arm: armKey(arm), outcome: word });
    const message =
      outcome.status === 'errored' ? `${final ? '' : 'to be tried again: '}${outcome.message}` : undefined;
    const seconds = wallUs === undefined ? undefined : wallUs / 1e6;
    this.#last = [{ trialId, outcome: word, message, seconds, endedAt }, ...this.#last].slice(0, lastShown);
  }

  state({ state, arms, tasks, attempts }: Pick<Run, 'state' | 'arms' | 'tasks' | 'attempts'>): LiveState {
    const planned = tasks.length * attempts;
    return {
      state,
      planned: planned * arms.length,
      arms: arms.map((arm) => this.#armState(arm, planned)),
      last: this.#last,
      unreadable: this.#unreadable,
    };
  }

  #armState(arm: Arm, planned: number): LiveArm {
    const of = [...this.#finals.values()].filter((final) => final.arm === armKey(arm));
    const count = (word: string): number => of.filter(({ outcome }) => outcome === word).length;
    return {
      name: [armName(arm), arm.effort, arm.transport].filter((part) => part !== undefined).join(' '),
      planned,
      resolved: count('resolved'),
      unresolved: count('unresolved'),
      errored: count('errored'),
      cancelled: count('cancelled'),
    };
  }
}

function outcomeWord({ outcome }: TrialRecord): string {
  if (outcome.status !== 'judged') return outcome.status;
  return outcome.resolved ? 'resolved' : 'unresolved';
}
