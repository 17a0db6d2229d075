import { EvalrunError } from '../domain/errors.ts';
import type { ModelProfile, ProviderProfile, TransportName } from '../domain/model.ts';
import { nearest } from '../lib/suggest.ts';
import { type ConfigFile, type ModelEntry, type ModelsFile, transportShortNames } from './suite-schema.ts';

export interface ModelChoice {
  readonly alias: string;
  /** `--provider`; undefined: the model's own, or the simulator where its key is missing. */
  readonly provider: string | undefined;
  readonly transport: keyof typeof transportShortNames | undefined;
  readonly effort: string | undefined;
}

/** Adds a user's own providers and models to the bundled ones; theirs win. */
export function mergeModels(bundled: ModelsFile, config: ConfigFile): ModelsFile {
  return {
    providers: { ...bundled.providers, ...config.providers },
    models: { ...bundled.models, ...config.models },
  };
}

/**
 * The profile for a `--model` name. Without `--provider` and without the provider's key the embedded
 * simulator answers; with `--provider` a missing key is an error.
 */
export function resolveModel(
  choice: ModelChoice,
  models: ModelsFile,
  env: Readonly<Record<string, string | undefined>>,
): ModelProfile {
  const entry = ownEntry(models.models, choice.alias);
  if (entry === undefined) throw unknownName('model', choice.alias, Object.keys(models.models));
  const provider = resolveProvider(choice, entry, models, env);
  if (provider.kind === 'simulated' && entry.simulation === undefined) {
    throw new EvalrunError(
      `model "${choice.alias}" has no simulation figures in models.yaml, so the simulator cannot play it; ` +
        'give --provider NAME and its key',
      { code: 'usage' },
    );
  }
  return profileOf(choice, entry, provider);
}

function resolveProvider(
  choice: ModelChoice,
  entry: ModelEntry,
  models: ModelsFile,
  env: Readonly<Record<string, string | undefined>>,
): ProviderProfile {
  const name = choice.provider ?? entry.provider;
  const found = ownEntry(models.providers, name);
  if (found === undefined) throw unknownName('provider', name, Object.keys(models.providers));
  const keyIsMissing = found.apiKeyEnv !== undefined && !env[found.apiKeyEnv];
  if (!keyIsMissing) return providerOf(name, found);
  if (choice.provider === undefined) return { name: 'simulated', kind: 'simulated' };
  throw new EvalrunError(
    `provider "${name}" needs a key in the environment variable ${found.apiKeyEnv}, which is not set; ` +
      'set it, or leave out --provider to use the embedded simulator',
    { code: 'usage' },
  );
}

/** Not what every object has: "constructor" is no model. */
function ownEntry<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function providerOf(name: string, entry: ModelsFile['providers'][string]): ProviderProfile {
  return {
    name,
    kind: entry.kind,
    ...(entry.baseUrl === undefined ? {} : { baseUrl: entry.baseUrl }),
    ...(entry.apiKeyEnv === undefined ? {} : { apiKeyEnv: entry.apiKeyEnv }),
    ...(entry.limits === undefined ? {} : { limits: entry.limits }),
    ...(entry.retry === undefined ? {} : { retry: entry.retry }),
  };
}

function profileOf(choice: ModelChoice, entry: ModelEntry, provider: ProviderProfile): ModelProfile {
  const effort = choice.effort ?? entry.effort;
  const transport: TransportName = transportShortNames[choice.transport ?? entry.transport];
  return {
    alias: choice.alias,
    provider,
    model: entry.model,
    transport,
    style: entry.style,
    contextTokens: entry.contextTokens,
    ...(effort === undefined ? {} : { effort }),
    ...(entry.maxOutputTokens === undefined ? {} : { maxOutputTokens: entry.maxOutputTokens }),
    ...(entry.stallTimeoutSec === undefined ? {} : { stallTimeoutSec: entry.stallTimeoutSec }),
    ...(entry.canSteer === undefined ? {} : { canSteer: entry.canSteer }),
    ...(entry.prices === undefined ? {} : { prices: entry.prices }),
    ...(entry.simulation === undefined ? {} : { simulation: entry.simulation }),
  };
}

/** One message for a name that is in no table. */
export function unknownName(what: string, name: string, known: readonly string[]): EvalrunError {
  const hint = nearest(name, known);
  return new EvalrunError(
    `${what} "${name}" is not known${hint === undefined ? '' : ` (did you mean "${hint}"?)`}; there are ${known.join(', ')}`,
    { code: 'usage' },
  );
}
