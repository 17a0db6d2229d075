import { join } from 'node:path';
import type { Solution, TaskStep } from '../../domain/task.ts';
import { withoutCanary } from '../canary.ts';
import { isFile, isFolder, readTextIfPresent } from '../files.ts';
import { toHealthcheck } from './environment.ts';
import { resolveHostVariables } from './host-variables.ts';
import { agentNetwork, changedNetwork } from './network.ts';
import type { TaskReading } from './task-reading.ts';
import type { StepToml, TaskToml } from './task-toml.ts';
import { toVerification } from './verification.ts';

export async function toSteps(config: TaskToml, reading: TaskReading): Promise<[TaskStep, ...TaskStep[]]> {
  const [first, ...others] = config.steps;
  if (first === undefined) return [await singleStep(config, reading)];
  const steps: [TaskStep, ...TaskStep[]] = [await namedStep(first, config, reading)];
  for (const step of others) steps.push(await namedStep(step, config, reading));
  return steps;
}

async function singleStep(config: TaskToml, reading: TaskReading): Promise<TaskStep> {
  const { agent } = config;
  return {
    name: 'main',
    instruction: await readInstruction(reading.folder, '', reading),
    ...(agent.timeout_sec === undefined ? {} : { agentTimeoutSec: agent.timeout_sec }),
    ...(agent.user === undefined ? {} : { agentUser: agent.user }),
    verification: await toVerification({ config }, reading),
    ...solutionsIn(reading.folder, config, reading),
  };
}

async function namedStep(step: StepToml, config: TaskToml, reading: TaskReading): Promise<TaskStep> {
  const folder = join(reading.folder, 'steps', step.name);
  const timeoutSec = step.agent.timeout_sec ?? config.agent.timeout_sec;
  const user = step.agent.user ?? config.agent.user;
  const network = changedNetwork(agentNetwork(config, step), config);
  const upload = join(folder, 'workdir');
  return {
    name: step.name,
    instruction: await readInstruction(folder, `steps/${step.name}/`, reading),
    ...(timeoutSec === undefined ? {} : { agentTimeoutSec: timeoutSec }),
    ...(user === undefined ? {} : { agentUser: user }),
    ...(network === undefined ? {} : { network }),
    verification: await toVerification({ config, step }, reading),
    ...solutionsIn(folder, config, reading),
    ...(isFolder(upload) ? { workdirUpload: upload } : {}),
    ...(step.healthcheck === undefined ? {} : { healthcheck: toHealthcheck(step.healthcheck) }),
    ...(step.min_reward === undefined ? {} : { minReward: step.min_reward }),
  };
}

async function readInstruction(folder: string, prefix: string, reading: TaskReading): Promise<string> {
  const text = await readTextIfPresent(join(folder, 'instruction.md'));
  if (text === undefined && !reading.isMetadataOnly) {
    reading.refuse(`The task's folder holds no ${prefix}instruction.md.`);
  }
  return withoutCanary(text ?? '');
}

/** solution/ is Harbor's; wrong/ is evalrun's own addition: a solution that the tests must fail. */
function solutionsIn(
  folder: string,
  config: TaskToml,
  reading: TaskReading,
): Pick<TaskStep, 'solution' | 'wrongSolution'> {
  const env = resolveHostVariables(config.solution.env, reading);
  const script = 'solve.sh';
  const solutionIn = (name: string): Solution | undefined => {
    const directory = join(folder, name);
    return isFile(join(directory, script)) ? { kind: 'script', directory, script, env } : undefined;
  };
  const [solution, wrongSolution] = [solutionIn('solution'), solutionIn('wrong')];
  return { ...(solution && { solution }), ...(wrongSolution && { wrongSolution }) };
}
