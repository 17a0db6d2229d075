/**
 * Where a trial happens: an isolated Linux with files and processes. Knows images, containers and time
 * limits; does not know tasks' meaning, agents or tests. `docker/` is the only implementation that talks
 * to an engine; `testing/` has a fake behind the same contract tests.
 */
import type { ImageSource, NetworkPolicy } from '../domain/task.ts';

export interface SandboxEngine {
  /** Name, version and limits of the engine; throws EvalrunError('engine') when it cannot be reached. */
  describe(signal?: AbortSignal): Promise<EngineDescription>;

  /**
   * Makes the image ready, once per identity however many callers wait for it: builds (bases first) or
   * pulls, with FROM lines and names rewritten by the image map. Throws EvalrunError('image').
   */
  prepareImage(source: ImageSource, options: PrepareImageOptions): Promise<PreparedImage>;

  /**
   * Why this image cannot be made here, decided from its files alone and without building (a Dockerfile
   * that needs BuildKit on an engine without it); undefined: nothing speaks against it.
   */
  refusalOf(source: ImageSource): Promise<string | undefined>;

  /** Creates and starts a container; removes what it made when that fails. Throws EvalrunError('sandbox'). */
  start(options: StartOptions): Promise<StartedSandbox>;

  /** Removes containers, networks and volumes labelled with this run; returns how many. */
  removeLeftovers(runId: string): Promise<number>;

  close(): Promise<void>;
}

export interface EngineDescription {
  readonly name: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly cgroupVersion: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly architecture: string;
}

export interface PrepareImageOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  /** One line of build or pull output. */
  readonly onProgress?: (line: string) => void;
}

export interface PreparedImage {
  /** What containers are created from. */
  readonly id: string;
  /** Name for people. */
  readonly name: string;
  /** Image id (sha256 of its configuration), or the registry's digest where it was pulled. */
  readonly digest: string;
  /** Rewrites of the image map that took part, e.g. the debootstrap stand-in for debian:bookworm-slim. */
  readonly standIns: readonly StandIn[];
  /** WORKDIR of the image; '/' when it names none. */
  readonly workdir: string;
  /** USER of the image; '' is root. */
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface StandIn {
  readonly from: string;
  readonly to: string;
}

export interface StartOptions {
  readonly image: PreparedImage;
  readonly runId: string;
  readonly trialId: string;
  /** agent or verifier; part of the container's name and label. */
  readonly role: string;
  readonly cpus?: number;
  readonly memoryMb?: number;
  /** Default 1024. */
  readonly pidsLimit?: number;
  readonly network: NetworkPolicy;
  /**
   * A loopback port of the sandbox that leads to a Unix socket of the host; needed for `gateway` and `allowlist`,
   * refused with `none`, and where the engine is not on this host. The start ends when the port can be connected to.
   */
  readonly reach?: Reach;
  /** Host folders that are seen read-only in the container. Throws 'refused' where the engine is not on this host. */
  readonly mounts?: readonly ReadOnlyMount[];
  readonly env: Readonly<Record<string, string>>;
  readonly workdir?: string;
  readonly signal: AbortSignal;
}

export interface Reach {
  readonly socketPath: string;
  readonly port: number;
}

export interface ReadOnlyMount {
  readonly hostFolder: string;
  readonly path: string;
}

export interface Sandbox {
  /** Container id. */
  readonly id: string;
  /** Working directory of exec where none is given. */
  readonly workdir: string;

  /**
   * Runs a command and says everything about how it ended; a non-zero exit is a result. Throws
   * EvalrunError('sandbox') only when the engine failed. At the time limit, or when the signal is
   * aborted, every process that the exec started is ended, those included that left its group or session.
   * The result comes when the command itself has ended, though a process it left in the background may
   * hold its output open; such processes live on.
   */
  exec(options: ExecOptions): Promise<ExecResult>;

  /** Writes files (parents are made); mode defaults to 0644, owner to root. */
  writeFiles(files: readonly SandboxFile[]): Promise<void>;

  /** Copies a host folder's contents into a folder of the container, modes kept. */
  uploadFolder(hostFolder: string, folder: string): Promise<void>;

  /** A file's bytes; undefined when there is none; throws when it is larger than the limit. */
  readFile(path: string, options?: { readonly maxBytes?: number }): Promise<Uint8Array | undefined>;

  /** Copies a file or folder of the container below a host folder; false when there is none. */
  download(path: string, hostFolder: string): Promise<boolean>;

  /** A tar stream of a path, to be handed to `putArchive` of another sandbox; undefined when there is none. */
  getArchive(path: string): Promise<NodeJS.ReadableStream | undefined>;
  putArchive(archive: NodeJS.ReadableStream | Uint8Array, folder: string): Promise<void>;
}

/** Only the one who started it holds this type; agents and verifiers get a `Sandbox`. */
export interface StartedSandbox extends Sandbox, AsyncDisposable {
  /** Ends every process in the container that belongs to an exec still running. */
  stopRunningExecs(): Promise<void>;
  /**
   * Gives the running container another network, for commands that start from now on; meant for when none
   * runs. What led it to a gateway is removed first, so that it is gone even where the rest fails, and with it
   * the proxy's variables; `reach` opens a new one. Processes of ended commands live on and see the new network.
   * Throws 'refused' where policy and reach do not belong together or the engine cannot do it, and 'sandbox'
   * where it failed: the container's network is then unknown, and nothing may be judged in it.
   */
  changeNetwork(policy: NetworkPolicy, options: ChangeNetworkOptions): Promise<void>;
  /**
   * Removes the container, what leads it to the gateway, and its volumes. Harmless when called twice, bounded
   * in time, never throws.
   */
  remove(): Promise<void>;
}

export interface ChangeNetworkOptions {
  /** As at the start of a container. */
  readonly reach?: Reach;
  readonly signal: AbortSignal;
}

export interface SandboxFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode?: number;
}

export interface ExecOptions {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** For stdout and for stderr each; the middle is cut beyond it. Default 1 MiB. */
  readonly maxOutputBytes?: number;
  readonly onStdout?: (text: string) => void;
  readonly onStderr?: (text: string) => void;
}

export interface ExecResult {
  readonly ending:
    | { readonly kind: 'exited'; readonly code: number }
    | { readonly kind: 'timed-out' }
    | { readonly kind: 'aborted' };
  readonly stdout: CapturedText;
  readonly stderr: CapturedText;
  /** Microseconds on the monotonic clock. */
  readonly startUs: number;
  readonly endUs: number;
  /** How processes were ended, where that was needed. */
  readonly sweep?: { readonly killed: number; readonly containerStopped: boolean };
}

export interface CapturedText {
  /** Head and tail with a line between them that says how many bytes were cut. */
  readonly text: string;
  readonly totalBytes: number;
  readonly cutBytes: number;
}
