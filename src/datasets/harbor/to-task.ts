import { join } from 'node:path';
import type { Task } from '../../domain/task.ts';
import type { ReadOptions } from '../dataset.ts';
import { isFolder } from '../files.ts';
import { toEnvironment } from './environment.ts';
import { containerNetwork } from './network.ts';
import { toSteps } from './steps.ts';
import { startReading } from './task-reading.ts';
import type { TaskToml } from './task-toml.ts';

export interface TaskSource {
  readonly id: string;
  readonly folder: string;
  readonly config: TaskToml;
  readonly hash: string;
  readonly options: ReadOptions;
}

export async function toTask({ id, folder, config, hash, options }: TaskSource): Promise<Task> {
  const { reference, images = 'pull', hostEnv } = options;
  const context = join(folder, 'environment');
  const isMetadataOnly = !isFolder(context);
  const { reading, refusals } = startReading({ folder, isMetadataOnly, reference, images, hostEnv });
  if (isMetadataOnly) reading.refuse('Only metadata is here: the task has no environment folder.');
  const network = containerNetwork(config);
  const environment = await toEnvironment({ table: config.environment, context, network }, reading);
  const steps = await toSteps(config, reading);
  const { difficulty, category } = config.metadata;
  return {
    id,
    dataset: reference,
    hash,
    ...(typeof difficulty === 'string' ? { difficulty } : {}),
    ...(typeof category === 'string' ? { category } : {}),
    tags: tagsOf(config),
    environment,
    steps,
    rewardStrategy: config.multi_step_reward_strategy,
    refusals: refusals(),
  };
}

/** [metadata] is a free table: what is not a list of texts there is no tag. */
function tagsOf(config: TaskToml): string[] {
  const { tags } = config.metadata;
  const texts = Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
  return config.task === undefined ? texts : [`name:${config.task.name}`, ...texts];
}
