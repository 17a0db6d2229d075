import { EvalrunError } from '../domain/errors.ts';
import { noUsage } from '../domain/model.ts';
import type { Solution } from '../domain/task.ts';
import type { ExecResult } from '../sandbox/sandbox.ts';
import type { Agent, AgentContext, AgentResult } from './agent.ts';
import { workdirOf } from './workdir.ts';

/** Carries out the reference solution: every task must be resolved after it. */
export const oracleAgent: Agent = solutionAgent('oracle', 'reference', (context) => context.step.solution);

/**
 * Carries out the known wrong solution, for `evalrun validate`: no task may be resolved after it. A step of
 * several that has none is done right, so that the others decide.
 */
export const wrongAgent: Agent = solutionAgent(
  'wrong',
  'wrong',
  ({ step }) => step.wrongSolution ?? step.solution,
);

function solutionAgent(
  name: string,
  kind: string,
  choose: (context: AgentContext) => Solution | undefined,
): Agent {
  return {
    name,
    version: '1',
    needsModel: false,
    readsSolution: true,
    run: async (context) => {
      const solution = choose(context);
      if (solution === undefined) {
        throw new EvalrunError(`task ${context.task.id} has no ${kind} solution to carry out`, {
          code: 'refused',
        });
      }
      return resultOf(await carryOut(solution, context), context);
    },
  };
}

async function carryOut(solution: Solution, context: AgentContext): Promise<ExecResult> {
  const startUs = context.clock.nowUs();
  const result =
    solution.kind === 'patch'
      ? await applyPatch(solution.patch, context)
      : await runScript(solution, context);
  context.recordSpan({
    part: 'tool',
    name: `${solution.kind} of the solution`,
    startUs,
    endUs: context.clock.nowUs(),
  });
  return result;
}

async function applyPatch(patch: string, context: AgentContext): Promise<ExecResult> {
  return context.sandbox.exec({
    argv: ['git', '-c', 'safe.directory=*', 'apply', '--whitespace=nowarn', '-'],
    cwd: workdirOf(context),
    stdin: patch,
    signal: context.signal,
  });
}

async function runScript(
  solution: Solution & { kind: 'script' },
  context: AgentContext,
): Promise<ExecResult> {
  await context.sandbox.uploadFolder(solution.directory, '/solution');
  return context.sandbox.exec({
    argv: ['bash', `/solution/${solution.script}`],
    env: solution.env,
    ...(context.user === undefined ? {} : { user: context.user }),
    signal: context.signal,
  });
}

function resultOf(result: ExecResult, context: AgentContext): AgentResult {
  context.log(result.stdout.text);
  context.log(result.stderr.text);
  const succeeded = result.ending.kind === 'exited' && result.ending.code === 0;
  return {
    ending: succeeded ? 'finished' : 'agent-failed',
    message: succeeded
      ? ''
      : `the solution ended with ${JSON.stringify(result.ending)}: ${result.stderr.text.slice(-500)}`,
    turns: 0,
    usage: noUsage,
  };
}
