import type { Options } from 'yargs';

/** Flags that mean the same in several commands. */
export const folderFlags = {
  results: { type: 'string', describe: 'folder of the runs', default: 'results' },
  reports: { type: 'string', describe: 'folder of the reports', default: 'reports' },
} as const satisfies Record<string, Options>;

export const outputFlags = {
  json: { type: 'boolean', describe: 'one event or document a line on stdout', default: false },
  quiet: { type: 'boolean', describe: 'no progress on stderr', default: false },
  verbose: { type: 'boolean', describe: 'every phase and line of builds on stderr', default: false },
} as const satisfies Record<string, Options>;

export const taskFlags = {
  tasks: { type: 'string', array: true, describe: 'only tasks that match a glob', requiresArg: true },
  exclude: { type: 'string', array: true, describe: 'without tasks that match a glob', requiresArg: true },
  limit: { type: 'number', describe: 'only the first N tasks', requiresArg: true },
} as const satisfies Record<string, Options>;

export const sandboxFlags = {
  'image-map': {
    type: 'string',
    array: true,
    describe: 'FROM=TO: use another image for one that is named',
    requiresArg: true,
  },
  network: {
    choices: ['none', 'gateway', 'allowlist', 'public'],
    describe: 'network of the sandboxes',
    requiresArg: true,
  },
  'keep-containers': {
    type: 'boolean',
    describe: 'leave the containers for a look; `evalrun clean` removes them',
    default: false,
  },
  'allow-host-env': {
    type: 'boolean',
    describe: "fill host variables that a task's environment names",
    default: false,
  },
} as const satisfies Record<string, Options>;

export const budgetFlags = {
  'budget-usd': {
    type: 'number',
    describe: 'US dollars that the run may cost; exit 5 when spent',
    requiresArg: true,
  },
  'budget-tokens': {
    type: 'number',
    describe: 'input and output tokens that the run may take; exit 5 when spent',
    requiresArg: true,
  },
} as const satisfies Record<string, Options>;

export const runFlags = {
  suite: {
    type: 'string',
    describe: 'a suite of suites/, or the path of a suite file',
    requiresArg: true,
  },
  dataset: {
    type: 'string',
    describe: 'NAME, FORMAT:PATH or a folder instead of a suite',
    requiresArg: true,
  },
  model: { type: 'string', array: true, describe: 'model alias, several with commas', requiresArg: true },
  agent: { type: 'string', array: true, describe: 'agent, several with commas', requiresArg: true },
  'agent-command': {
    type: 'string',
    describe: 'what --agent command runs in the container, by sh -c (see docs/agents.md)',
    requiresArg: true,
  },
  'agent-mount': {
    type: 'string',
    array: true,
    describe: 'HOST:PATH: a folder that --agent command sees read-only in the container',
    requiresArg: true,
  },
  provider: { type: 'string', describe: 'openai, simulated, or another of models.yaml', requiresArg: true },
  transport: {
    choices: ['websocket', 'sse', 'chat'],
    describe: "instead of the model's own",
    requiresArg: true,
  },
  effort: { type: 'string', describe: "reasoning effort instead of the model's own", requiresArg: true },
  attempts: { type: 'number', describe: 'repeats of each task and arm', requiresArg: true },
  jobs: { type: 'number', describe: 'trials at a time', requiresArg: true },
  seed: { type: 'number', describe: 'seed of everything drawn', requiresArg: true },
  'timeout-multiplier': { type: 'number', describe: 'of every time limit', requiresArg: true },
  ...budgetFlags,
  record: { type: 'string', describe: 'folder to keep every model exchange in', requiresArg: true },
  replay: { type: 'string', describe: 'folder of recorded exchanges to answer from', requiresArg: true },
  'time-scale': {
    type: 'number',
    describe: 'of a replay: 1 the recorded pace (default), 0 as fast as it goes',
    requiresArg: true,
  },
  'replay-strict': {
    type: 'boolean',
    describe: 'refuse requests that are not to the letter as recorded',
    default: false,
  },
  'run-id': { type: 'string', describe: 'name of the run instead of a made one', requiresArg: true },
  'skip-refused': {
    type: 'boolean',
    describe: 'leave out, and record, tasks that cannot run here',
    default: false,
  },
  'dry-run': { type: 'boolean', describe: 'print the plan and stop', default: false },
} as const satisfies Record<string, Options>;

export const reportFlags = {
  formats: {
    type: 'string',
    array: true,
    describe: 'of json, markdown, csv, png and html; all by default',
    requiresArg: true,
  },
  seed: { type: 'number', describe: 'of what the statistics draw', default: 1, requiresArg: true },
  split: {
    type: 'boolean',
    describe: "trials' pages in files beside the HTML file [default: where they are large]",
  },
  output: { type: 'string', describe: 'folder to write to instead of one in the reports', requiresArg: true },
} as const satisfies Record<string, Options>;

/** `--model a,b --model c` as one list; undefined when the flag was not given. */
export function listOf(values: readonly string[] | undefined): string[] | undefined {
  const list = values
    ?.flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
  return list === undefined || list.length === 0 ? undefined : list;
}
