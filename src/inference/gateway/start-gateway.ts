import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EvalrunError, messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Random } from '../../lib/random.ts';
import type { WireTap } from '../cassettes/wire-tap.ts';
import { ProviderPool } from '../http1/provider-pool.ts';
import type { Budget } from '../pace/budget.ts';
import type { Pace } from '../pace/pace.ts';
import { providerAccess } from '../provider-access.ts';
import { policyFor, type RetryPolicy } from '../retrying.ts';
import { stallTimeoutOf } from '../stall-timeout.ts';
import { createForwardProxy } from './forward-proxy.ts';
import type { Gateway, GatewayTrial, GatewayTrialOptions } from './gateway.ts';
import { KeyMask } from './key-mask.ts';
import { Later } from './later.ts';
import type { OnRelayed, PlannedModel, TrialContext } from './trial-context.ts';
import { TrialDesk } from './trial-desk.ts';
import { createTrialServer } from './trial-server.ts';

export interface GatewayOptions {
  readonly clock: Clock;
  /** Where keys are found, by the name that the provider's profile gives. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** This and the stall limit hold where the profile of the trial's own model says nothing else. */
  readonly retry: RetryPolicy;
  /** Spreads the waits between retries. */
  readonly random: Random;
  readonly stallTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly pace?: Pace | undefined;
  readonly budget?: Budget | undefined;
  readonly tap?: WireTap | undefined;
  /** Where each trial gets a folder with its socket; default: the system's folder for temporary files. */
  readonly socketFolder?: string;
  /** For benchmarks: how long each chunk was here. */
  readonly onRelayed?: OnRelayed;
}

/** A socket's path has to fit into sockaddr_un, with its final zero. */
const longestSocketPath = 107;

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const trials = new Set<GatewayTrial>();
  const later = new Later();
  return {
    openTrial: async (trial) => {
      const opened = await openTrial(options, trial, later, () => trials.delete(opened));
      trials.add(opened);
      return opened;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...trials].map((trial) => trial[Symbol.asyncDispose]()));
    },
  };
}

async function openTrial(
  options: GatewayOptions,
  trial: GatewayTrialOptions,
  later: Later,
  onClosed: () => void,
): Promise<GatewayTrial> {
  const models = trial.models.map((profile) => plannedModel(profile, options.env));
  const keys = new KeyMask(keysOf(models));
  const scrub = (text: string) => keys.text(text);
  const over = new AbortController();
  const { clock, connectTimeoutMs, random, pace, budget, tap, onRelayed } = options;
  const [own] = trial.models;
  const retry = own === undefined ? options.retry : policyFor(own.provider, options.retry);
  const stallTimeoutMs = stallTimeoutOf(own ?? {}, options);
  const desk = new TrialDesk({ trial, clock, retry, random, pace, budget, scrub });
  const pool = new ProviderPool();
  const context: TrialContext = {
    ...{ desk, later, clock, stallTimeoutMs, connectTimeoutMs, tap, onRelayed, pool, models, scrub },
    keys,
    over: over.signal,
  };
  const token = `evalrun-${randomBytes(24).toString('base64url')}`;
  const proxy = createForwardProxy({
    allowedHosts: trial.allowedHosts ?? [],
    onAttempt: (attempt) => trial.onProxyAttempt?.(attempt),
    wallMs: () => clock.wallMs(),
  });
  const folder = await mkdtemp(join(options.socketFolder ?? tmpdir(), 'evalrun-'));
  const socketPath = join(folder, 'gateway.sock');
  const server = createTrialServer({ context, token: Buffer.from(token, 'latin1'), proxy });
  const sockets = connectionsOf(server);
  const close = async () => {
    over.abort();
    onClosed();
    await proxy[Symbol.asyncDispose]();
    for (const socket of sockets) socket.destroy();
    await closed(server);
    await desk.settled();
    pool.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await listen(server, socketPath);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    token,
    socketPath,
    begin: (step) => desk.progress.begin(step),
    get closed() {
      return desk.progress.closed;
    },
    get failure() {
      return desk.progress.failure;
    },
    [Symbol.asyncDispose]: close,
  };
}

function plannedModel(profile: PlannedModel['profile'], env: GatewayOptions['env']): PlannedModel {
  const access = providerAccess(profile, env);
  if (!('kind' in access)) return { profile, access, baseUrl: new URL(access.baseUrl) };
  throw new EvalrunError(`model ${profile.alias}: ${access.message}`, {
    code: 'inference',
    facts: { model: profile.model, provider: profile.provider.name },
  });
}

/** The simulator's key is no secret, and a word that its errors use. */
function keysOf(models: readonly PlannedModel[]): readonly string[] {
  return models
    .filter(({ profile }) => profile.provider.kind !== 'simulated')
    .map(({ access }) => access.apiKey)
    .filter((key) => key !== undefined);
}

async function listen(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > longestSocketPath) {
    throw new EvalrunError(`the gateway's socket ${path} is longer than ${longestSocketPath} bytes`, {
      code: 'inference',
      facts: { path },
    });
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(path, resolve);
  try {
    await promise;
  } catch (error) {
    throw new EvalrunError(`the gateway cannot listen at ${path}: ${messageOf(error)}`, {
      code: 'inference',
      cause: error,
    });
  }
}

/** Those that a WebSocket or a tunnel has taken over, too; the server itself forgets them. */
function connectionsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

async function closed(server: Server): Promise<void> {
  if (server.listening) await new Promise((resolve) => server.close(resolve));
}
