import { expect, test } from 'vitest';
import type { Run } from '../domain/run.ts';
import { runDocument } from '../testing/records.ts';
import { latencyNotMeasured, replaySentence } from './replay-text.ts';
import { runTitle } from './titles.ts';

const replayed = (timeScale: number, differences?: NonNullable<Run['replay']>['differences']): Run =>
  runDocument({
    simulated: true,
    replay: {
      folder: 'tapes',
      recordedRun: 'run-1',
      recordedAt: '2026-02-12',
      timeScale,
      strict: false,
      ...(differences === undefined ? {} : { differences }),
    },
  });

test('times are measured at the recorded pace only', () => {
  expect(latencyNotMeasured(runDocument())).toBeUndefined();
  expect(latencyNotMeasured(replayed(1))).toBeUndefined();
  expect(latencyNotMeasured(replayed(0.1))).toBe('not measured (replayed at ×0.1)');
  expect(latencyNotMeasured(replayed(0))).toBe('not measured (replayed at ×0)');
});

test('a title says that a run was replayed, and still that it was simulated', () => {
  expect(runTitle(replayed(0.1))).toMatch(/^SIMULATED · replayed at ×0\.1 · smoke/);
});

test('the sentence counts what was not as recorded', () => {
  const differences = {
    requests: 19,
    differing: 4,
    byKind: { times: 3, ids: 2 },
    notAskedFor: 1,
    samples: [],
  };
  expect(replaySentence(runDocument())).toBeUndefined();
  expect(replaySentence(replayed(1))).toBe('replayed at ×1 from run run-1, recorded 2026-02-12');
  expect(replaySentence(replayed(1, differences))).toBe(
    'replayed at ×1 from run run-1, recorded 2026-02-12: 4 of 19 requests differ in text (times 3, ids 2); recorded but not asked for: 1',
  );
});
