import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EvalrunError } from '../domain/errors.ts';
import { withoutSecrets } from '../lib/secrets.ts';
import type { DockerdPlace } from './dockerd-place.ts';
import { nameOf, remedyFor } from './dockerd-remedy.ts';
import { findProgram } from './find-program.ts';
import { lastLines, readEnd } from './log-tail.ts';
import { MachineEngine } from './machine-engine.ts';
import { findProcess, identify, isAlive, type ProcessIdentity, waitUntilGone } from './processes.ts';
import type { RunCommand } from './run-command.ts';

export interface StartDockerdOptions {
  readonly place: DockerdPlace;
  readonly run: RunCommand;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onWarning: (text: string) => void;
  readonly signal?: AbortSignal;
  /** How long the API may take to answer. Default 60 s. */
  readonly timeoutMs?: number;
}

/** Starts dockerd and waits until it answers; it outlives this process. Throws EvalrunError('engine'). */
export async function startDockerd(options: StartDockerdOptions): Promise<void> {
  const { place, env, run, onWarning } = options;
  await removeStalePidFiles(place);
  const hasLegacyIptables = (await findProgram(['iptables-legacy'], env)) !== undefined;
  const flags = [...place.flags];
  const tried: string[] = [];
  for (;;) {
    const attempt = await tryOnce(options, flags);
    if (attempt.answers) return;
    const remedy = remedyFor({ log: attempt.log, flags, hasLegacyIptables, tried });
    if (remedy === undefined) throw await startError(place, attempt.reason);
    tried.push(nameOf(remedy));
    onWarning(remedy.warning);
    if (remedy.kind === 'flag') flags.push(remedy.flag);
    else await useLegacyIptables(run, place.logFile);
  }
}

type Attempt =
  | { readonly answers: true }
  | { readonly answers: false; readonly reason: string; readonly log: string };

async function tryOnce(options: StartDockerdOptions, flags: readonly string[]): Promise<Attempt> {
  const { place, signal, timeoutMs = 60_000 } = options;
  const { child, logStart } = await spawnDockerd(place, flags, options.env);
  const limit = performance.now() + timeoutMs;
  const engine = new MachineEngine(place.socketPath);
  while (performance.now() < limit) {
    const lives = child !== undefined && (await isAlive(child));
    if (await answers(engine, signal)) {
      // Where ours has died, another one was started meanwhile: as good, and not ours to stop.
      if (!lives) await rm(place.ownPidFile, { force: true });
      return { answers: true };
    }
    if (!lives) {
      await rm(place.ownPidFile, { force: true });
      return { answers: false, reason: 'it ended at once', log: await readEnd(place.logFile, logStart) };
    }
    await sleep(100, undefined, signal === undefined ? {} : { signal });
  }
  return { answers: false, reason: `it does not answer within ${timeoutMs / 1000} s`, log: '' };
}

export async function answers(engine: MachineEngine, signal?: AbortSignal): Promise<boolean> {
  try {
    await engine.describe(signal);
    return true;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}

/** In a session of its own, with its output in a file, so that it stays when we leave. */
async function spawnDockerd(
  place: DockerdPlace,
  flags: readonly string[],
  env: StartDockerdOptions['env'],
): Promise<{ child: ProcessIdentity | undefined; logStart: number }> {
  const program = await findProgram(['dockerd'], env);
  if (program === undefined) throw new EvalrunError('dockerd is not installed', { code: 'engine' });
  await mkdir(dirname(place.logFile), { recursive: true });
  const log = await open(place.logFile, 'a');
  try {
    const { size: logStart } = await log.stat();
    // Node's own spawn: execa is for programs that end before we do.
    const started = spawn(program, flags, {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { ...withoutSecrets(env), PATH: `${env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` },
    });
    started.unref();
    await once(started, 'spawn');
    const child = started.pid === undefined ? undefined : await identify(started.pid);
    if (child !== undefined) await writeFile(place.ownPidFile, `${child.pid} ${child.start}\n`);
    return { child, logStart };
  } finally {
    await log.close();
  }
}

/**
 * A killed engine leaves its pid files. dockerd refuses to start when any process has that number now, and
 * takes any process with containerd's old number for its containerd.
 */
async function removeStalePidFiles({ dockerPidFile, execRoot }: DockerdPlace): Promise<void> {
  const dockerd = await holderOf(dockerPidFile, 'dockerd');
  if (dockerd !== undefined) return; // it is starting, or hangs; its own successor will say so
  await rm(dockerPidFile, { force: true });
  const containerdPidFile = join(execRoot, 'containerd/containerd.pid');
  const containerd = await holderOf(containerdPidFile, 'containerd');
  // The kernel ends containerd after its dockerd; one that stays is taken over by the next dockerd.
  if (containerd === undefined || (await waitUntilGone(containerd, 2000))) {
    await rm(containerdPidFile, { force: true });
  }
}

async function holderOf(pidFile: string, program: string): Promise<ProcessIdentity | undefined> {
  const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10);
  return Number.isInteger(pid) ? findProcess(pid, program) : undefined;
}

async function useLegacyIptables(run: RunCommand, logFile: string): Promise<void> {
  const argv = ['update-alternatives', '--set', 'iptables', '/usr/sbin/iptables-legacy'] as const;
  await run(argv, { logFile, timeoutMs: 20_000 }); // where that fails, so does the next start, and says why
}

async function startError({ logFile }: DockerdPlace, reason: string): Promise<EvalrunError> {
  const lines = await lastLines(logFile);
  return new EvalrunError(
    `dockerd could not be started (${reason}); the last lines of ${logFile}:\n${lines}`,
    {
      code: 'engine',
      facts: { logFile },
    },
  );
}
