import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { loadDataset } from '../src/datasets/load-dataset.ts';
import type { FailToPassVerification, Task } from '../src/domain/task.ts';
import { readRun } from '../src/results/result-store.ts';
import { type Bench, compareSides } from './measure.ts';

const root = join(import.meta.dirname, '..');
const cli = join(root, 'dist/cli.js');
const rounds = 5;

/**
 * The wall time of an oracle trial as its record says it, against the plain `docker` commands that do the
 * same: the agent's container, history reduced, patch applied and taken, removed; a fresh container with
 * the entry script, removed.
 */
export const oracleBench: Bench = {
  name: 'oracle',
  describe: "an oracle trial's wall time against the same `docker` commands by hand (bar: at most 1.5)",
  run: async () => {
    const { tasks } = await loadDataset({ folder: join(root, 'datasets/swe-pro-mini') });
    const task = tasks.find(({ id }) => id.includes('plainmark'));
    if (task === undefined) throw new Error('the bundled task plainmark is gone');
    const folder = await mkdtemp(join(tmpdir(), 'evalrun-bench-'));
    try {
      const image = await imageOf(task, folder);
      const walls: number[] = [];
      const lines = await compareSides(
        {
          name: 'process of `evalrun --agent oracle` as a whole',
          work: async () => void walls.push(await trialWallMs(task, folder)),
        },
        { name: 'the same docker commands', work: () => byHand(task, image, folder) },
        rounds,
      );
      const bare = Number(/median ([\d.]+)/.exec(lines[1] ?? '')?.[1]);
      const wall = walls.slice(1).toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
      return [
        ...lines,
        `wall time in the trial's record: median ${wall.toFixed(1)} ms, ratio ${(wall / bare).toFixed(2)} (bar: 1.5)`,
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Runs once, so that the image is built, and asks the record which it was. */
async function imageOf(task: Task, folder: string): Promise<string> {
  await trialWallMs(task, folder);
  const { run } = await readRun(join(folder, 'results/bench-0'));
  const image = run.images[task.id]?.digest;
  if (image === undefined) throw new Error('the oracle trial did not run');
  return image;
}

let runNumber = 0;

async function trialWallMs(task: Task, folder: string): Promise<number> {
  const id = `bench-${runNumber++}`;
  const results = join(folder, 'results');
  await execa(process.execPath, [
    cli,
    '--suite',
    'swe-pro',
    '--agent',
    'oracle',
    '--tasks',
    task.id,
    '--run-id',
    id,
    '--quiet',
    '--results',
    results,
    '--reports',
    join(folder, 'reports'),
  ]);
  const { records } = await readRun(join(results, id));
  const record = records.values[0];
  if (record?.outcome.status !== 'judged' || !record.outcome.resolved)
    throw new Error('the oracle did not resolve its task');
  if (record.wallUs === undefined) throw new Error('the trial has no wall-clock time');
  return record.wallUs / 1000;
}

const limits = ['--network', 'none', '--cpus', '1', '--memory', '2g', '--pids-limit', '512'];

async function byHand(task: Task, image: string, folder: string): Promise<void> {
  const { solution, verification } = task.steps[0];
  const repository = task.repository;
  if (solution?.kind !== 'patch' || verification.kind !== 'fail-to-pass' || repository === undefined) {
    throw new Error(`${task.id} is not of the kind that is measured`);
  }
  const patch = join(folder, 'patch.diff');
  await writeFile(patch, solution.patch);
  const agent = await start(image);
  await shell(agent, reduceHistory, repository.path, repository.baseCommit);
  await execa('docker', ['exec', '-i', '-w', repository.path, agent, 'git', 'apply', '-'], {
    input: solution.patch,
  });
  await shell(
    agent,
    'cd "$1" && git add -A && git diff --cached --binary "$2"',
    repository.path,
    repository.baseCommit,
  );
  await verify(image, verification, patch, folder);
  await execa('docker', ['rm', '-f', agent]);
}

async function verify(
  image: string,
  verification: FailToPassVerification,
  patch: string,
  folder: string,
): Promise<void> {
  const files = {
    'run_script.sh': verification.runScript,
    'parser.py': verification.parser,
    'entryscript.sh': verification.entryScript,
  };
  const fresh = await start(image);
  await execa('docker', ['exec', fresh, 'mkdir', '-p', '/workspace']);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  for (const path of [patch, ...Object.keys(files).map((name) => join(folder, name))]) {
    await execa('docker', ['cp', path, `${fresh}:/workspace/`]);
  }
  await execa('docker', ['exec', fresh, 'bash', '/workspace/entryscript.sh'], { reject: false });
  await execa('docker', ['cp', `${fresh}:/workspace/output.json`, join(folder, 'output.json')]);
  await execa('docker', ['rm', '-f', fresh]);
}

async function start(image: string): Promise<string> {
  const { stdout } = await execa('docker', ['run', '-d', ...limits, '--entrypoint', 'sleep', image, '3600']);
  return stdout.trim();
}

async function shell(container: string, script: string, ...args: string[]): Promise<void> {
  await execa('docker', ['exec', container, 'sh', '-c', script, 'sh', ...args]);
}

const reduceHistory = `set -e; cd "$1"; new=$(mktemp -d); git init -q "$new"
git -C "$new" fetch -q --depth 1 --upload-pack "git -c uploadpack.allowAnySHA1InWant=true upload-pack" "file://$1" "$2"
git -C "$new" update-ref refs/heads/main "$2"; git -C "$new" symbolic-ref HEAD refs/heads/main
rm -rf .git; mv "$new/.git" .git; git reset -q`;
