import { mean } from './mean.ts';

/** One attempt of one arm at one task. */
export interface Attempt {
  /** Undefined where it came to no verdict: an error of ours, a spent budget, an interrupt. Never scored 0. */
  readonly resolved: boolean | undefined;
  readonly timeUs: number | undefined;
  readonly costUsd: number | undefined;
}

export interface TaskAttempts {
  readonly taskId: string;
  /** Repository; undefined where the dataset has none. */
  readonly cluster: string | undefined;
  readonly attempts: readonly Attempt[];
}

/** A task that both arms tried and that came to a verdict in both. */
export interface PairedTask {
  readonly taskId: string;
  readonly cluster: string | undefined;
  readonly a: PairedSide;
  readonly b: PairedSide;
}

export interface PairedSide {
  readonly attempts: readonly Attempt[];
  readonly judged: number;
  readonly resolved: number;
  /** Mean over the judged attempts. */
  readonly score: number;
}

export interface Pairing {
  readonly tasks: readonly PairedTask[];
  readonly onlyInA: readonly string[];
  readonly onlyInB: readonly string[];
  /** Tried by both, without a verdict in one arm at least: left out of every paired figure, and counted. */
  readonly withoutVerdict: readonly string[];
}

export function pairTasks(a: readonly TaskAttempts[], b: readonly TaskAttempts[]): Pairing {
  const inA = new Map(a.map((task) => [task.taskId, task]));
  const inB = new Map(b.map((task) => [task.taskId, task]));
  const tasks: PairedTask[] = [];
  const withoutVerdict: string[] = [];
  for (const [taskId, task] of inA) {
    const other = inB.get(taskId);
    if (other === undefined) continue;
    const sides = { a: sideOf(task.attempts), b: sideOf(other.attempts) };
    if (sides.a.judged === 0 || sides.b.judged === 0) withoutVerdict.push(taskId);
    else tasks.push({ taskId, cluster: task.cluster, ...sides });
  }
  const onlyInA = [...inA.keys()].filter((taskId) => !inB.has(taskId));
  const onlyInB = [...inB.keys()].filter((taskId) => !inA.has(taskId));
  return { tasks, onlyInA, onlyInB, withoutVerdict };
}

function sideOf(attempts: readonly Attempt[]): PairedSide {
  const verdicts = attempts.flatMap(({ resolved }) => (resolved === undefined ? [] : [resolved ? 1 : 0]));
  const resolved = verdicts.filter((verdict) => verdict === 1).length;
  return { attempts, judged: verdicts.length, resolved, score: mean(verdicts) };
}
