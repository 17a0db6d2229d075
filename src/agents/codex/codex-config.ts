import { stringify } from 'smol-toml';
import type { ModelProfile } from '../../domain/model.ts';

/** Name of the variable that holds the trial's token; Codex sends what is in it as its key. */
export const tokenVariable = 'EVALRUN_TOKEN';

const provider = 'evalrun';

export interface CodexConfigOptions {
  readonly model: ModelProfile;
  readonly baseUrl: string;
  /** Path in the container. */
  readonly cataloguePath: string;
}

/** config.toml: Codex as it comes, without what would reach out, wait for ever or ask somebody. */
export function codexConfig({ model, baseUrl, cataloguePath }: CodexConfigOptions): string {
  return stringify({
    model: model.model,
    model_provider: provider,
    model_catalog_json: cataloguePath,
    ...(model.effort === undefined ? {} : { model_reasoning_effort: model.effort }),
    approval_policy: 'never',
    // The container is the sandbox; Codex's own cannot be made within it.
    sandbox_mode: 'danger-full-access',
    check_for_update_on_startup: false,
    web_search: 'disabled',
    model_providers: { [provider]: providerTable(model, baseUrl) },
    // Otherwise every end waits some seconds for a metrics server that it cannot reach.
    analytics: { enabled: false },
    agents: { enabled: false },
    features: {
      // Looks its catalogue up on the internet.
      plugins: false,
      // A refused connection would be tried again for ever, whatever the limits below say.
      unbounded_connection_retries: false,
      goals: false,
      view_image: false,
    },
    // The task's own variables stay, also those whose names speak of keys; ours are not the model's to see.
    shell_environment_policy: { ignore_default_excludes: true, exclude: ['EVALRUN_*'] },
  });
}

/** A provider called OpenAI would be asked for more than responses. */
function providerTable(model: ModelProfile, baseUrl: string): Record<string, string | number | boolean> {
  return {
    name: provider,
    base_url: baseUrl,
    env_key: tokenVariable,
    wire_api: 'responses',
    supports_websockets: model.transport === 'responses-websocket',
    // The gateway tries again and keeps the record of it; Codex only finds a cut stream's way back.
    request_max_retries: 0,
    stream_max_retries: 3,
    // The gateway's waits, for a provider's limits or after a failure, are no silence to give up for.
    stream_idle_timeout_ms: 1_800_000,
    websocket_connect_timeout_ms: 60_000,
  };
}
