import { EvalrunError } from '../../domain/errors.ts';
import type { Run } from '../../domain/run.ts';
import { parseFault } from '../../inference/simulator/parse-fault.ts';
import type { ChosenArm } from './choose-arms.ts';

/** What goes wrong in a simulated run, as run.json keeps it; a provider's own faults cannot be ordered. */
export function faultsOf(specs: readonly string[] | undefined, arms: readonly ChosenArm[]): Run['faults'] {
  if (specs === undefined || specs.length === 0) return undefined;
  for (const spec of specs) parseFault(spec);
  const models = arms.flatMap(({ model }) => (model === undefined ? [] : [model]));
  const real = models.find(
    ({ provider }) => provider.kind !== 'simulated' || provider.playedBy === 'cassette',
  );
  if (real === undefined && models.length > 0) return [...specs];
  const reason =
    real === undefined
      ? 'no model takes part'
      : `"${real.alias}" is answered by ${answererOf(real.provider)}`;
  throw new EvalrunError(
    `--fault is for models that the simulator plays, and ${reason}; give --provider simulated`,
    { code: 'usage' },
  );
}

function answererOf({ name, playedBy }: NonNullable<ChosenArm['model']>['provider']): string {
  return playedBy === 'cassette' ? 'a recording' : `provider "${name}"`;
}
