import { type JUnitCase, type JUnitOutcome, type JUnitSuite, junitXml } from '../junit.ts';
import type { GateLatency, GateResult, GateTaskResult } from './gate-result.ts';
import {
  accuracyLines,
  confirmationLines,
  heading,
  type Line,
  latencyText,
  scoreText,
} from './gate-sentences.ts';

/** The gate's own rules as one suite, then one a dataset with a case for each of its tasks. */
export function gateJunit(result: GateResult): string {
  const byDataset = Map.groupBy(result.tasks, ({ dataset }) => dataset);
  const suites = [...byDataset].map(([dataset, tasks]) => ({
    name: dataset,
    properties: propertiesOf(result),
    cases: tasks.map(taskCase),
  }));
  return junitXml(heading(result), [rulesSuite(result), ...suites]);
}

function propertiesOf({ baseline, candidate, simulated, verdict }: GateResult): Record<string, string> {
  return { baseline: baseline.runId, candidate: candidate.runId, simulated: String(simulated), verdict };
}

function rulesSuite(result: GateResult): JUnitSuite {
  const { accuracy, latency, settings } = result;
  const said = textOf([...accuracyLines(result), ...confirmationLines(result)]);
  const latencyCases = (['ttft', 'time'] as const).map((metric) => ({
    name: `latency: ${metric}`,
    className: 'gate',
    outcome: latencyOutcome(latency[metric], metric === settings.metric, result),
    output: latencyText(latency[metric], settings),
  }));
  const cases: JUnitCase[] = [
    {
      name: 'accuracy',
      className: 'gate',
      outcome: verdictOutcome(accuracy.verdict, accuracy.reason, said),
      output: said,
    },
    ...latencyCases,
  ];
  return { name: 'gate', properties: propertiesOf(result), cases };
}

function textOf(lines: readonly Line[]): string {
  return lines.map(({ what, text }) => (what === '' ? text : `${what}: ${text}`)).join('\n');
}

/** Inconclusive breaks no build, and must not look like a pass either. */
function verdictOutcome(verdict: GateResult['verdict'], reason: string, text: string): JUnitOutcome {
  if (verdict === 'pass') return { status: 'passed' };
  if (verdict === 'inconclusive') return { status: 'skipped', message: `inconclusive: ${reason}` };
  return { status: 'failure', type: 'gate', message: reason, text };
}

function latencyOutcome(result: GateLatency, isGated: boolean, { settings }: GateResult): JUnitOutcome {
  if (result.status === 'refused') return { status: 'skipped', message: result.reason };
  if (!isGated) return { status: 'skipped', message: `not gated: ${result.verdict}` };
  return verdictOutcome(result.verdict, result.reason, latencyText(result, settings));
}

function taskCase(task: GateTaskResult): JUnitCase {
  const { id, dataset, seconds } = task;
  return {
    name: id,
    className: dataset,
    ...(seconds === undefined ? {} : { seconds }),
    outcome: taskOutcome(task),
    output: `baseline: ${scoreText(task.baseline)}; candidate: ${scoreText(task.candidate)}`,
  };
}

function taskOutcome({
  state,
  change,
  quarantine,
  baseline,
  candidate,
  problem,
}: GateTaskResult): JUnitOutcome {
  if (quarantine !== undefined) {
    const { reason, owner, expires } = quarantine;
    return { status: 'skipped', message: `quarantined until ${expires} (${owner}): ${reason}` };
  }
  if (candidate?.judged === 0 && problem !== undefined) {
    return { status: 'error', type: 'no-verdict', message: problem };
  }
  if (state !== 'counted') return { status: 'skipped', message: state.replaceAll('-', ' ') };
  if (change !== 'regressed') return { status: 'passed' };
  const message = `baseline ${scoreText(baseline)}, candidate ${scoreText(candidate)}`;
  return { status: 'failure', type: 'regression', message };
}
