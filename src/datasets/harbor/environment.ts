import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Healthcheck, ImageSource, TaskEnvironment, TaskNetwork } from '../../domain/task.ts';
import { isFile, isFolder } from '../files.ts';
import type { EnvironmentToml } from './environment-toml.ts';
import { resolveHostVariables } from './host-variables.ts';
import type { TaskReading } from './task-reading.ts';

export interface EnvironmentSource {
  readonly table: EnvironmentToml;
  /** Build context: environment/ for the agent, tests/ for a separate verifier. */
  readonly context: string;
  readonly network: TaskNetwork;
}

export async function toEnvironment(
  source: EnvironmentSource,
  reading: TaskReading,
): Promise<TaskEnvironment> {
  const { table, context, network } = source;
  refuseWhatIsMissingHere(source, reading);
  const image = imageSource(source, reading);
  const upload = await filesForWorkdir(image, context);
  return {
    image,
    ...(table.cpus === undefined ? {} : { cpus: table.cpus }),
    ...(table.memory_mb === undefined ? {} : { memoryMb: table.memory_mb }),
    ...(table.storage_mb === undefined ? {} : { storageMb: table.storage_mb }),
    ...network,
    env: resolveHostVariables(table.env, reading),
    ...(table.workdir === undefined ? {} : { workdir: table.workdir }),
    startTimeoutSec: table.build_timeout_sec,
    ...(table.healthcheck === undefined ? {} : { healthcheck: toHealthcheck(table.healthcheck) }),
    ...(upload === undefined ? {} : { workdirUpload: upload }),
  };
}

function imageSource({ table, context }: EnvironmentSource, reading: TaskReading): ImageSource {
  const hasDockerfile = isFile(join(context, 'Dockerfile'));
  const builds = table.docker_image === undefined || (reading.images === 'build' && hasDockerfile);
  if (!builds && table.docker_image !== undefined) return { kind: 'prebuilt', name: table.docker_image };
  if (!hasDockerfile && !reading.isMetadataOnly) {
    reading.refuse(`The task names neither a docker_image nor a Dockerfile in ${basename(context)}/.`);
  }
  return { kind: 'build', context, dockerfile: 'Dockerfile', bases: {} };
}

/** Of a task that has an image only, the other files of its folder go to the working directory. */
async function filesForWorkdir(image: ImageSource, context: string): Promise<string | undefined> {
  if (image.kind === 'build' || !isFolder(context) || isFile(join(context, 'Dockerfile'))) return undefined;
  return (await readdir(context)).length === 0 ? undefined : context;
}

function refuseWhatIsMissingHere({ table, context }: EnvironmentSource, reading: TaskReading): void {
  if (table.os === 'windows') reading.refuse('The task needs Windows containers.');
  if ((table.gpus ?? 0) > 0)
    reading.refuse(`The task needs ${table.gpus} GPU${table.gpus === 1 ? '' : 's'}.`);
  if (table.tpu !== undefined) reading.refuse('The task needs a TPU.');
  if (isFile(join(context, 'docker-compose.yaml'))) {
    reading.refuse('The task brings a docker-compose.yaml; only single containers are supported.');
  }
  if (table.skills_dir !== undefined) {
    reading.refuse('The task brings skills (skills_dir), which the agents here do not read.');
  }
  for (const { name, transport } of table.mcp_servers) {
    reading.refuse(
      `The task offers the MCP server ${name} (${transport}), which the agents here cannot use.`,
    );
  }
}

export function toHealthcheck(table: NonNullable<EnvironmentToml['healthcheck']>): Healthcheck {
  return {
    command: table.command,
    intervalSec: table.interval_sec,
    timeoutSec: table.timeout_sec,
    startPeriodSec: table.start_period_sec,
    startIntervalSec: table.start_interval_sec,
    retries: table.retries,
  };
}
