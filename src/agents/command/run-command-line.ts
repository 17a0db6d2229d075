import { createHash } from 'node:crypto';
import type { TaskStep } from '../../domain/task.ts';
import type { AgentContext, AgentResult, GatewayAccess } from '../agent.ts';
import { asAgent, gatewayEnding, requireGateway } from '../gateway-ending.ts';
import { workdirOf } from '../workdir.ts';

/** Outside the task's folder, where a file more could change a verdict. */
export function instructionPath({ name }: TaskStep, { token }: GatewayAccess): string {
  const hash = createHash('sha256').update(`${token}\n${name}`).digest('hex').slice(0, 16);
  return `/var/tmp/evalrun-${hash}/instruction.md`;
}

/** One run of the program, with what it printed as its trajectory: the gateway sees no more of it than requests. */
export async function runCommandLine(commandLine: string, context: AgentContext): Promise<AgentResult> {
  const { gateway } = requireGateway(context, 'command');
  const { clock, log, step } = context;
  context.recordStep({ source: 'user', atMs: clock.wallMs(), message: step.instruction });
  const exec = await context.sandbox.exec({
    argv: ['sh', '-c', commandLine],
    env: environmentOf(context),
    cwd: workdirOf(context),
    stdin: step.instruction,
    ...asAgent(context, gateway),
  });
  log(exec.stdout.text);
  log(exec.stderr.text);
  log(`the command ended: ${JSON.stringify(exec.ending)}`);
  const said = exec.stdout.text.slice(-wordsKept).trim();
  context.recordStep({
    source: 'agent',
    atMs: clock.wallMs(),
    message: said,
    extra: { ending: exec.ending, requests: gateway.requests().length },
  });
  const complaint = exec.stderr.text.slice(-wordsKept).trim() || undefined;
  return gatewayEnding({ exec, lastWords: said, complaint }, context, gateway);
}

const wordsKept = 2000;

/** What docs/agents.md promises to a program; the names with OPENAI and ANTHROPIC are those that programs read. */
function environmentOf(context: AgentContext): Record<string, string> {
  const { gateway, model } = requireGateway(context, 'command');
  const { baseUrl, token } = gateway;
  return {
    EVALRUN_INSTRUCTION_FILE: instructionPath(context.step, gateway),
    EVALRUN_BASE_URL: baseUrl,
    EVALRUN_TOKEN: token,
    EVALRUN_MODEL: model.model,
    EVALRUN_TASK: context.task.id,
    OPENAI_BASE_URL: baseUrl,
    OPENAI_API_KEY: token,
    OPENAI_MODEL: model.model,
    ANTHROPIC_BASE_URL: baseUrl.replace(/\/v1$/, ''),
    ANTHROPIC_AUTH_TOKEN: token,
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
  };
}
