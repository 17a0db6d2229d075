import type { RunFacts } from '../domain/run.ts';

type Replayed = Pick<RunFacts, 'replay'>;

/** The one place that decides it: times that were played at another pace than they were recorded at measure nothing. */
export function latencyNotMeasured({ replay }: Replayed): string | undefined {
  if (replay === undefined || replay.timeScale === 1) return undefined;
  return `not measured (${replayedAt(replay)})`;
}

/** For titles. */
export function replayPrefix({ replay }: Replayed): string {
  return replay === undefined ? '' : `${replayedAt(replay)} · `;
}

function replayedAt({ timeScale }: NonNullable<Replayed['replay']>): string {
  return `replayed at ×${timeScale}`;
}

/** What was replayed and in what the requests were not as recorded. */
export function replaySentence({ replay }: Replayed): string | undefined {
  if (replay === undefined) return undefined;
  const from = `${replayedAt(replay)} from run ${replay.recordedRun}, recorded ${replay.recordedAt}`;
  const { differences } = replay;
  if (differences === undefined) return from;
  const kinds = Object.entries(differences.byKind).map(([kind, count]) => `${kind} ${count}`);
  const which = kinds.length === 0 ? '' : ` (${kinds.join(', ')})`;
  const missing =
    differences.notAskedFor === 0 ? '' : `; recorded but not asked for: ${differences.notAskedFor}`;
  return `${from}: ${differences.differing} of ${differences.requests} requests differ in text${which}${missing}`;
}
