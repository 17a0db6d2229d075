import { join } from 'node:path';
import type { RewardFileVerification, TaskEnvironment, TaskNetwork } from '../../domain/task.ts';
import { isFile, isFolder } from '../files.ts';
import { toArtifact } from './artifacts.ts';
import { toEnvironment } from './environment.ts';
import { resolveHostVariables } from './host-variables.ts';
import { changedNetwork, environmentNetwork, phaseNetwork } from './network.ts';
import type { TaskReading } from './task-reading.ts';
import type { StepToml, TaskToml, VerifierToml } from './task-toml.ts';
import { mergeVerifier, modeOf } from './verifier-tables.ts';

const script = 'test.sh';
const defaultTimeoutSec = 600;

export interface VerificationSource {
  readonly config: TaskToml;
  /** Undefined in a single-step task. */
  readonly step?: StepToml;
}

export async function toVerification(
  { config, step }: VerificationSource,
  reading: TaskReading,
): Promise<RewardFileVerification> {
  const verifier = step === undefined ? config.verifier : mergeVerifier(config.verifier, step.verifier);
  const mode = modeOf(verifier);
  const own = mode === 'separate' ? await ownEnvironment(verifier, config, step, reading) : undefined;
  const network = mode === 'shared' ? sharedNetwork(verifier, config) : undefined;
  const testFolders = own?.holdsTests === true ? [] : testFoldersOf(step, reading);
  const artifacts = [...config.artifacts, ...(step?.artifacts ?? [])];
  refuseSidecars(verifier, artifacts, reading);
  return {
    kind: 'reward-file',
    mode,
    testFolders,
    script,
    env: resolveHostVariables(verifier.env, reading),
    ...(verifier.user === undefined ? {} : { user: verifier.user }),
    timeoutSec: verifier.timeout_sec ?? defaultTimeoutSec,
    ...(own?.environment === undefined ? {} : { environment: own.environment }),
    ...(network === undefined ? {} : { network }),
    artifacts: artifacts.map(toArtifact),
    collect: verifier.collect.map(({ command, timeout_sec, user }) => ({
      command,
      timeoutSec: timeout_sec,
      ...(user === undefined ? {} : { user }),
    })),
  };
}

/** Of tests in the agent's container, where it is not what that was started with. */
function sharedNetwork(verifier: VerifierToml, config: TaskToml): TaskNetwork | undefined {
  return changedNetwork(phaseNetwork(verifier, environmentNetwork(config.environment)), config);
}

/** The task's tests first, then the step's, which lie over them. */
function testFoldersOf(step: StepToml | undefined, reading: TaskReading): string[] {
  const ofStep = step === undefined ? [] : [join(reading.folder, 'steps', step.name, 'tests')];
  const folders = [join(reading.folder, 'tests'), ...ofStep].filter(isFolder);
  if (!reading.isMetadataOnly && !folders.some((folder) => isFile(join(folder, script)))) {
    reading.refuse(
      `The task's folder holds no tests/${script}${step === undefined ? '' : ` for step ${step.name}`}.`,
    );
  }
  return folders;
}

interface OwnEnvironment {
  /** Undefined: a fresh copy of the task's. */
  readonly environment?: TaskEnvironment;
  /** An image made for the verifier holds /tests itself; a copy of the task's does not. */
  readonly holdsTests: boolean;
}

async function ownEnvironment(
  verifier: VerifierToml,
  config: TaskToml,
  step: StepToml | undefined,
  reading: TaskReading,
): Promise<OwnEnvironment> {
  const context = buildContext(step, reading);
  const { docker_image: _, ...withoutImage } = config.environment;
  const isOwnImage = verifier.environment !== undefined || isFile(join(context, 'Dockerfile'));
  const table = verifier.environment ?? (isOwnImage ? withoutImage : config.environment);
  const network = phaseNetwork(verifier, environmentNetwork(table));
  if (isOwnImage) {
    return { environment: await toEnvironment({ table, context, network }, reading), holdsTests: true };
  }
  // A fresh copy has the network of the agent's phase, which may not be the environment's own.
  if (changedNetwork(network, config) === undefined) return { holdsTests: false };
  const ofTask = { table, context: join(reading.folder, 'environment'), network };
  return { environment: await toEnvironment(ofTask, reading), holdsTests: false };
}

/** A step's tests where they are a build context of their own, else the task's. */
function buildContext(step: StepToml | undefined, reading: TaskReading): string {
  const ofStep = step && join(reading.folder, 'steps', step.name, 'tests');
  if (ofStep !== undefined && isFile(join(ofStep, 'Dockerfile'))) return ofStep;
  return join(reading.folder, 'tests');
}

function refuseSidecars(
  verifier: VerifierToml,
  artifacts: TaskToml['artifacts'],
  reading: TaskReading,
): void {
  const services = [...verifier.collect, ...artifacts].map((entry) => entry.service);
  for (const service of new Set(services)) {
    if (service === 'main') continue;
    reading.refuse(
      `The verdict needs files of the service ${service}; only single containers are supported.`,
    );
  }
}
