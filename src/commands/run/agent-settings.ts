import { stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { AgentSettings } from '../../agents/agent.ts';
import { EvalrunError } from '../../domain/errors.ts';

interface AgentFlags {
  readonly 'agent-command'?: string | undefined;
  readonly 'agent-mount'?: readonly string[] | undefined;
}

/** `--agent-command` and `--agent-mount`, looked at before anything is started. */
export async function agentSettingsOf(flags: AgentFlags, cwd: string): Promise<AgentSettings> {
  const { 'agent-command': command, 'agent-mount': mounts = [] } = flags;
  if (command?.trim() === '') throw usage('--agent-command is empty');
  if (command === undefined && mounts.length > 0) {
    throw usage('--agent-mount is for a program of your own; give --agent command and --agent-command');
  }
  const checked = await Promise.all(mounts.map((mount) => mountOf(mount, cwd)));
  return { ...(command === undefined ? {} : { command, mounts: checked }) };
}

async function mountOf(text: string, cwd: string): Promise<{ hostFolder: string; path: string }> {
  const colon = text.lastIndexOf(':');
  const [host, path] = [text.slice(0, colon), text.slice(colon + 1)];
  if (colon < 1 || !isAbsolute(path) || resolve(path) === '/') {
    throw usage(`--agent-mount "${text}" is not HOST:PATH with an absolute PATH below the container's root`);
  }
  const hostFolder = resolve(cwd, host);
  const found = await stat(hostFolder).catch(() => undefined); // said below
  if (found?.isDirectory() !== true) throw usage(`--agent-mount "${text}": ${hostFolder} is not a folder`);
  return { hostFolder, path: resolve(path) };
}

function usage(message: string): EvalrunError {
  return new EvalrunError(message, { code: 'usage' });
}
