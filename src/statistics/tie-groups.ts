import { holm } from './multiple-tests.ts';

/** Two arms and the p value of their comparison. */
export interface ArmPair {
  readonly a: string;
  readonly b: string;
  readonly p: number;
}

export interface TieGroups {
  readonly pairs: readonly (ArmPair & { readonly holmP: number; readonly separated: boolean })[];
  /**
   * The largest sets of arms of which no two are separated. An arm may stand in several: "not separated" is not
   * "equal", and does not carry over from pair to pair.
   */
  readonly groups: readonly (readonly string[])[];
}

/** Holm-corrected p values of all pairs and the groups of arms that they leave together; arms in the order of rank. */
export function tieGroups(ranked: readonly string[], pairs: readonly ArmPair[], alpha = 0.05): TieGroups {
  const adjusted = holm(pairs.map(({ p }) => p));
  const judged = pairs.map((pair, index) => {
    const holmP = adjusted[index] ?? 1;
    return { ...pair, holmP, separated: holmP < alpha };
  });
  const apart = new Set(
    judged.filter(({ separated }) => separated).flatMap(({ a, b }) => [keyOf(a, b), keyOf(b, a)]),
  );
  const groups = maximalGroups(ranked, (a, b) => !apart.has(keyOf(a, b)));
  return { pairs: judged, groups };
}

function keyOf(a: string, b: string): string {
  return JSON.stringify([a, b]);
}

/** Bron and Kerbosch 1973: all maximal cliques, here of the relation "not separated". */
function maximalGroups(arms: readonly string[], tied: (a: string, b: string) => boolean): string[][] {
  const groups: string[][] = [];
  const grow = (group: string[], candidates: readonly string[], done: readonly string[]): void => {
    if (candidates.length === 0 && done.length === 0) groups.push(group);
    const left = [...candidates];
    const seen = [...done];
    for (const arm of candidates) {
      left.shift();
      const near = (other: string) => tied(arm, other);
      grow([...group, arm], left.filter(near), seen.filter(near));
      seen.push(arm);
    }
  };
  if (arms.length > 0) grow([], arms, []);
  return groups;
}
