import type { PairReport } from './report-document.ts';
import { countOf, intervalIn, pointsInterval, pointsOf, pText, valueIn } from './sentence-parts.ts';

type Sentences = Omit<PairReport, 'sentences'>;

/** What holds for these tasks, what for new repositories, and what the pair rests on. */
export function pairSentences(pair: Sentences): string[] {
  if (pair.difference.status === 'refused') {
    return [`${pair.a} and ${pair.b} cannot be compared: ${pair.difference.reason}.`];
  }
  return [...forTheseTasks(pair), ...forNewRepositories(pair), ...whatIsLeftOut(pair)];
}

function forTheseTasks(pair: Sentences): string[] {
  const difference = valueIn(pair.difference);
  if (difference === undefined) return [];
  const interval = intervalIn(pair.difference);
  const { tasks, clusters } = pair;
  const where =
    clusters === undefined
      ? `For tasks like these ${tasks}`
      : `For these ${clusters.count} ${clusters.name} (${countOf(tasks, 'task')})`;
  const size = sizeOf(difference, tasks);
  if (interval === undefined) {
    return [`${where} ${size} has no interval (${pair.intervalMethod.replace('none: ', '')}).`];
  }
  const facts = [
    `95 % interval ${pointsInterval(interval, tasks)}`,
    ...errorOf(pair.standardErrorPaired, 'paired'),
    ...exactP(pair),
  ];
  const { separated } = pair;
  const disagreement =
    !separated && excludesZero(interval)
      ? ` The interval leaves out 0, but chance brings as much in ${shareText(pair)} of all cases.`
      : '';
  return [
    `${where} ${size} ${separated ? 'holds' : 'is not separated from none'} (${facts.join(', ')}).${disagreement}`,
  ];
}

function forNewRepositories({ clusters, difference, tasks, separated }: Sentences): string[] {
  const value = valueIn(difference);
  if (clusters === undefined || value === undefined) return [];
  const interval = intervalIn(clusters.interval);
  if (interval === undefined) return [];
  const p = valueIn(clusters.p);
  const facts = [
    `95 % interval ${pointsInterval(interval, tasks)}`,
    ...errorOf(clusters.standardError, `clustered by ${clusters.count} ${clusters.name}`),
    ...(p === undefined ? [] : [`p ${pText(p)}`]),
  ];
  const holds = !excludesZero(interval)
    ? 'it is not separated from none'
    : separated
      ? 'it holds too'
      : 'no more is claimed than for these';
  const caution =
    clusters.count < fewClusters
      ? ` With fewer than ${fewClusters} ${clusters.name} this error is itself poorly known.`
      : '';
  return [`For new ${clusters.name} ${holds} (${facts.join(', ')}).${caution}`];
}

const fewClusters = 30;

function whatIsLeftOut({ tasks, tasksLeftOut }: Sentences): string[] {
  if (tasksLeftOut === 0) return [];
  const left = countOf(tasksLeftOut, 'task is', 'tasks are');
  return [
    `The pair rests on ${countOf(tasks, 'task')} that came to a verdict in both arms; ${left} left out of it.`,
  ];
}

function sizeOf(difference: number, tasks: number): string {
  const points = pointsOf(Math.abs(difference), tasks).replace(/^\+/, '');
  return `the difference of ${points}`;
}

function errorOf(error: PairReport['standardErrorPaired'], kind: string): string[] {
  const value = valueIn(error);
  return value === undefined ? [] : [`standard error ${(value * 100).toFixed(2)} points ${kind}`];
}

/** By the test that decides: mid-p, or the permutation where tasks were tried several times. */
function shareText({ mcnemarMidP, signFlipP }: Sentences): string {
  return `${((valueIn(mcnemarMidP) ?? valueIn(signFlipP) ?? 1) * 100).toFixed(1)} %`;
}

function exactP({ mcnemarExact, signFlipP }: Sentences): string[] {
  const exact = valueIn(mcnemarExact);
  if (exact !== undefined) return [`exact p ${pText(exact)}`];
  const permuted = valueIn(signFlipP);
  return permuted === undefined ? [] : [`permutation p ${pText(permuted)}`];
}

function excludesZero({ low, high }: { readonly low: number; readonly high: number }): boolean {
  return low > 0 || high < 0;
}
