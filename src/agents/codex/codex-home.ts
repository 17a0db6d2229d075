import { createHash } from 'node:crypto';
import { EvalrunError } from '../../domain/errors.ts';
import type { AgentContext } from '../agent.ts';
import { requireGateway } from '../gateway-ending.ts';
import { codexConfig } from './codex-config.ts';
import { codexVersion } from './codex-release.ts';
import { type CatalogueEntry, catalogueFor } from './model-catalogue.ts';

/** Where the fetched folder is seen in the container. */
export const codexMount = '/opt/evalrun/codex';
export const codexProgram = `${codexMount}/bin/codex`;

/**
 * Codex's folder in the container: outside the task's, its own for each step, not to be guessed by a task. Not
 * below /tmp, where Codex would leave out its own `apply_patch` command.
 */
export function codexHome({ step, gateway }: AgentContext): string {
  const name = createHash('sha256')
    .update(`${gateway?.token ?? ''}\n${step.name}`)
    .digest('hex')
    .slice(0, 16);
  return `/var/tmp/codex-${name}`;
}

/** Makes the folder as the agent's user, after a look whether that user can run Codex at all. */
export async function makeCodexHome(context: AgentContext, template: CatalogueEntry): Promise<void> {
  const { gateway, model } = requireGateway(context, 'codex');
  const home = codexHome(context);
  await makePrivateFolder(home, context);
  const cataloguePath = `${home}/models.json`;
  const config = codexConfig({ model, baseUrl: gateway.baseUrl, cataloguePath });
  await context.sandbox.writeFiles([
    { path: `${home}/config.toml`, content: config },
    { path: cataloguePath, content: catalogueFor(template, model) },
  ]);
}

async function makePrivateFolder(home: string, { sandbox, user, signal }: AgentContext): Promise<void> {
  const result = await sandbox.exec({
    argv: ['sh', '-c', 'mkdir -m 700 "$1" && "$2" --version', 'sh', home, codexProgram],
    env: { CODEX_HOME: home },
    cwd: '/',
    ...(user === undefined ? {} : { user }),
    timeoutMs: 60_000,
    signal,
  });
  signal.throwIfAborted();
  const said = `${result.stdout.text}${result.stderr.text}`.trim();
  const succeeded = result.ending.kind === 'exited' && result.ending.code === 0;
  if (succeeded && result.stdout.text.includes(codexVersion)) return;
  throw new EvalrunError(
    `agent codex: Codex ${codexVersion} cannot be run in the container (${JSON.stringify(result.ending)}): ${said.slice(-500)}`,
    { code: 'sandbox', facts: { ending: result.ending } },
  );
}
