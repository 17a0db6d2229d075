import { createWriteStream, type WriteStream } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { EvalrunError, messageOf } from '../../domain/errors.ts';
import type { AgentContext } from '../agent.ts';
import { codexHome } from './codex-home.ts';

/** `codex-events.jsonl` and the like; a task of several steps has one of each a step. */
export function sessionFile(context: AgentContext, name: string): string | undefined {
  const { artifactsFolder, task, step } = context;
  if (artifactsFolder === undefined) return undefined;
  const suffix = task.steps.length === 1 ? '' : `-${step.name.replaceAll(/[^\w.-]/g, '_')}`;
  return join(artifactsFolder, `${name}${suffix}.jsonl`);
}

/** Lines written as they come; without a path they go nowhere. */
export class LineFile implements AsyncDisposable {
  readonly #path: string | undefined;
  readonly #stream: WriteStream | undefined;
  #failure: unknown;

  constructor(path: string | undefined) {
    this.#path = path;
    this.#stream = path === undefined ? undefined : createWriteStream(path);
    this.#stream?.on('error', (error) => {
      this.#failure ??= error;
    });
  }

  write(line: string): void {
    this.#stream?.write(`${line}\n`);
  }

  /** Throws EvalrunError('storage') when some of it could not be written. */
  async close(): Promise<void> {
    await this[Symbol.asyncDispose]();
    if (this.#failure === undefined) return;
    throw new EvalrunError(`${this.#path} cannot be written: ${messageOf(this.#failure)}`, {
      code: 'storage',
      cause: this.#failure,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined || stream.destroyed) return;
    stream.end();
    await finished(stream).catch(() => undefined); // kept by the listener above
  }
}

/**
 * Copies the session's rollout out of the container, also of a Codex that was killed; returns its path on the
 * host. Undefined where Codex left none, or there is no folder to keep it in.
 */
export async function saveRollout(
  context: AgentContext,
  threadId: string | undefined,
): Promise<string | undefined> {
  const path = sessionFile(context, 'codex-rollout');
  if (path === undefined) return undefined;
  const copied = `${path}.sessions`;
  try {
    const isThere = await context.sandbox.download(`${codexHome(context)}/sessions`, copied);
    const found = isThere ? await findRollout(copied, threadId) : undefined;
    if (found === undefined) return undefined;
    await rename(found, path);
    return path;
  } finally {
    await rm(copied, { recursive: true, force: true });
  }
}

/** The session's own, else the newest: names begin with the time. Links are not followed out of the folder. */
async function findRollout(folder: string, threadId: string | undefined): Promise<string | undefined> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const rollouts = entries
    .filter((entry) => entry.isFile() && /^rollout-.*\.jsonl$/.test(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const own = rollouts.find(({ name }) => threadId !== undefined && name.includes(threadId));
  const chosen = own ?? rollouts.at(-1);
  return chosen === undefined ? undefined : join(chosen.parentPath, chosen.name);
}
