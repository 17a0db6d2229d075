import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { repositoryFolder, runMain } from '../testing/run-main.ts';

let folder: string;
let packageFolder: string;

/** A package without pulled datasets, whatever lies in the repository, and an empty working directory. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-wrong-'));
  packageFolder = join(folder, 'package');
  await mkdir(join(packageFolder, 'datasets'), { recursive: true });
  await cp(join(repositoryFolder, 'suites'), join(packageFolder, 'suites'), { recursive: true });
  await cp(join(repositoryFolder, 'package.json'), join(packageFolder, 'package.json'));
  for (const name of ['swe-pro-mini', 'terminal-mini']) {
    await symlink(join(repositoryFolder, 'datasets', name), join(packageFolder, 'datasets', name));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

let made = 0;

/** A working directory with these files; a text that names a bundled suite is changed from it. */
async function workingDirectory(files: Readonly<Record<string, string>> = {}): Promise<string> {
  made += 1;
  const cwd = join(folder, `cwd-${made}`);
  await mkdir(cwd);
  for (const [name, content] of Object.entries(files)) await writeFile(join(cwd, name), content);
  return cwd;
}

const suite = (changes: string): string =>
  `name: own\ntitle: Own\ndatasets:\n  - path: ${join(repositoryFolder, 'datasets/terminal-mini')}\n${changes}`;

interface WrongInput {
  readonly what: string;
  /** `CWD` stands for the working directory. */
  readonly args: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly says: RegExp;
}

const wrongInputs: readonly WrongInput[] = [
  { what: 'an unknown command', args: 'rnu', says: /Unknown|Did you mean run/ },
  { what: 'no suite at all', args: 'run', says: /give --suite NAME .*list suites/ },
  {
    what: 'an unknown suite',
    args: '--suite swe-por --model spark',
    says: /suite "swe-por" is not known \(did you mean "swe-pro"\?\); there are .*terminal-bench/,
  },
  {
    what: 'a budget in dollars for a model without prices',
    args: '--suite swe-pro --model deep,spark --provider simulated --budget-usd 5',
    says: /--budget-usd: model "spark" has no prices; put them under models\.spark\.prices in evalrun\.yaml/,
  },
  {
    what: 'a budget of nothing',
    args: '--suite swe-pro --model deep --provider simulated --budget-tokens 0',
    says: /--budget-tokens must be a whole number of at least 1/,
  },
  {
    what: 'an unknown model',
    args: '--suite swe-pro --model sprak',
    says: /model "sprak" is not known \(did you mean "spark"\?\); there are .*deep/,
  },
  {
    what: 'no network for an agent that asks from inside its container',
    args: '--suite swe-pro --agent codex --model spark --network none',
    says: /use --network gateway/,
  },
  {
    what: 'an unknown agent',
    args: '--suite swe-pro --agent lop',
    says: /agent "lop" is not known \(did you mean "loop"\?\); there are .*oracle/,
  },
  {
    what: 'an unknown flag',
    args: '--suite swe-pro --modle spark',
    says: /Unknown argument: modle \(did you mean --model\?\)/,
  },
  { what: 'a flag without its value', args: '--suite', says: /Not enough arguments following: suite/ },
  {
    what: 'an unknown provider',
    args: '--suite swe-pro --provider opnai',
    says: /provider "opnai" is not known \(did you mean "openai"\?\)/,
  },
  {
    what: 'a provider without its key',
    args: '--suite swe-pro --provider openai',
    says: /provider "openai" needs a key in the environment variable OPENAI_API_KEY, which is not set/,
  },
  {
    what: 'an unknown transport',
    args: '--suite swe-pro --transport smoke',
    says: /transport.*"smoke".*websocket/s,
  },
  {
    what: 'an image map without a target',
    args: '--suite swe-pro --image-map debian',
    says: /--image-map "debian": expected FROM=TO/,
  },
  {
    what: 'a task glob that matches nothing',
    args: '--suite terminal-bench --tasks nothing-*',
    says: /--tasks: no task matches "nothing-\*" \(list them with/,
  },
  {
    what: 'exclusion of everything',
    args: '--suite terminal-bench --exclude *',
    says: /no task is left by --tasks, --exclude and --limit/,
  },
  {
    what: 'no attempts',
    args: '--suite terminal-bench --attempts 0',
    says: /--attempts must be a whole number of at least 1/,
  },
  {
    what: 'a number that is none',
    args: '--suite terminal-bench --jobs many',
    says: /--jobs must be a whole number of at least 1/,
  },
  {
    what: 'a run id that is a path',
    args: '--suite terminal-bench --run-id a/b',
    says: /--run-id "a\/b": use letters, digits/,
  },
  {
    what: 'a typo in the key of a suite file',
    args: '--suite CWD/own.yaml',
    files: { 'own.yaml': suite('limit: { maxTurns: 3 }\n') },
    says: /own\.yaml: unknown key "limit" \(did you mean "limits"\?\)/,
  },
  {
    what: 'a typo in a value of a suite file',
    args: '--suite CWD/own.yaml',
    files: { 'own.yaml': suite('limits: { maxTurns: three }\n') },
    says: /own\.yaml: limits\.maxTurns: .*expected number/,
  },
  {
    what: 'a suite file that is no YAML',
    args: '--suite CWD/own.yaml',
    files: { 'own.yaml': 'name: "own\n' },
    says: /own\.yaml: not valid YAML/,
  },
  {
    what: 'a suite whose dataset is not there',
    args: '--suite CWD/own.yaml --agent oracle',
    files: { 'own.yaml': 'name: own\ntitle: Own\ndatasets:\n  - path: nowhere\n' },
    says: /nowhere/,
  },
  {
    what: 'a typo in evalrun.yaml',
    args: '--suite swe-pro',
    files: { 'evalrun.yaml': 'job: 3\n' },
    says: /evalrun\.yaml: unknown key "job" \(did you mean "jobs"\?\)/,
  },
  {
    what: 'a public dataset that was not pulled',
    args: '--suite swe-pro-full --model spark',
    says: /needs the public dataset "swe-bench-pro", which is not here; bring it with: evalrun dataset pull swe-bench-pro/,
  },
  {
    what: 'another public dataset that was not pulled',
    args: '--suite terminal-bench-2 --model spark',
    says: /bring it with: evalrun dataset pull terminal-bench-2/,
  },
  { what: 'an unknown dataset', args: '--dataset terminal-mni', says: /dataset "terminal-mni" is not known/ },
  {
    what: 'the resumption of a run that is not there',
    args: 'resume nothing',
    says: /run "nothing" is not in .*list runs/,
  },
  { what: 'the latest of no runs', args: 'resume latest', says: /there is no run in .*results yet/ },
  { what: 'a look at a run that is not there', args: 'show nothing/task', says: /run "nothing" is not in/ },
  { what: 'a report of a run that is not there', args: 'report nothing', says: /run "nothing" is not in/ },
  { what: 'a list of what is not listed', args: 'list taks', says: /taks/ },
];

function expectOneMessage(stderr: string): void {
  expect(stderr).toMatch(/^evalrun: [^\n]+\n(see: evalrun --help\n)?$/);
  expect(stderr).not.toMatch(/^ +at |unexpected failure|undefined|\[object/m);
}

test.for(wrongInputs)('$what: one message, exit code 2', async ({ args, files, says }) => {
  const cwd = await workingDirectory(files);
  const words = args.split(' ').map((word) => word.replace('CWD', cwd));
  const { code, stdout, stderr } = await runMain(words, { cwd, packageFolder });
  expectOneMessage(stderr);
  expect(stderr).toMatch(says);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test('an engine that does not answer: its place and what to do', async () => {
  vi.stubEnv('DOCKER_HOST', `unix://${folder}/no.sock`);
  const cwd = await workingDirectory();
  const { code, stderr } = await runMain(['--suite', 'terminal-bench', '--agent', 'oracle'], {
    cwd,
    packageFolder,
  });
  expectOneMessage(stderr);
  expect(stderr).toContain(`cannot reach a container engine at ${folder}/no.sock`);
  expect(stderr).toContain('evalrun setup');
  expect(code).toBe(2);
});

test('a row broken by hand: file, row and field', async () => {
  const cwd = await workingDirectory();
  await cp(join(repositoryFolder, 'datasets/swe-pro-mini'), join(cwd, 'broken'), { recursive: true });
  const rows = join(cwd, 'broken', 'rows.jsonl');
  const lines = (await readFile(rows, 'utf8')).split('\n');
  lines[1] = JSON.stringify({ ...JSON.parse(lines[1] ?? ''), fail_to_pass: "['half" });
  await writeFile(rows, lines.join('\n'));
  const { code, stderr } = await runMain(['--dataset', 'swe-bench-pro:broken', '--agent', 'nop'], {
    cwd,
    packageFolder,
  });
  expectOneMessage(stderr);
  expect(stderr).toMatch(/rows\.jsonl.*row 2.*fail_to_pass/);
  expect(code).toBe(2);
});
