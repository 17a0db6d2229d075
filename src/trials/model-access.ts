import type { RequestRecord } from '../domain/request-record.ts';
import type { TaskEnvironment } from '../domain/task.ts';
import type { PlannedTrial } from '../domain/trial.ts';
import type { OnExchange } from '../inference/client.ts';
import type { GatewayTrial, ProxyAttempt } from '../inference/gateway/gateway.ts';
import type { Reach } from '../sandbox/sandbox.ts';
import type { TrialDependencies } from './trial-dependencies.ts';

/** Loopback port of the agent's container; no task is likely to listen there. */
export const gatewayPort = 41080;

export interface ModelAccess {
  readonly gateway: GatewayTrial;
  readonly reach: Reach;
  readonly leadsToModel: boolean;
}

export interface ModelAccessHooks {
  readonly onRecord: (record: RequestRecord) => void;
  readonly onExchange: OnExchange;
  readonly onWaiting: (waiting: boolean) => void;
  readonly onProxyAttempt: (attempt: ProxyAttempt) => void;
}

/**
 * Opens the gateway for a trial whose agent asks its model from inside the sandbox, or whose task may reach
 * some hosts; undefined where neither holds, and the sandbox then reaches nothing.
 */
export async function openModelAccess(
  trial: PlannedTrial,
  environment: TaskEnvironment,
  deps: Pick<TrialDependencies, 'gateway' | 'agentOf' | 'modelOf' | 'resources'>,
  hooks: ModelAccessHooks,
): Promise<ModelAccess | undefined> {
  const asksFromInside = deps.agentOf(trial.arm).asksVia === 'gateway';
  const hasHosts = (deps.resources.network ?? environment.network) === 'allowlist';
  if (deps.gateway === undefined || (!asksFromInside && !hasHosts)) return undefined;
  const model = deps.modelOf(trial.arm);
  const models = asksFromInside && model !== undefined ? [model] : [];
  const gateway = await deps.gateway.openTrial({
    trialId: trial.id,
    models,
    ...hooks,
    ...(hasHosts ? { allowedHosts: environment.allowedHosts ?? [] } : {}),
  });
  const reach = { socketPath: gateway.socketPath, port: gatewayPort };
  return { gateway, reach, leadsToModel: models.length > 0 };
}

/** A way to the hosts that an environment lists and to nothing else; undefined where it asks for none. */
export async function openHostAccess(
  trial: PlannedTrial,
  environment: TaskEnvironment,
  { gateway: server, resources }: Pick<TrialDependencies, 'gateway' | 'resources'>,
  onProxyAttempt: (attempt: ProxyAttempt) => void,
): Promise<ModelAccess | undefined> {
  const isAsked = environment.network === 'allowlist' && (resources.network ?? 'allowlist') === 'allowlist';
  if (server === undefined || !isAsked) return undefined;
  const gateway = await server.openTrial({
    trialId: trial.id,
    models: [],
    onRecord: () => undefined, // without models there are no requests
    onProxyAttempt,
    allowedHosts: environment.allowedHosts ?? [],
  });
  const reach = { socketPath: gateway.socketPath, port: gatewayPort };
  return { gateway, reach, leadsToModel: false };
}
