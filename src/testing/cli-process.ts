import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunEvent } from '../domain/events.ts';
import { repositoryFolder } from './run-main.ts';

export interface EndedCli {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Lines of stdout; with `--json` each is an event. */
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** The command line as a process of its own, for tests that interrupt or kill it. */
export class CliProcess {
  readonly ended: Promise<EndedCli>;
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();

  constructor(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
    const cli = join(repositoryFolder, 'src/cli.ts');
    const child = spawn(process.execPath, [cli, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.lines.push(line);
      for (const watch of this.#watchers) watch();
    });
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        resolve({ code, signal, lines: this.lines, stderr });
        for (const watch of this.#watchers) watch();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** The process alone, not what it started. Its end is waited for, so that nothing is still being written. */
  async kill(signal: NodeJS.Signals): Promise<EndedCli> {
    this.#child.kill(signal);
    return this.ended;
  }

  /** Sends a signal that the process may handle. */
  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves at the first event of `--json` that matches; false when the process ended without one. */
  async saw(matches: (event: RunEvent) => boolean): Promise<boolean> {
    let looked = 0;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const watch = (): void => {
      for (; looked < this.lines.length; looked++) {
        if (matches(JSON.parse(this.lines[looked] ?? '') as RunEvent)) resolve(true);
      }
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) resolve(false);
    };
    this.#watchers.add(watch);
    watch();
    const found = await promise;
    this.#watchers.delete(watch);
    return found;
  }
}
