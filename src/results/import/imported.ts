/**
 * What another system's results become before they are written as a run. What that system does not tell is
 * left out: unknown is undefined and never 0.
 */
import { EvalrunError, messageOf } from '../../domain/errors.ts';
import type { TrialRecord } from '../../domain/record.ts';

type ImportSystem = 'harbor' | 'swe-bench-pro' | 'swe-bench' | 'terminal-bench-1';

export interface Imported {
  readonly system: ImportSystem;
  readonly dataset: { readonly name: string; readonly version?: string };
  readonly trials: readonly ImportedTrial[];
  /** What a reader of the figures must know, as sentences. */
  readonly notes: readonly string[];
}

export interface ImportedTrial
  extends Pick<
    TrialRecord,
    | 'taskId'
    | 'arm'
    | 'outcome'
    | 'group'
    | 'startedAt'
    | 'endedAt'
    | 'wallUs'
    | 'agentWallUs'
    | 'usage'
    | 'costUsd'
  > {
  readonly taskHash?: string;
  /** Microseconds by part of the ledger; what is not told is missing from it. */
  readonly ledger: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  /** An ATIF document of the trial, to be kept beside it. */
  readonly trajectoryPath?: string;
}

/** Names for what a format does not tell, from the command line. */
export interface ImportNames {
  readonly agent: string | undefined;
  readonly model: string | undefined;
  readonly dataset: string | undefined;
}

export function importFailure(path: string, problem: string, cause?: unknown): EvalrunError {
  const reason = cause === undefined ? '' : ` (${messageOf(cause)})`;
  return new EvalrunError(`${path}: ${problem}${reason}`, { code: 'usage', cause });
}

/** Microseconds between two times, each optional and in any ISO 8601 form; undefined where one is missing. */
export function elapsedUs(
  start: string | null | undefined,
  end: string | null | undefined,
): number | undefined {
  if (start === null || start === undefined || end === null || end === undefined) return undefined;
  const us = epochUs(end) - epochUs(start);
  return Number.isFinite(us) && us >= 0 ? us : undefined;
}

/** Date keeps milliseconds only; the microseconds of the text are added to it. */
function epochUs(text: string): number {
  const fraction = /\.(\d{1,6})/.exec(text)?.[1] ?? '';
  const withoutFraction = text.replace(/\.\d+/, '');
  return Date.parse(withoutFraction) * 1000 + Number(fraction.padEnd(6, '0') || 0);
}

/** An ISO time in UTC, or undefined where there is none. */
export function isoTime(text: string | null | undefined): string | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** The repository in an id such as instance_owner__name-…; undefined where it has none. */
export function repositoryOf(instanceId: string): string | undefined {
  const match = /^(?:instance_)?([A-Za-z0-9._-]+?)__([A-Za-z0-9._-]+?)-(?:[0-9a-f]{40}|\d+)/.exec(instanceId);
  return match === null ? undefined : `${match[1]}/${match[2]}`;
}

/** The parts that are known, and what of the whole they leave as `unattributed`. */
export function ledgerOfParts(
  parts: Readonly<Record<string, number | undefined>>,
  wallUs: number | undefined,
): Record<string, number> {
  const known = Object.entries(parts).flatMap(([part, us]) =>
    us === undefined ? [] : [[part, us] as const],
  );
  const sum = known.reduce((total, [, us]) => total + us, 0);
  const rest = wallUs === undefined || wallUs < sum ? {} : { unattributed: wallUs - sum };
  return { ...Object.fromEntries(known), ...rest };
}
