import { stat } from 'node:fs/promises';
import type Docker from 'dockerode';
import { EvalrunError, messageOf } from '../../domain/errors.ts';
import type { ReadOnlyMount } from '../sandbox.ts';
import { statusOf } from './engine-call.ts';

/**
 * Host folders as the engine takes them. `Mounts` rather than `Binds`: those would make a folder that is
 * missing. Throws 'sandbox' for one that is not on this host.
 */
export async function readOnlyMounts(mounts: readonly ReadOnlyMount[]): Promise<Docker.MountSettings[]> {
  for (const { hostFolder } of mounts) await assertFolder(hostFolder);
  return mounts.map(({ hostFolder, path }) => ({
    Type: 'bind',
    Source: hostFolder,
    Target: path,
    ReadOnly: true,
  }));
}

async function assertFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined); // whatever keeps us from it, the engine cannot be sent there
  if (found?.isDirectory()) return;
  throw new EvalrunError(`${folder} cannot be mounted: there is no such folder`, { code: 'sandbox' });
}

/** An engine that does not find a folder which is on this host has another machine's files. */
export function explainMissingSource(error: unknown): unknown {
  const message = messageOf(error);
  if (statusOf(error) !== 400 || !message.includes('bind source path does not exist')) return error;
  return new EvalrunError(`the engine does not see this host's folders (${message})`, {
    code: 'refused',
    cause: error,
  });
}
