import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RewardFileVerification, Task, TaskNetwork } from '../../domain/task.ts';
import type { ReadOptions } from '../dataset.ts';
import { harbor } from './harbor.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evalrun-harbor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Files = Readonly<Record<string, string>>;
const wholeTask: Files = {
  'instruction.md': 'Make it work.\n',
  'environment/Dockerfile': 'FROM debian\n',
  'tests/test.sh': 'echo 1 > /logs/verifier/reward.txt\n',
};

function put(files: Files, task = 'demo'): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, task, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

async function readOne(
  toml: string,
  files: Files = wholeTask,
  options: Partial<ReadOptions> = {},
): Promise<Task> {
  put({ 'task.toml': toml, ...files });
  const reference = { name: 'example', format: 'harbor' };
  const [task] = (await harbor.read(folder, { reference, ...options })).tasks;
  if (task === undefined) throw new Error('no task was read');
  return task;
}

const verificationOf = (task: Task, step = 0): RewardFileVerification =>
  task.steps[step]?.verification as RewardFileVerification;

describe('a task', () => {
  test('with nothing but what is required has the defaults', async () => {
    const task = await readOne('');
    expect(task).toMatchObject({
      id: 'demo',
      tags: [],
      rewardStrategy: 'mean',
      refusals: [],
      environment: {
        image: {
          kind: 'build',
          context: join(folder, 'demo/environment'),
          dockerfile: 'Dockerfile',
          bases: {},
        },
        network: 'public',
        env: {},
        startTimeoutSec: 600,
      },
    });
    expect(task.environment.cpus).toBeUndefined();
    expect(task.steps).toHaveLength(1);
    expect(task.steps[0].agentTimeoutSec).toBeUndefined();
    expect(verificationOf(task)).toEqual({
      kind: 'reward-file',
      mode: 'shared',
      testFolders: [join(folder, 'demo/tests')],
      script: 'test.sh',
      env: {},
      timeoutSec: 600,
      artifacts: [],
      collect: [],
    });
  });

  test('in the spelling of Terminal-Bench 2.0 is read', async () => {
    const task = await readOne(`
      version = "1.0"
      [metadata]
      difficulty = "medium"
      category = "data-processing"
      tags = [ "regex", "logs",]
      expert_time_estimate_min = 45.0
      [verifier]
      timeout_sec = 750.0
      [agent]
      timeout_sec = 900.0
      [environment]
      build_timeout_sec = 600.0
      docker_image = "someone/demo:20251031"
      cpus = 1
      memory = "1.5G"
      storage = "10240M"`);
    expect(task).toMatchObject({
      difficulty: 'medium',
      category: 'data-processing',
      tags: ['regex', 'logs'],
    });
    expect(task.environment).toMatchObject({
      image: { kind: 'prebuilt', name: 'someone/demo:20251031' },
      cpus: 1,
      memoryMb: 1536,
      storageMb: 10240,
    });
    expect(task.environment.workdirUpload).toBeUndefined();
    expect(task.steps[0].agentTimeoutSec).toBe(900);
    expect(verificationOf(task).timeoutSec).toBe(750);
  });

  test('in the newer spelling is read, keys that nobody knows included', async () => {
    const task = await readOne(`
      schema_version = "1.4"
      artifacts = []
      surprise = 1
      [task]
      name = "acme/demo"
      keywords = []
      [environment]
      memory_mb = 2048
      memory = "2G"
      allow_internet = false
      gpus = 0
      mcp_servers = []
      workdir = "/work"
      env = { MODE = "test" }
      [agent]
      user = 1000
      [verifier.env]
      [solution.env]`);
    expect(task.tags).toEqual(['name:acme/demo']);
    expect(task.environment).toMatchObject({
      memoryMb: 2048,
      network: 'none',
      workdir: '/work',
      env: { MODE: 'test' },
    });
    expect(task.steps[0].agentUser).toBe('1000');
    expect(task.refusals).toEqual([]);
  });

  test('loses the canary lines above its instruction', async () => {
    const instruction = '<!-- harbor-canary GUID 1234 -->\n# Canary: do not train\n\n# Title\nDo # canary.\n';
    const task = await readOne('', { ...wholeTask, 'instruction.md': instruction });
    expect(task.steps[0].instruction).toBe('# Title\nDo # canary.\n');
  });

  test('brings its solution and a wrong one', async () => {
    const files = { ...wholeTask, 'solution/solve.sh': 'true', 'wrong/solve.sh': 'false' };
    const [step] = (await readOne('[solution.env]\nKEY = "value"', files)).steps;
    expect(step.solution).toEqual({
      kind: 'script',
      directory: join(folder, 'demo/solution'),
      script: 'solve.sh',
      env: { KEY: 'value' },
    });
    expect(step.wrongSolution).toMatchObject({ directory: join(folder, 'demo/wrong') });
  });

  test('uploads what lies beside an image without a Dockerfile', async () => {
    const { 'environment/Dockerfile': _, ...files } = wholeTask;
    const task = await readOne('environment.docker_image = "a"', { ...files, 'environment/data.csv': '1' });
    expect(task.environment.workdirUpload).toBe(join(folder, 'demo/environment'));
    expect(task.refusals).toEqual([]);
  });

  test('is built although it names an image where images are built', async () => {
    const task = await readOne('environment.docker_image = "a"', wholeTask, { images: 'build' });
    expect(task.environment.image.kind).toBe('build');
  });

  test('changes its hash with any of its files', async () => {
    const first = await readOne('', { ...wholeTask, 'tests/data/x.txt': '1' });
    const second = await readOne('', { ...wholeTask, 'tests/data/x.txt': '2' });
    expect(second.hash).not.toBe(first.hash);
    expect((await readOne('', { ...wholeTask, 'tests/data/x.txt': '1' })).hash).toBe(first.hash);
  });

  test('has the allow-list that all its phases ask for', async () => {
    const task = await readOne(`
      [environment]
      network_mode = "public"
      [agent]
      network_mode = "allowlist"
      allowed_hosts = ["a.example.org", "*.example.net"]
      [verifier]
      allowed_hosts = ["*.example.net", "A.example.org"]`);
    expect(task.refusals).toEqual([]);
    expect(task.environment).toMatchObject({
      network: 'allowlist',
      allowedHosts: ['a.example.org', '*.example.net'],
    });
  });

  test('in the layout of SWE-bench Pro V2 is read', async () => {
    const files = {
      ...wholeTask,
      'tests/run_script.sh': '',
      'tests/config.json': '{}',
      'solution/solve.sh': '',
    };
    const task = await readOne(
      'schema_version = "1.4"\n[verifier]\nnetwork_mode = "public"\ncollect = []',
      files,
    );
    expect(task.refusals).toEqual([]);
  });

  test('alone is a dataset of its own folder', async () => {
    put({ 'task.toml': '', ...wholeTask });
    const reference = { name: 'example', format: 'harbor' };
    const { tasks } = await harbor.read(join(folder, 'demo'), { reference });
    expect(tasks.map((task) => task.id)).toEqual(['demo']);
  });

  test('has health checks with their defaults', async () => {
    const task = await readOne('[environment.healthcheck]\ncommand = "true"\nretries = 2.0');
    expect(task.environment.healthcheck).toEqual({
      command: 'true',
      intervalSec: 5,
      timeoutSec: 30,
      startPeriodSec: 0,
      startIntervalSec: 5,
      retries: 2,
    });
  });
});

describe('a task of several steps', () => {
  const stepFiles = (name: string): Files => ({
    [`steps/${name}/instruction.md`]: `Do ${name}.`,
    [`steps/${name}/tests/test.sh`]: '',
  });
  const files = {
    'environment/Dockerfile': 'FROM debian',
    'tests/helpers.sh': '',
    ...stepFiles('one'),
    ...stepFiles('two'),
  };

  test('has limits, overlays and thresholds of its own for each', async () => {
    const task = await readOne(
      `artifacts = ["/app/a"]
      multi_step_reward_strategy = "final"
      [agent]
      timeout_sec = 50
      user = "worker"
      [verifier]
      timeout_sec = 70
      env = { A = "task", B = "task" }
      [[steps]]
      name = "one"
      min_reward = 0.5
      [steps.healthcheck]
      command = "true"
      [steps.verifier.env]
      A = "step"
      [[steps]]
      name = "two"
      artifacts = [{ source = "/app/b", destination = "b", exclude = ["*.log"] }]
      min_reward = { tests = 1 }
      agent.timeout_sec = 5
      verifier.timeout_sec = 7`,
      { ...files, 'steps/two/workdir/setup.sh': '', 'steps/two/solution/solve.sh': '' },
    );
    expect(task.refusals).toEqual([]);
    expect(task.rewardStrategy).toBe('final');
    const [one, two] = task.steps;
    expect(one).toMatchObject({
      name: 'one',
      instruction: 'Do one.',
      agentTimeoutSec: 50,
      agentUser: 'worker',
      minReward: { reward: 0.5 },
      healthcheck: { command: 'true' },
    });
    expect(two).toMatchObject({
      agentTimeoutSec: 5,
      minReward: { tests: 1 },
      workdirUpload: join(folder, 'demo/steps/two/workdir'),
      solution: { directory: join(folder, 'demo/steps/two/solution') },
    });
    expect(verificationOf(task, 0)).toMatchObject({
      timeoutSec: 70,
      env: { A: 'step', B: 'task' },
      testFolders: [join(folder, 'demo/tests'), join(folder, 'demo/steps/one/tests')],
      artifacts: [{ source: '/app/a', exclude: [] }],
    });
    expect(verificationOf(task, 1)).toMatchObject({
      timeoutSec: 7,
      artifacts: [{ source: '/app/a' }, { source: '/app/b', destination: 'b', exclude: ['*.log'] }],
    });
  });

  test('may judge one step apart and another in place', async () => {
    const task = await readOne(
      `[[steps]]
      name = "one"
      verifier.environment_mode = "shared"
      [[steps]]
      name = "two"
      [steps.verifier.environment]
      docker_image = "judge"
      workdir = "/w"`,
      files,
    );
    expect(verificationOf(task, 0)).toMatchObject({ mode: 'shared' });
    expect(verificationOf(task, 1)).toMatchObject({
      mode: 'separate',
      testFolders: [],
      environment: { image: { kind: 'prebuilt', name: 'judge' }, workdir: '/w' },
    });
  });

  test('with two steps of one name is not valid', async () => {
    await expect(readOne('steps = [{ name = "a" }, { name = "a" }]')).rejects.toThrow(
      'demo/task.toml: steps: expected a name of its own for each step',
    );
  });
});

describe('phases in one container', () => {
  test.each<[string, string, TaskNetwork, TaskNetwork]>([
    [
      'an allow-list that only the agent has (SWE-bench Pro V2)',
      'agent.network_mode = "allowlist"\nagent.allowed_hosts = ["a.org"]\nverifier.network_mode = "public"',
      { network: 'allowlist', allowedHosts: ['a.org'] },
      { network: 'public' },
    ],
    [
      'lists that differ',
      'agent.allowed_hosts = ["a.org"]\nverifier.allowed_hosts = ["b.org"]',
      { network: 'allowlist', allowedHosts: ['a.org'] },
      { network: 'allowlist', allowedHosts: ['b.org'] },
    ],
    [
      'networks that differ',
      'agent.network_mode = "no-network"\nverifier.network_mode = "public"',
      { network: 'none' },
      { network: 'public' },
    ],
    [
      "tests that have the environment's own network, which the agent has not",
      'environment.network_mode = "no-network"\nagent.network_mode = "public"',
      { network: 'public' },
      { network: 'none' },
    ],
  ])('may have %s', async (_, toml, agent, tests) => {
    const task = await readOne(toml);
    expect(task.refusals).toEqual([]);
    expect(task.environment).toMatchObject(agent);
    expect(verificationOf(task)).toMatchObject({ mode: 'shared', network: tests });
  });

  test('have nothing said of the tests where they may reach the same', async () => {
    const task = await readOne('agent.network_mode = "public"\nverifier.network_mode = "public"');
    expect(verificationOf(task)).not.toHaveProperty('network');
    expect(task.steps[0]).not.toHaveProperty('network');
  });

  test('start with the first step and say where a later one differs', async () => {
    const steps = { 'steps/a/instruction.md': 'a', 'steps/b/instruction.md': 'b' };
    const task = await readOne(
      `environment.network_mode = "no-network"
      steps = [
        { name = "a", agent.allowed_hosts = ["a.org"], verifier.allowed_hosts = ["A.org"] },
        { name = "b", verifier.network_mode = "public" },
      ]`,
      { ...wholeTask, ...steps },
    );
    expect(task.refusals).toEqual([]);
    expect(task.environment).toMatchObject({ network: 'allowlist', allowedHosts: ['a.org'] });
    const networks = task.steps.map(({ network, verification }) => [
      network,
      verification.kind === 'reward-file' ? verification.network : 'other',
    ]);
    expect(networks).toEqual([
      [undefined, undefined],
      [{ network: 'none' }, { network: 'public' }],
    ]);
  });
});

describe('a separate verifier', () => {
  test('without an image gets a fresh copy of the environment, and the tests', async () => {
    const verification = verificationOf(await readOne('verifier.environment_mode = "separate"'));
    expect(verification).toMatchObject({ mode: 'separate', testFolders: [join(folder, 'demo/tests')] });
    expect(verification.environment).toBeUndefined();
  });

  test("that is a copy has the environment's network, where the agent's phase has another", async () => {
    const task = await readOne('agent.allowed_hosts = ["a.org"]\nverifier.environment_mode = "separate"');
    expect(task.refusals).toEqual([]);
    expect(task.environment).toMatchObject({ network: 'allowlist', allowedHosts: ['a.org'] });
    const verification = verificationOf(task);
    expect(verification).toMatchObject({ environment: { network: 'public' } });
    expect(verification.testFolders).toEqual([join(folder, 'demo/tests')]);
    expect(verification.environment).not.toHaveProperty('allowedHosts');
  });

  test('may reach the hosts of a list of its own', async () => {
    const task = await readOne(
      'verifier.environment_mode = "separate"\nverifier.allowed_hosts = ["*.example.org"]',
    );
    expect(task.refusals).toEqual([]);
    const { environment } = verificationOf(task);
    expect(environment).toMatchObject({ network: 'allowlist', allowedHosts: ['*.example.org'] });
  });

  test('is built from tests/ where a Dockerfile lies there', async () => {
    const files = { ...wholeTask, 'tests/Dockerfile': 'FROM debian' };
    const task = await readOne(
      'environment.docker_image = "agent"\nverifier.environment_mode = "separate"',
      files,
    );
    expect(verificationOf(task)).toMatchObject({
      testFolders: [],
      environment: { image: { kind: 'build', context: join(folder, 'demo/tests') } },
    });
  });

  test('takes its own network and its hooks', async () => {
    const task = await readOne(`
      [environment]
      network_mode = "no-network"
      [verifier]
      environment_mode = "separate"
      network_mode = "public"
      [[verifier.collect]]
      command = "dump > /tmp/x"`);
    expect(task.environment.network).toBe('none');
    expect(verificationOf(task)).toMatchObject({
      environment: { network: 'public', image: { context: join(folder, 'demo/environment') } },
      testFolders: [join(folder, 'demo/tests')],
      collect: [{ command: 'dump > /tmp/x', timeoutSec: 60 }],
    });
    expect(task.refusals).toEqual([]);
  });
});

describe("the host's variables", () => {
  const toml = `[verifier.env]\nKEY = "\${TOKEN}"\nMODE = "\${MODE:-fast}"\nTEXT = "a \${TOKEN} b"`;

  test('are refused by name while they are not allowed', async () => {
    const task = await readOne(toml);
    expect(task.refusals).toEqual([
      "The task takes TOKEN from the host's environment, which must be allowed with --allow-host-env.",
    ]);
    expect(verificationOf(task).env).toMatchObject({ MODE: 'fast' });
  });

  test('are filled in where they are allowed, only as whole values', async () => {
    const task = await readOne(toml, wholeTask, { hostEnv: { TOKEN: 'secret', MODE: 'slow' } });
    expect(task.refusals).toEqual([]);
    expect(verificationOf(task).env).toEqual({ KEY: 'secret', MODE: 'slow', TEXT: `a \${TOKEN} b` });
  });

  test('are missed where they are allowed and not set', async () => {
    const task = await readOne(toml, wholeTask, { hostEnv: {} });
    expect(task.refusals).toEqual(["The task takes TOKEN from the host's environment, where it is not set."]);
  });
});

describe('is listed and refused:', () => {
  test.each<[string, string, Files, string]>([
    ['a GPU', 'environment.gpus = 1', {}, 'needs 1 GPU.'],
    ['a TPU', 'environment.tpu = { type = "v4", topology = "2x4" }', {}, 'needs a TPU'],
    ['Windows', 'environment.os = "Windows"', {}, 'Windows containers'],
    ['Compose', '', { 'environment/docker-compose.yaml': '' }, 'docker-compose.yaml'],
    ['skills', 'environment.skills_dir = "/skills"', {}, 'skills'],
    [
      'an MCP server',
      '[[environment.mcp_servers]]\nname = "files"\ntransport = "stdio"\ncommand = "serve"',
      {},
      'MCP server files (stdio)',
    ],
    [
      'a sidecar artifact',
      'artifacts = [{ source = "/x", service = "api" }]',
      {},
      'files of the service api',
    ],
    [
      'a sidecar hook',
      '[[verifier.collect]]\nservice = "db"\ncommand = "dump"',
      {},
      'files of the service db',
    ],
  ])('%s', async (_, toml, files, sentence) => {
    const task = await readOne(toml, { ...wholeTask, ...files });
    expect(task.refusals).toEqual([expect.stringContaining(sentence)]);
  });

  test.each([
    ['instruction.md', 'holds no instruction.md'],
    ['tests/test.sh', 'holds no tests/test.sh'],
  ])('a task without %s', async (missing, sentence) => {
    const files = Object.fromEntries(Object.entries(wholeTask).filter(([path]) => path !== missing));
    expect((await readOne('', files)).refusals).toEqual([expect.stringContaining(sentence)]);
  });

  test('a task without image and Dockerfile', async () => {
    const { 'environment/Dockerfile': _, ...files } = wholeTask;
    const task = await readOne('', { ...files, 'environment/data': '' });
    expect(task.refusals).toEqual([
      expect.stringContaining('neither a docker_image nor a Dockerfile in environment/'),
    ]);
  });

  test('a task of which only metadata is here, said once', async () => {
    expect((await readOne('', { 'instruction.md': '' })).refusals).toEqual([
      'Only metadata is here: the task has no environment folder.',
    ]);
  });
});

describe('is not valid:', () => {
  test.each([
    ['environment.memory = "2 gigabytes"', 'environment.memory: expected a size such as "2G"'],
    [
      'environment.memory = "2G"\nenvironment.memory_mb = 1024',
      'environment.memory: expected the same as memory_mb = 1024',
    ],
    ['environment.network_mode = "offline"', 'environment.network_mode: '],
    [
      'environment.allowed_hosts = ["a.org"]',
      'environment.allowed_hosts: expected network_mode = "allowlist"',
    ],
    [
      '[environment]\nnetwork_mode = "allowlist"\nallowed_hosts = ["https://a.org/x"]',
      'environment.allowed_hosts[0]: expected a host name',
    ],
    ['agent.timeout_sec = "900"', 'agent.timeout_sec: expected number, received string'],
    ['artifacts = ["/a/../b"]', 'artifacts[0].source: expected a path without ".."'],
    [
      'artifacts = [{ source = "/a", destination = "/b" }]',
      'artifacts[0].destination: expected a relative path',
    ],
    [
      'artifacts = [{ source = "/a", destination = "manifest.json" }]',
      'artifacts[0].destination: manifest.json is reserved',
    ],
    ['artifacts = ["/a", "/a/b"]', 'artifacts[1]: expected no overlap with "/a"'],
    ['artifacts = [{ source = "a", service = "db" }]', 'artifacts[0].source: expected an absolute path'],
    ['[[environment.mcp_servers]]\nname = "x"', 'environment.mcp_servers[0]: expected a url, or a command'],
    [
      '[verifier]\nenvironment_mode = "shared"\n[verifier.environment]',
      'verifier.environment: expected none',
    ],
    ['[task]\nname = "demo"', 'task.name: expected org/name'],
    ['environment.env = { PORT = 80 }', 'environment.env.PORT: expected string, received number'],
  ])('%s', async (toml, message) => {
    await expect(readOne(toml)).rejects.toThrow(`demo/task.toml: ${message}`);
  });

  test('text that is no TOML, with its line', async () => {
    await expect(readOne('a = 1\nb = \n')).rejects.toThrow(/^demo\/task\.toml line 2: Invalid TOML/);
  });
});
