/** A sandbox and an engine in memory: files in a map, commands answered by a script of the test. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { EvalrunError } from '../domain/errors.ts';
import type { ImageSource, NetworkPolicy } from '../domain/task.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { checkReach } from '../sandbox/check-reach.ts';
import type {
  CapturedText,
  ChangeNetworkOptions,
  EngineDescription,
  ExecOptions,
  ExecResult,
  PreparedImage,
  PrepareImageOptions,
  Reach,
  SandboxEngine,
  SandboxFile,
  StartedSandbox,
  StartOptions,
} from '../sandbox/sandbox.ts';

export interface FakeReply {
  /** Default: exited with 0. */
  readonly ending?: ExecResult['ending'];
  readonly stdout?: string;
  readonly stderr?: string;
}

/** Answers a command; undefined: it exits with 0 and says nothing. */
export type FakeCommand = (
  options: ExecOptions,
  sandbox: FakeSandbox,
) => FakeReply | undefined | Promise<FakeReply | undefined>;

export function exited(code: number, stdout = '', stderr = ''): FakeReply {
  return { ending: { kind: 'exited', code }, stdout, stderr };
}

export class FakeSandbox implements StartedSandbox {
  readonly id: string;
  readonly workdir: string;
  readonly role: string;
  readonly files = new Map<string, Uint8Array>();
  readonly execs: ExecOptions[] = [];
  /** Host folder and folder in the container. */
  readonly uploads: (readonly [string, string])[] = [];
  /** Those it was changed to. */
  readonly networks: { readonly network: NetworkPolicy; readonly reach?: Reach }[] = [];
  isRemoved = false;
  stops = 0;
  onRemove: () => void | Promise<void> = () => undefined;
  onChangeNetwork: () => void | Promise<void> = () => undefined;
  readonly #command: FakeCommand;
  readonly #clock: Clock;

  constructor(command: FakeCommand = () => undefined, options: Partial<FakeSandboxOptions> = {}) {
    this.#command = command;
    this.#clock = options.clock ?? systemClock;
    this.id = options.id ?? 'fake';
    this.role = options.role ?? 'agent';
    this.workdir = options.workdir ?? '/app';
  }

  /** Commands so far, as text. */
  get commands(): string[] {
    return this.execs.map(({ argv }) => argv.join(' '));
  }

  write(path: string, content: string): void {
    this.files.set(path, new TextEncoder().encode(content));
  }

  text(path: string): string | undefined {
    const bytes = this.files.get(path);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  async exec(options: ExecOptions): Promise<ExecResult> {
    this.execs.push(options);
    const startUs = this.#clock.nowUs();
    const reply = options.signal?.aborted
      ? ({ ending: { kind: 'aborted' } } as const)
      : await this.#command(options, this);
    const { ending = { kind: 'exited', code: 0 }, stdout = '', stderr = '' } = reply ?? {};
    return {
      ending,
      stdout: captured(stdout),
      stderr: captured(stderr),
      startUs,
      endUs: this.#clock.nowUs(),
    };
  }

  async writeFiles(files: readonly SandboxFile[]): Promise<void> {
    for (const { path, content } of files) {
      this.files.set(path, typeof content === 'string' ? new TextEncoder().encode(content) : content);
    }
  }

  async uploadFolder(hostFolder: string, folder: string): Promise<void> {
    this.uploads.push([hostFolder, folder]);
    for (const entry of await readdir(hostFolder, { recursive: true, withFileTypes: true }).catch(() => [])) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      this.files.set(join(folder, path.slice(hostFolder.length)), await readFile(path));
    }
  }

  async readFile(path: string, options?: { readonly maxBytes?: number }): Promise<Uint8Array | undefined> {
    const bytes = this.files.get(path);
    if (bytes !== undefined && bytes.length > (options?.maxBytes ?? Number.POSITIVE_INFINITY)) {
      throw new EvalrunError(`${path}: larger than ${options?.maxBytes} bytes`, { code: 'sandbox' });
    }
    return bytes;
  }

  async download(path: string, hostFolder: string): Promise<boolean> {
    const bytes = this.files.get(path);
    if (bytes === undefined) return false;
    await mkdir(hostFolder, { recursive: true });
    await writeFile(join(hostFolder, basename(path)), bytes);
    return true;
  }

  /** Not a tar stream but this fake's own: a list of files, which `putArchive` of another fake reads. */
  async getArchive(path: string): Promise<NodeJS.ReadableStream | undefined> {
    const inside = [...this.files].filter(([name]) => name === path || name.startsWith(`${path}/`));
    if (inside.length === 0) return undefined;
    const entries = inside.map(([name, bytes]) => [
      join(basename(path), name.slice(path.length)),
      Buffer.from(bytes).toString('base64'),
    ]);
    return Readable.from([JSON.stringify(entries)]);
  }

  async putArchive(archive: NodeJS.ReadableStream | Uint8Array, folder: string): Promise<void> {
    const bytes = archive instanceof Uint8Array ? Buffer.from(archive) : await buffer(archive);
    const entries = JSON.parse(bytes.toString()) as [string, string][];
    for (const [name, content] of entries) {
      this.files.set(join(folder, name).replace(/\/$/, ''), Buffer.from(content, 'base64'));
    }
  }

  async stopRunningExecs(): Promise<void> {
    this.stops += 1;
  }

  async changeNetwork(network: NetworkPolicy, { reach, signal }: ChangeNetworkOptions): Promise<void> {
    const asked = { network, ...(reach === undefined ? {} : { reach }) };
    checkReach(asked);
    signal.throwIfAborted();
    await this.onChangeNetwork();
    this.networks.push(asked);
  }

  async remove(): Promise<void> {
    if (this.isRemoved) return;
    this.isRemoved = true;
    await this.onRemove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }
}

interface FakeSandboxOptions {
  readonly id: string;
  readonly role: string;
  readonly workdir: string;
  readonly clock: Clock;
}

function captured(text: string): CapturedText {
  return { text, totalBytes: Buffer.byteLength(text), cutBytes: 0 };
}

export interface FakeEngineOptions {
  readonly clock?: Clock;
  readonly command?: FakeCommand;
  /** Called before the work is done; may throw or take time. */
  readonly onPrepareImage?: (options: PrepareImageOptions) => void | Promise<void>;
  readonly onStart?: (options: StartOptions) => void | Promise<void>;
  readonly onRemove?: (sandbox: FakeSandbox) => void | Promise<void>;
  readonly onChangeNetwork?: (sandbox: FakeSandbox) => void | Promise<void>;
}

export class FakeEngine implements SandboxEngine {
  readonly sandboxes: FakeSandbox[] = [];
  readonly starts: StartOptions[] = [];
  readonly #options: FakeEngineOptions;

  constructor(options: FakeEngineOptions = {}) {
    this.#options = options;
  }

  async describe(): Promise<EngineDescription> {
    return {
      name: 'fake',
      version: '1',
      apiVersion: '1',
      cgroupVersion: '2',
      cpus: 2,
      memoryBytes: 1e9,
      architecture: 'x86_64',
    };
  }

  async prepareImage(source: ImageSource, options: PrepareImageOptions): Promise<PreparedImage> {
    await this.#options.onPrepareImage?.(options);
    const name = source.kind === 'prebuilt' ? source.name : source.context;
    return { id: name, name, digest: 'sha256:0', standIns: [], workdir: '/app', user: '', env: {} };
  }

  async refusalOf(): Promise<string | undefined> {
    return undefined;
  }

  async start(options: StartOptions): Promise<StartedSandbox> {
    checkReach(options);
    await this.#options.onStart?.(options);
    this.starts.push(options);
    const { clock } = this.#options;
    const sandbox = new FakeSandbox(this.#options.command, {
      id: `fake-${this.sandboxes.length + 1}`,
      role: options.role,
      ...(clock === undefined ? {} : { clock }),
    });
    sandbox.onRemove = () => this.#options.onRemove?.(sandbox);
    sandbox.onChangeNetwork = () => this.#options.onChangeNetwork?.(sandbox);
    this.sandboxes.push(sandbox);
    return sandbox;
  }

  async removeLeftovers(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}
