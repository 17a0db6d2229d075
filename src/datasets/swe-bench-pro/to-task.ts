import type { DatasetReference, FailToPassVerification, ImageSource, Task } from '../../domain/task.ts';
import { hashFolder, hashTexts } from '../hashes.ts';
import { entryScript } from './entry-script.ts';
import { imageName } from './image-name.ts';
import type { Instance } from './instance.ts';
import { dockerfileFolder, type InstanceFiles } from './instance-files.ts';

export interface ToTaskOptions {
  readonly folder: string;
  readonly reference: DatasetReference;
  readonly images: 'pull' | 'build';
}

/** Where every image of the dataset has its repository. */
const repositoryPath = '/app';
const startTimeoutSec = 1800;
/** The limit of the original evaluation's sandbox. */
const verifyTimeoutSec = 3600;

export async function toTask(
  instance: Instance,
  files: InstanceFiles,
  options: ToTaskOptions,
): Promise<Task> {
  const image = imageSource(instance, files, options);
  const instruction = instructionOf(instance);
  const verification = verificationOf(instance, files);
  return {
    id: instance.id,
    dataset: options.reference,
    hash: hashTexts([
      instruction,
      instance.baseCommit,
      await imageIdentity(image),
      verification.entryScript,
      verification.runScript,
      verification.parser,
      JSON.stringify([verification.failToPass, verification.passToPass]),
    ]),
    language: instance.language,
    group: instance.repository,
    tags: [`repo:${instance.repository}`, ...instance.categories],
    environment: { image, network: 'none', env: {}, workdir: repositoryPath, startTimeoutSec },
    steps: [
      {
        name: 'main',
        instruction,
        verification,
        solution: { kind: 'patch', patch: instance.patch },
        ...(files.wrongPatch === undefined
          ? {}
          : { wrongSolution: { kind: 'patch' as const, patch: files.wrongPatch } }),
      },
    ],
    rewardStrategy: 'mean',
    repository: {
      path: repositoryPath,
      baseCommit: instance.baseCommit,
      hiddenCommits: [instance.fixCommit],
    },
    refusals: refusalsOf(instance, files, options.images),
  };
}

/** The dataset's own prompt (helper_code/create_problem_statement.py); without the two lists the tasks are unfair. */
function instructionOf(instance: Instance): string {
  return [
    instance.problemStatement,
    `Requirements:\n${instance.requirements}`,
    `New interfaces introduced:\n${instance.interface}`,
  ].join('\n\n');
}

function verificationOf(instance: Instance, files: InstanceFiles): FailToPassVerification {
  return {
    kind: 'fail-to-pass',
    entryScript: entryScript({
      baseCommit: instance.baseCommit,
      beforeRepoSetCmd: instance.beforeRepoSetCmd,
      selectedTests: instance.selectedTests,
      dockerfiles: [files.baseDockerfile, files.instanceDockerfile].filter((text) => text !== undefined),
    }),
    // A task without them is refused below; it still lists.
    runScript: files.runScript ?? '',
    parser: files.parser ?? '',
    failToPass: instance.failToPass,
    passToPass: instance.passToPass,
    timeoutSec: verifyTimeoutSec,
  };
}

function imageSource(instance: Instance, files: InstanceFiles, options: ToTaskOptions): ImageSource {
  if (options.images === 'pull') {
    return { kind: 'prebuilt', name: imageName(instance.id, instance.repository) };
  }
  const build = (kind: 'base' | 'instance') => ({
    kind: 'build' as const,
    context: dockerfileFolder(options.folder, kind, instance.id),
    dockerfile: 'Dockerfile',
    bases: {},
  });
  const base = baseNameIn(files.instanceDockerfile ?? '');
  return { ...build('instance'), bases: base === undefined ? {} : { [base]: build('base') } };
}

const baseNameIn = (dockerfile: string): string | undefined =>
  /^\s*FROM\s+(?:--\S+\s+)*(base_\S+)/im.exec(dockerfile)?.[1];

async function imageIdentity(image: ImageSource): Promise<string> {
  if (image.kind === 'prebuilt') return image.name;
  const contexts = [image, ...Object.values(image.bases)].map((build) => build.context);
  // A folder that is missing is refused below and hashes as nothing.
  const hashes = contexts.map((context) => hashFolder(context).catch(() => ''));
  return (await Promise.all(hashes)).join(' ');
}

function refusalsOf(instance: Instance, files: InstanceFiles, images: 'pull' | 'build'): string[] {
  const refusals: string[] = [];
  if (files.runScript === undefined || files.parser === undefined) {
    refusals.push(
      `The dataset's folder holds no run_scripts/${instance.id} with run_script.sh and parser.py, so that nothing can be judged.`,
    );
  }
  if (files.baseDockerfile === undefined || files.instanceDockerfile === undefined) {
    refusals.push(
      images === 'build'
        ? `The dataset's folder holds no dockerfiles/{base,instance}_dockerfile/${instance.id}, from which the image would be built.`
        : `The dataset's folder holds no dockerfiles/{base,instance}_dockerfile/${instance.id}, whose ENV lines belong to the original entry script.`,
    );
  }
  if (!hasWholeHunks(instance.patch)) {
    refusals.push('The reference patch does not hold a hunk: this copy of the row was cut to headers.');
  }
  return refusals;
}

/** Whether a line of content follows a hunk's header anywhere. */
const hasWholeHunks = (patch: string): boolean => /^@@ [^\n]*\n[ +-]/m.test(patch);
