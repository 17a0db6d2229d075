import { armName } from '../domain/arm.ts';
import { ledgerParts } from '../domain/span.ts';
import { costPerSolve } from '../statistics/cost-per-solve.ts';
import type { Interval } from '../statistics/interval.ts';
import { mean } from '../statistics/mean.ts';
import { meanByUnit } from '../statistics/mean-by-unit.ts';
import { passAtK, passByTask, passHatK, type TaskPasses } from '../statistics/pass-at-k.ts';
import { shareInterval } from '../statistics/share-by-task.ts';
import { armAccuracy, armCounts } from './arm-accuracy.ts';
import { armCurves } from './arm-curves.ts';
import { meansByTask } from './arm-trials.ts';
import { secondsText } from './figure-text.ts';
import { figureOf, known, percentileFigure, refusal } from './figures.ts';
import { latencyRow } from './latency-row.ts';
import type { KeptTry } from './load-run.ts';
import { isJudged, isResolved, type ReportArm, timeUsOf } from './report-arms.ts';
import type { ArmReport, Figure } from './report-document.ts';

export interface FigureOptions {
  readonly seed: number;
  readonly resamples: number;
}

/** What every output says of an arm: the table of a run too. */
export type ArmFigures = Omit<ArmReport, 'curves'>;

/** Everything that a report says of one arm by itself. */
export function armReport(arm: ReportArm, options: FigureOptions): ArmReport {
  const figures = armFigures(arm);
  const { accuracy, timeToAnswer } = figures;
  return { ...figures, curves: armCurves(arm, { accuracy, timeToAnswer: timeToAnswer.mean }, options) };
}

export function armFigures(arm: ReportArm): ArmFigures {
  const { loaded, trials } = arm;
  const { run } = loaded;
  const judged = trials.filter(isJudged);
  const resolved = judged.filter(isResolved);
  const model = run.models.find(({ alias }) => alias === arm.arm.model);
  return {
    key: arm.key,
    name: armName(arm.arm),
    runId: run.runId,
    arm: arm.arm,
    ...(model === undefined ? {} : { modelName: model.model }),
    simulated: arm.simulated ?? run.simulated,
    ...('imported' in run ? { importedFrom: run.imported.system } : {}),
    ...armCounts(run, trials),
    accuracy: armAccuracy(trials).figure,
    passAtK: passesOf(judged, run.attempts),
    timeToAnswer: timesOf(arm, judged),
    timeToSolve: { p50: timePercentile(arm, resolved, 50) },
    costUsd: costOf(trials, model?.prices?.source),
    tokens: tokensOf(trials),
    latency: arm.requests.map((samples) => latencyRow(samples, arm.notMeasured)),
    ledger: ledgerOf(trials),
    style: styleOf(judged),
  };
}

function passesOf(judged: readonly KeptTry[], attempts: number): ArmReport['passAtK'] {
  const tasks: TaskPasses[] = [...Map.groupBy(judged, ({ taskId }) => taskId).values()].map((trials) => ({
    attempts: trials.length,
    resolved: trials.filter(isResolved).length,
  }));
  return Array.from({ length: attempts }, (_, index) => {
    const k = index + 1;
    const figure = (measure: typeof passAtK): Figure =>
      figureOf(passByTask(tasks, k, measure), tasks.length, (values) => ({
        value: mean(values),
        ...intervalOf(values),
      }));
    return { k, passAtK: figure(passAtK), passHatK: figure(passHatK) };
  });
}

function intervalOf(shares: readonly number[]): { readonly interval?: Interval } {
  const share = shareInterval(shares);
  return share === undefined ? {} : { interval: share.interval };
}

function timesOf(arm: ReportArm, judged: readonly KeptTry[]): ArmReport['timeToAnswer'] {
  return {
    p50: timePercentile(arm, judged, 50),
    p90: timePercentile(arm, judged, 90),
    mean: arm.notMeasured === undefined ? meanFigure(judged, secondsOf) : refusal(arm.notMeasured, 0),
  };
}

function timePercentile(arm: ReportArm, trials: readonly KeptTry[], rank: 50 | 90): Figure {
  if (arm.notMeasured !== undefined) return refusal(arm.notMeasured, 0);
  const times = trials.map(secondsOf).filter((time) => time !== undefined);
  return percentileFigure(times, rank, secondsText);
}

export function secondsOf(trial: KeptTry): number | undefined {
  const us = timeUsOf(trial);
  return us === undefined ? undefined : us / 1e6;
}

/** Mean over tasks, repeats averaged within a task first, with Student's interval. */
function meanFigure(trials: readonly KeptTry[], read: (trial: KeptTry) => number | undefined): Figure {
  const { means, trials: n } = meansByTask(trials, read);
  if (means.length === 0) return refusal('no trial has it', 0);
  const byTask = meanByUnit(means);
  return known(mean(means), n, byTask.status === 'refused' ? undefined : byTask.value.interval);
}

/** All trials that cost something, those without a verdict included. */
function costOf(trials: readonly KeptTry[], source: string | undefined): ArmReport['costUsd'] {
  const priced = trials.filter(({ costUsd }) => costUsd !== undefined);
  if (priced.length === 0) return { perSolve: refusal('no prices are given', 0) };
  const total = priced.reduce((sum, { costUsd = 0 }) => sum + costUsd, 0);
  const asked = trials.filter(({ costUsd, usage }) => costUsd === undefined && (usage?.output ?? 0) > 0);
  const tasks = [...Map.groupBy(trials, ({ taskId }) => taskId).values()].map((ofTask) => ({
    costUsd: ofTask.reduce((sum, { costUsd = 0 }) => sum + costUsd, 0),
    solves: ofTask.filter(isResolved).length,
  }));
  const perSolve =
    asked.length > 0
      ? refusal(`${asked.length} trials without a known cost`, priced.length)
      : figureOf(costPerSolve(tasks), priced.length, ({ usd, interval }) => ({ value: usd, interval }));
  return { total, perSolve, ...(source === undefined ? {} : { note: `prices: ${source}` }) };
}

function tokensOf(trials: readonly KeptTry[]): ArmReport['tokens'] {
  const sum = (of: 'input' | 'cachedInput' | 'output'): number =>
    trials.reduce((total, { usage }) => total + (usage?.[of] ?? 0), 0);
  return {
    input: sum('input'),
    cachedInput: sum('cachedInput'),
    output: sum('output'),
    estimated: trials.some(({ usage }) => usage?.estimated === true),
  };
}

/** Seconds by part over all trials; empty where no ledger was kept. */
function ledgerOf(trials: readonly KeptTry[]): ArmReport['ledger'] {
  const us = new Map<string, number>();
  for (const { ledger } of trials) {
    for (const [part, time] of Object.entries(ledger)) us.set(part, (us.get(part) ?? 0) + time);
  }
  const order: string[] = [...ledgerParts, 'unattributed'];
  return order.filter((part) => us.has(part)).map((part) => ({ part, seconds: (us.get(part) ?? 0) / 1e6 }));
}

function styleOf(judged: readonly KeptTry[]): ArmReport['style'] {
  const figure = (read: (style: NonNullable<KeptTry['style']>) => number | undefined): Figure =>
    meanFigure(judged, ({ style }) => (style === undefined ? undefined : read(style)));
  return {
    filesChanged: figure(({ filesChanged }) => filesChanged),
    linesChanged: figure(({ linesAdded, linesRemoved }) => linesAdded + linesRemoved),
    linesBeyondReference: figure(({ linesBeyondReference }) => linesBeyondReference),
    toolCalls: figure(({ toolCalls }) => toolCalls),
    testCommandsUnasked: figure(({ testsAskedFor, testCommands }) =>
      testsAskedFor ? undefined : testCommands,
    ),
    secondsToFirstEdit: figure(({ microsecondsBeforeFirstEdit }) =>
      microsecondsBeforeFirstEdit === undefined ? undefined : microsecondsBeforeFirstEdit / 1e6,
    ),
  };
}
