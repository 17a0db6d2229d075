import type { ModelProfile } from '../../domain/model.ts';
import { resolveModel, unknownName } from '../../suites/models.ts';
import { type ModelsFile, transportShortNames } from '../../suites/suite-schema.ts';
import { listOf } from '../shared-flags.ts';

type ShortName = keyof typeof transportShortNames;

export interface ArmsChoice {
  readonly model: readonly string[];
  readonly transport?: readonly string[] | undefined;
  readonly provider?: string | undefined;
  readonly effort?: string | undefined;
}

/** Every model over every transport; without a choice over those of the API that the model speaks. */
export function latencyModels(
  { model, transport, provider, effort }: ArmsChoice,
  models: ModelsFile,
  env: Readonly<Record<string, string | undefined>>,
): readonly ModelProfile[] {
  const named = listOf(transport)?.map(checked);
  const profile = (alias: string, name: ShortName | undefined): ModelProfile =>
    resolveModel({ alias, provider, transport: name, effort }, models, env);
  const arms = (listOf(model) ?? []).flatMap((alias) => {
    const own = profile(alias, undefined);
    return (named ?? transportsOf(own)).map((name) => profile(alias, name));
  });
  return [...new Map(arms.map((arm) => [`${arm.alias} ${arm.transport}`, arm])).values()];
}

function transportsOf({ transport }: ModelProfile): ShortName[] {
  return transport.startsWith('responses-') ? ['websocket', 'sse'] : ['chat'];
}

function checked(name: string): ShortName {
  const names = Object.keys(transportShortNames) as ShortName[]; // the keys of a constant
  const found = names.find((known) => known === name);
  if (found === undefined) throw unknownName('transport', name, names);
  return found;
}
