/**
 * A task as every dataset format is read into: what the agent is told, where it works, what decides.
 * Readers fill it; the sandbox, agents and verifiers only read it. No I/O here: file contents that are
 * small stand in it, folders are named by absolute path.
 */

import type { Intervention } from './intervention.ts';

export interface DatasetReference {
  readonly name: string;
  readonly format: string;
  /** The dataset's own version or the pinned revision it was pulled at. */
  readonly version?: string;
  /** What titles say of it, e.g. "{n} bundled tasks; not SWE-Bench Pro"; {n} is the number of tasks. */
  readonly title?: string;
}

export interface Task {
  /** Unique within its dataset; safe as a file name. */
  readonly id: string;
  readonly dataset: DatasetReference;
  /** sha256 over everything that the agent is told and that decides the verdict. */
  readonly hash: string;
  readonly difficulty?: string;
  readonly category?: string;
  /** Programming language, where the dataset says so. */
  readonly language?: string;
  /** Repository or family: tasks of one group are not independent of each other. */
  readonly group?: string;
  readonly tags: readonly string[];
  readonly environment: TaskEnvironment;
  /** One for most tasks; several share one container and run in order. */
  readonly steps: readonly [TaskStep, ...TaskStep[]];
  /** How the steps' rewards become the trial's (Harbor): per-key mean, or the last step's verbatim. */
  readonly rewardStrategy: 'mean' | 'final';
  /** The tree that the agent works on, where it is a git repository whose later history must be hidden. */
  readonly repository?: TaskRepository;
  /** How the user steps in while the agent works; verdict and solution are the changed task's then. */
  readonly intervention?: Intervention;
  /** Why it cannot run here, each a whole sentence. A task with a refusal lists, and is refused when a run is planned. */
  readonly refusals: readonly string[];
}

export interface TaskRepository {
  /** Absolute path in the container. */
  readonly path: string;
  readonly baseCommit: string;
  /** Commits that must not be reachable for the agent, e.g. the one holding the fix; searched for in the scrub's proof. */
  readonly hiddenCommits: readonly string[];
}

export interface TaskStep {
  /** 'main' in a single-step task. */
  readonly name: string;
  readonly instruction: string;
  /** Undefined: the format sets no limit. */
  readonly agentTimeoutSec?: number;
  readonly agentUser?: string;
  /** What this step's agent may reach, where it is not what the environment says. */
  readonly network?: TaskNetwork;
  readonly verification: Verification;
  readonly solution?: Solution;
  /** A plausible solution that the tests must fail, where the dataset keeps one. */
  readonly wrongSolution?: Solution;
  /** Host folder that is uploaded to the working directory before the step; a `setup.sh` in it is run as the agent's user. */
  readonly workdirUpload?: string;
  readonly healthcheck?: Healthcheck;
  /** Below it (per reward key) the steps that follow are skipped. */
  readonly minReward?: Readonly<Record<string, number>>;
}

export interface Healthcheck {
  readonly command: string;
  readonly intervalSec: number;
  readonly timeoutSec: number;
  readonly startPeriodSec: number;
  readonly startIntervalSec: number;
  readonly retries: number;
}

export type NetworkPolicy = 'none' | 'public' | 'allowlist' | 'gateway';

export interface TaskNetwork {
  readonly network: NetworkPolicy;
  /** Only with `allowlist`. */
  readonly allowedHosts?: readonly string[];
}

/** Its network is the agent's; a shared verifier may have another. */
export interface TaskEnvironment extends TaskNetwork {
  readonly image: ImageSource;
  readonly cpus?: number;
  readonly memoryMb?: number;
  readonly storageMb?: number;
  /** Set for every process in the container. */
  readonly env: Readonly<Record<string, string>>;
  /** Default working directory; undefined: the image's WORKDIR. */
  readonly workdir?: string;
  /** Limit for image and container start together. */
  readonly startTimeoutSec: number;
  readonly healthcheck?: Healthcheck;
  /** Host folder whose files go to the working directory of a prebuilt image (Harbor: docker_image without Dockerfile). */
  readonly workdirUpload?: string;
}

export type ImageSource = { readonly kind: 'prebuilt'; readonly name: string } | ImageBuild;

export interface ImageBuild {
  readonly kind: 'build';
  /** Host folder that is the build context. */
  readonly context: string;
  /** Path of the Dockerfile, relative to the context. */
  readonly dockerfile: string;
  /** Images named in FROM lines that are themselves built first, by that name. */
  readonly bases: Readonly<Record<string, ImageBuild>>;
}

/** A solution that comes with the task; only the oracle agent, `validate` and the simulator read it. */
export type Solution =
  /** A git diff against the base commit. */
  | { readonly kind: 'patch'; readonly patch: string }
  /** A folder uploaded to `/solution`, whose script is run by bash in the working directory. */
  | {
      readonly kind: 'script';
      readonly directory: string;
      readonly script: string;
      readonly env: Readonly<Record<string, string>>;
    };

export type Verification = RewardFileVerification | FailToPassVerification | PytestPaneVerification;

/** Harbor: `/tests/test.sh` writes `/logs/verifier/reward.json` or `reward.txt`. */
export interface RewardFileVerification {
  readonly kind: 'reward-file';
  /** shared: in the agent's container; separate: in a fresh one that gets the artifacts only. */
  readonly mode: 'shared' | 'separate';
  /** Host folders uploaded to `/tests`, in order (a step's own overlay the task's). Empty when the separate image holds them. */
  readonly testFolders: readonly string[];
  /** Name of the script within `/tests`. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly timeoutSec: number;
  /** Only with mode separate; undefined there: a fresh copy of the task's environment. */
  readonly environment?: TaskEnvironment;
  /** Only with mode shared: what the tests may reach, where it is not what the environment says. */
  readonly network?: TaskNetwork;
  readonly artifacts: readonly Artifact[];
  /** Commands run in the agent's container after the agent, before artifacts are collected. */
  readonly collect: readonly {
    readonly command: string;
    readonly timeoutSec: number;
    readonly user?: string;
  }[];
}

export interface Artifact {
  readonly source: string;
  readonly destination?: string;
  readonly exclude: readonly string[];
}

/** SWE-bench Pro: the agent's patch is applied in a fresh container and named tests must pass. */
export interface FailToPassVerification {
  readonly kind: 'fail-to-pass';
  /** Byte for byte as the original evaluation writes it. */
  readonly entryScript: string;
  /** Contents of the instance's run_script.sh and parser.py. */
  readonly runScript: string;
  readonly parser: string;
  readonly failToPass: readonly string[];
  readonly passToPass: readonly string[];
  readonly timeoutSec: number;
}

/** Terminal-Bench 1: pytest's short summary in the output of run-tests.sh. */
export interface PytestPaneVerification {
  readonly kind: 'pytest-pane';
  readonly runTestsScript: string;
  readonly testsFolder?: string;
  readonly parser: string;
  readonly timeoutSec: number;
}
