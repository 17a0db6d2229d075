import { millisecondsText, secondsText, usdText } from './figure-text.ts';
import type { ArmReport, PairReport } from './report-document.ts';
import {
  countOf,
  intervalIn,
  listed,
  percentOf,
  pointsInterval,
  pointsOf,
  valueIn,
} from './sentence-parts.ts';
import { speedSentences } from './speed-sentences.ts';
import { wayText } from './way-text.ts';

export interface VerdictFacts {
  readonly arms: readonly ArmReport[];
  readonly pairs: readonly PairReport[];
  readonly tieGroups: readonly (readonly string[])[];
}

/** The report in plain language, most important first: accuracy, speed, cost, and what bounds them. */
export function verdictOf(facts: VerdictFacts): string[] {
  return sentencesOf(facts).map(plainSpaces);
}

/** Figures' texts hold their unit by a space that does not break: not in sentences that people search. */
function plainSpaces(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}

function sentencesOf(facts: VerdictFacts): string[] {
  const [pair] = facts.pairs;
  const isPair = facts.arms.length === 2 && pair !== undefined;
  return [
    ...(isPair ? [...pairAccuracy(facts.arms, pair), ...speedSentences(pair)] : severalAccuracies(facts)),
    ...timesOf(facts.arms),
    ...firstTokens(facts.arms),
    ...costs(facts.arms),
    ...unjudged(facts.arms),
    ...simulated(facts.arms),
  ];
}

function solvesText({ key, resolved, judged, accuracy }: ArmReport): string {
  const share = valueIn(accuracy);
  if (share === undefined) return `${key} has no judged trial`;
  return `${key} solves ${resolved} of ${judged} (${percentOf(share, judged)})`;
}

/** Without a pair there is one arm, or some that may not be compared. */
function severalAccuracies(facts: VerdictFacts): string[] {
  return facts.pairs.length === 0 ? ownAccuracy(facts.arms) : ranking(facts);
}

function ownAccuracy(arms: readonly ArmReport[]): string[] {
  return arms.map((arm) => {
    const interval = intervalIn(arm.accuracy);
    const range =
      interval === undefined
        ? ''
        : `; 95 % interval ${percentOf(interval.low, arm.judged)} to ${percentOf(interval.high, arm.judged)}`;
    return `${solvesText(arm)}${range}.`;
  });
}

function pairAccuracy(arms: readonly ArmReport[], pair: PairReport): string[] {
  const solves = arms.map(solvesText).join(', ');
  const difference = valueIn(pair.difference);
  if (difference === undefined) return [`${solves}.`, ...pair.sentences];
  const interval = intervalIn(pair.difference);
  const range = interval === undefined ? '' : ` ${pointsInterval(interval, pair.tasks)}`;
  const size = `${pair.b} − ${pair.a}, ${pointsOf(difference, pair.tasks)}${range}`;
  const verdict = pair.separated
    ? `is separated: ${better(pair, difference)} solves more`
    : 'is not separated';
  return [`${solves}; the difference, ${size}, ${verdict}.`, ...pair.sentences];
}

function better({ a, b }: PairReport, difference: number): string {
  return difference > 0 ? b : a;
}

/** More than two arms: who leads, who cannot be told from the leader, and which pairs are told apart. */
function ranking({ arms, pairs, tieGroups }: VerdictFacts): string[] {
  const ranked = byAccuracy(arms);
  const [leader] = ranked;
  if (leader === undefined) return [];
  const tied = [...new Set(tieGroups.filter((group) => group.includes(leader.key)).flat())].filter(
    (key) => key !== leader.key,
  );
  const apart = pairs.filter(({ separated }) => separated).length;
  return [
    `${ranked.map(solvesText).join(', ')}.`,
    tied.length === 0
      ? `${leader.key} is separated from every other arm.`
      : `${leader.key} is ahead, and not separated from ${listed(tied)}.`,
    `${apart} of ${countOf(pairs.length, 'pair')} ${apart === 1 ? 'is' : 'are'} separated, by p values corrected for their number (Holm).`,
  ];
}

/** Best first; arms without a verdict last. */
export function byAccuracy(arms: readonly ArmReport[]): ArmReport[] {
  return arms.toSorted((x, y) => (valueIn(y.accuracy) ?? -1) - (valueIn(x.accuracy) ?? -1));
}

function timesOf(arms: readonly ArmReport[]): string[] {
  const known = arms.flatMap(({ key, timeToAnswer: { p50 } }) => {
    const seconds = valueIn(p50);
    return seconds === undefined ? [] : [`${secondsText(seconds)} with ${key}`];
  });
  return known.length === 0 ? [] : [`Half of the trials have ended after ${listed(known)} of working time.`];
}

/** Never pooled over transports, so each is named. */
function firstTokens(arms: readonly ArmReport[]): string[] {
  const known = arms.flatMap(({ key, latency }) =>
    latency.flatMap((row) => {
      const median = valueIn(row.ttftMs.p50);
      return median === undefined ? [] : [`${millisecondsText(median)} with ${key} (${wayText(row)})`];
    }),
  );
  return known.length === 0
    ? []
    : [`The first token comes after ${listed(known)}, the median of all requests but each trial's first.`];
}

function costs(arms: readonly ArmReport[]): string[] {
  const known = arms.flatMap(({ key, costUsd }) => {
    const usd = valueIn(costUsd.perSolve);
    return usd === undefined ? [] : [`${usdText(usd)} with ${key}`];
  });
  const refused = arms.flatMap(({ key, costUsd: { perSolve, total } }) =>
    perSolve.status === 'refused' && total !== undefined
      ? [`What a solved task costs with ${key} cannot be said: ${perSolve.reason}.`]
      : [],
  );
  return [...(known.length === 0 ? [] : [`A solved task costs ${listed(known)}.`]), ...refused];
}

function unjudged(arms: readonly ArmReport[]): string[] {
  return arms.flatMap(({ key, planned, judged, bracket }) => {
    const without = planned - judged;
    if (without === 0) return [];
    const range = `${percentOf(bracket.low, planned)} if they had failed and ${percentOf(bracket.high, planned)} if they had been solved`;
    return [`${countOf(without, 'trial')} of ${key} came to no verdict; its score would be ${range}.`];
  });
}

function simulated(arms: readonly ArmReport[]): string[] {
  return arms.some((arm) => arm.simulated)
    ? ['The embedded simulator answered, not a model: solve rates and times are its settings.']
    : [];
}
