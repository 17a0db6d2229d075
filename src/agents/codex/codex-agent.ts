import { EvalrunError } from '../../domain/errors.ts';
import type { ModelProfile } from '../../domain/model.ts';
import type { Agent, AgentContext, AgentResult, PrepareAgentOptions, PreparedAgent } from '../agent.ts';
import { fromNowOn } from '../gateway-ending.ts';
import { codexMount, makeCodexHome } from './codex-home.ts';
import { codexPackageFor, codexVersion } from './codex-release.ts';
import { fetchCodex } from './fetch-codex.ts';
import type { CatalogueEntry } from './model-catalogue.ts';
import { runCodex } from './run-codex.ts';

/** OpenAI's Codex CLI, as it is published, in the task's container. */
export class CodexAgent implements Agent {
  readonly name = 'codex';
  readonly version = codexVersion;
  readonly needsModel = true;
  readonly readsSolution = false;
  readonly asksVia = 'gateway';
  #template: CatalogueEntry | undefined;

  refuses({ alias, transport }: ModelProfile): string | undefined {
    if (transport === 'responses-websocket' || transport === 'responses-sse') return undefined;
    return `Codex speaks the Responses API only, and model ${alias} is set to ${transport}; give --transport websocket or sse`;
  }

  async prepare(options: PrepareAgentOptions): Promise<PreparedAgent> {
    const source = codexPackageFor(process.platform, process.arch);
    const { folder, template } = await fetchCodex({ ...options, source });
    this.#template = template;
    return { mounts: [{ hostFolder: folder, path: codexMount }] };
  }

  async setUp(context: AgentContext): Promise<void> {
    if (this.#template === undefined) {
      throw new EvalrunError('agent codex was not prepared before its first trial', { code: 'internal' });
    }
    await makeCodexHome(context, this.#template);
  }

  run(context: AgentContext): Promise<AgentResult> {
    return runCodex(fromNowOn(context));
  }
}
