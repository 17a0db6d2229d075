import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { armName } from '../../domain/arm.ts';
import { EvalrunError } from '../../domain/errors.ts';
import {
  type Baseline,
  makeBaseline,
  readBaseline,
  writeBaseline,
} from '../../reports/gate/baseline-file.ts';
import { type GateSide, missingIn, scoreOf } from '../../reports/gate/gate-side.ts';
import type { CommandContext } from '../command.ts';
import { baselinePath, loadRunSide, type Places } from './load-sides.ts';

export interface BaselineArguments {
  readonly action: string;
  readonly name?: string | undefined;
  readonly run: string;
  readonly model?: string | undefined;
  readonly agent?: string | undefined;
  readonly force: boolean;
  readonly results: string;
  readonly json: boolean;
}

export async function runBaselineAction(args: BaselineArguments, context: CommandContext): Promise<number> {
  const places = { cwd: context.cwd, results: resolve(context.cwd, args.results) };
  switch (args.action) {
    case 'save':
      return save(args, places, context);
    case 'list':
      return list(args, places, context);
    case 'show':
      return show(args, places, context);
    default:
      throw usage(`baseline ${args.action}: the actions are save, list and show`);
  }
}

async function save(args: BaselineArguments, places: Places, context: CommandContext): Promise<number> {
  const { run, model, agent, force } = args;
  const path = baselinePath(places, nameOf(args));
  if (!force && (await stat(path).catch(() => undefined)) !== undefined) {
    throw usage(`${path} is frozen; give another name, or --force to replace it`);
  }
  const { named, warnings } = await loadRunSide(
    run,
    () => ({ model, agent, flag: '--model or --agent' }),
    places,
  );
  refuseUnfit(named.side, force);
  const baseline = makeBaseline(nameOf(args), new Date(), named.side);
  const sizeBytes = await writeBaseline(path, baseline);
  for (const warning of warnings) context.stderr.write(`warning: ${warning}\n`);
  const shown = relative(context.cwd, path);
  context.stdout.write(
    args.json
      ? `${JSON.stringify({ type: 'baseline', ...lineOf(baseline), file: shown, sizeBytes })}\n`
      : `${textOf(baseline)}\n${shown}: ${(sizeBytes / 1024).toFixed(1)} KiB\n`,
  );
  return 0;
}

/** A night that broke makes a low bar. */
function refuseUnfit(side: GateSide, force: boolean): void {
  const missing = missingIn(side);
  const problem =
    side.state === 'finished' ? `${missing} of its planned trials have no record` : `it is ${side.state}`;
  if (force || (side.state === 'finished' && missing === 0)) return;
  throw usage(`run ${side.runId} is no baseline: ${problem}; --force freezes it as it is`);
}

async function list(args: BaselineArguments, places: Places, context: CommandContext): Promise<number> {
  const folder = join(places.results, 'baselines');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
  for (const name of names) {
    const baseline = await readBaseline(join(folder, name));
    context.stdout.write(`${args.json ? JSON.stringify(lineOf(baseline)) : textOf(baseline)}\n`);
  }
  if (names.length === 0)
    context.stderr.write(`no baseline in ${folder}; save one with \`evalrun baseline save\`\n`);
  return 0;
}

async function show(args: BaselineArguments, places: Places, context: CommandContext): Promise<number> {
  const baseline = await readBaseline(baselinePath(places, nameOf(args)));
  if (args.json) {
    context.stdout.write(`${JSON.stringify(baseline)}\n`);
    return 0;
  }
  const rows = baseline.tasks.map(
    ({ id, attempts }) => `  ${id}  ${attempts.map(({ status }) => status).join(', ') || 'not tried'}`,
  );
  context.stdout.write(`${[textOf(baseline), ...rows].join('\n')}\n`);
  return 0;
}

function nameOf({ name, action }: BaselineArguments): string {
  if (name !== undefined) return name;
  throw usage(`baseline ${action} needs a name: evalrun baseline ${action} NAME`);
}

function lineOf(baseline: Baseline) {
  const { name, savedAt, hash, runId, simulated, suite, arm, attempts, tasks } = baseline;
  const scores = tasks.map(scoreOf);
  return {
    name,
    savedAt,
    hash,
    run: runId,
    simulated,
    suite: suite.name,
    arm,
    attempts,
    tasks: tasks.length,
    judged: scores.reduce((total, { judged }) => total + judged, 0),
    resolved: scores.reduce((total, { resolved }) => total + resolved, 0),
  };
}

function textOf(baseline: Baseline): string {
  const { name, savedAt, hash, run, simulated, suite, arm, tasks, judged, resolved } = lineOf(baseline);
  const label = simulated ? 'SIMULATED · ' : '';
  return `${name}: ${label}${suite}, ${armName(arm)}: ${resolved} of ${judged} trials resolved, ${tasks} tasks (run ${run}, saved ${savedAt}, ${hash.slice(0, 19)})`;
}

function usage(message: string): EvalrunError {
  return new EvalrunError(message, { code: 'usage' });
}
