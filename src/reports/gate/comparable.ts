import { armName } from '../../domain/arm.ts';
import { EvalrunError } from '../../domain/errors.ts';
import { type GateSide, missingIn, transportOf } from './gate-side.ts';

/** What imported results have in place of a hash where their system knows none. */
const byName = 'name:';
const namedInFull = 5;

/** Throws EvalrunError('usage') where a verdict on the two would be about something else than the candidate. */
export function refuseIncomparable(baseline: GateSide, candidate: GateSide): void {
  if (baseline.simulated !== candidate.simulated) {
    const [simulated, real] = baseline.simulated ? ['baseline', 'candidate'] : ['candidate', 'baseline'];
    throw usage(`the ${simulated} is simulated and the ${real} is not: no gate mixes them`);
  }
  if (baseline.runId === candidate.runId && armName(baseline.arm) === armName(candidate.arm)) {
    throw usage(`run ${baseline.runId} is baseline and candidate at once; name two runs or two models`);
  }
  const others = new Map(baseline.tasks.map(({ id, hash }) => [id, hash]));
  const shared = candidate.tasks.filter(({ id }) => others.has(id));
  if (shared.length === 0) throw usage('the candidate has none of the baseline’s tasks');
  const changed = shared.filter(({ id, hash }) => differ(others.get(id) ?? '', hash)).map(({ id }) => id);
  if (changed.length === 0) return;
  throw usage(
    `${changed.length} of ${shared.length} tasks are not the same as in the baseline (${someOf(changed)}): ` +
      'their files have changed; save a new baseline, or leave them out of both',
  );
}

function differ(a: string, b: string): boolean {
  return a !== b && !a.startsWith(byName) && !b.startsWith(byName);
}

export function someOf(names: readonly string[]): string {
  const rest = names.length - namedInFull;
  return names.slice(0, namedInFull).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** What the two do not have in common, beside the time: a reader must know what a drop may come from. */
export function differences(baseline: GateSide, candidate: GateSide): string[] {
  return Object.entries(facts(baseline)).flatMap(([what, before]) => {
    const after = facts(candidate)[what];
    return before === after ? [] : [`${what}: ${before ?? 'none'}, candidate ${after ?? 'none'}`];
  });
}

function facts(side: GateSide): Record<string, string | undefined> {
  const { model, agent, arm, evalrun, host } = side;
  return {
    agent: `${arm.agent} ${agent.version}${agent.command === undefined ? '' : ` (${agent.command})`}`,
    model: arm.model === undefined ? undefined : `${arm.model} (${model?.model ?? 'unknown'})`,
    provider: model?.provider,
    effort: arm.effort ?? model?.effort,
    transport: transportOf(side),
    'attempts of each task': String(side.attempts),
    suite: `${side.suite.name}${side.suite.hash === '' ? '' : ` ${side.suite.hash.slice(0, 19)}`}`,
    evalrun: [evalrun.version, evalrun.commit?.slice(0, 12)].filter((part) => part !== undefined).join(' '),
    host: host === undefined ? undefined : `${host.cores} × ${host.cpu}`,
    'measured by': side.importedFrom ?? 'evalrun',
  };
}

/** What makes the comparison weaker than it looks. */
export function comparisonWarnings(baseline: GateSide, candidate: GateSide): string[] {
  const others = new Map(baseline.tasks.map(({ id, hash }) => [id, hash]));
  const named = candidate.tasks.filter(({ id, hash }) => {
    const other = others.get(id);
    return other !== undefined && (hash.startsWith(byName) || other.startsWith(byName));
  }).length;
  return [
    ...(named === 0 ? [] : [`${named} tasks are matched by name alone: their files have no known hash`]),
    ...weaknesses('baseline', baseline),
    ...weaknesses('candidate', candidate),
  ];
}

function weaknesses(role: string, side: GateSide): string[] {
  const missing = missingIn(side);
  return [
    ...(side.state === 'finished' ? [] : [`the ${role} is not a finished run: it is ${side.state}`]),
    ...(missing === 0 ? [] : [`${missing} planned trials of the ${role} have no record`]),
  ];
}

function usage(message: string): EvalrunError {
  return new EvalrunError(message, { code: 'usage' });
}
