import type { Run } from '../../domain/run.ts';
import { type DifferenceKind, differenceKinds, type TextDifference } from './text-differences.ts';

export type Differences = NonNullable<NonNullable<Run['replay']>['differences']>;

const mostSamples = 20;
const longestSample = 160;

/** Counts what was not as recorded, and keeps the first few to be looked at. */
export class DifferenceCount {
  readonly #byKind = new Map<DifferenceKind, number>();
  readonly #samples: Differences['samples'] = [];
  #requests = 0;
  #differing = 0;
  #notAskedFor = 0;

  add(trialId: string, request: number, found: readonly TextDifference[]): void {
    this.#requests += 1;
    if (found.length > 0) this.#differing += 1;
    for (const { kind, where, recorded, asked } of found) {
      this.#byKind.set(kind, (this.#byKind.get(kind) ?? 0) + 1);
      if (this.#samples.length >= mostSamples) continue;
      this.#samples.push({ trialId, request, kind, where, ...aroundDifference(recorded, asked) });
    }
  }

  addNotAskedFor(requests: number): void {
    this.#notAskedFor += requests;
  }

  toJSON(): Differences {
    const counted = differenceKinds.map((kind): [string, number] => [kind, this.#byKind.get(kind) ?? 0]);
    return {
      requests: this.#requests,
      differing: this.#differing,
      byKind: Object.fromEntries(counted.filter(([, count]) => count > 0)),
      notAskedFor: this.#notAskedFor,
      samples: [...this.#samples],
    };
  }
}

/** Of one run that was played in two sittings. */
export function addDifferences(before: Differences | undefined, now: Differences): Differences {
  if (before === undefined) return now;
  const kinds = Object.keys({ ...before.byKind, ...now.byKind });
  return {
    requests: before.requests + now.requests,
    differing: before.differing + now.differing,
    byKind: Object.fromEntries(
      kinds.map((kind) => [kind, (before.byKind[kind] ?? 0) + (now.byKind[kind] ?? 0)]),
    ),
    notAskedFor: before.notAskedFor + now.notAskedFor,
    samples: [...before.samples, ...now.samples].slice(0, mostSamples),
  };
}

/** Both texts from a little before the place where they part. */
function aroundDifference(recorded: string, asked: string): { recorded: string; asked: string } {
  let same = 0;
  while (same < recorded.length && recorded[same] === asked[same]) same += 1;
  const start = Math.max(0, same - 20);
  const cut = (text: string): string => `${start > 0 ? '…' : ''}${text.slice(start, start + longestSample)}`;
  return { recorded: cut(recorded), asked: cut(asked) };
}
