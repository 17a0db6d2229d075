import type { Agent } from '../../agents/agent.ts';
import type { Resources } from '../../domain/run.ts';
import type { PlannedTrial } from '../../domain/trial.ts';

export interface RunArguments {
  /** Name or path; exactly one of `suite` and `dataset` is given. */
  readonly suite?: string | undefined;
  readonly dataset?: string | undefined;
  readonly model?: readonly string[] | undefined;
  readonly agent?: readonly string[] | undefined;
  readonly 'agent-command'?: string | undefined;
  readonly 'agent-mount'?: readonly string[] | undefined;
  readonly provider?: string | undefined;
  readonly transport?: 'websocket' | 'sse' | 'chat' | undefined;
  readonly effort?: string | undefined;
  readonly attempts?: number | undefined;
  readonly jobs?: number | undefined;
  readonly seed?: number | undefined;
  readonly 'timeout-multiplier'?: number | undefined;
  readonly 'budget-usd'?: number | undefined;
  readonly 'budget-tokens'?: number | undefined;
  readonly record?: string | undefined;
  readonly replay?: string | undefined;
  readonly 'time-scale'?: number | undefined;
  readonly 'replay-strict'?: boolean | undefined;
  readonly fault?: readonly string[] | undefined;
  readonly 'run-id'?: string | undefined;
  readonly 'skip-refused': boolean;
  readonly 'dry-run': boolean;
  readonly tasks?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly limit?: number | undefined;
  readonly 'image-map'?: readonly string[] | undefined;
  readonly network?: Resources['network'] | undefined;
  readonly 'keep-containers': boolean;
  readonly 'allow-host-env': boolean;
  readonly results: string;
  readonly reports: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** What differs between a run and `validate`: which agents may be named and which trials are left out. */
export interface RunVariant {
  readonly agents: readonly Agent[];
  readonly keep: (trial: PlannedTrial) => boolean;
}
