/** A gate's result in words: the same sentences on the terminal, in Markdown and in JUnit. */
import { armName } from '../../domain/arm.ts';
import { someOf } from './comparable.ts';
import type { GateFigure, GateLatency, GateResult, GateTaskResult } from './gate-result.ts';

export interface Line {
  readonly what: string;
  readonly text: string;
}

export function heading({ verdict, simulated, title }: GateResult): string {
  return `${simulated ? 'SIMULATED · ' : ''}gate: ${verdict.toUpperCase()} · ${title}`;
}

export function sideLines({ baseline, candidate, differs }: GateResult): Line[] {
  return [
    { what: 'baseline', text: sideText(baseline) },
    { what: 'candidate', text: sideText(candidate) },
    ...differs.map((text) => ({ what: 'differs', text })),
  ];
}

function sideText({
  kind,
  name,
  runId,
  savedAt,
  hash,
  arm,
  modelName,
  importedFrom,
}: GateResult['baseline']): string {
  const frozen = kind === 'baseline' ? `${name}, saved ${savedAt}, ${hash?.slice(0, 19)}, from ` : '';
  const model = modelName === undefined ? '' : ` (${modelName})`;
  return `${frozen}run ${runId}: ${armName(arm)}${model}${importedFrom === undefined ? '' : `, imported from ${importedFrom}`}`;
}

export function accuracyLines({ accuracy, settings, tasks }: GateResult): Line[] {
  const { verdict, reason, counts, pairsToDecide } = accuracy;
  return [
    { what: 'accuracy', text: `${verdict.toUpperCase()}: ${reason}` },
    ...(accuracy.difference === undefined ? [] : [{ what: '', text: differenceText(accuracy, settings) }]),
    ...(counts === undefined
      ? []
      : [
          {
            what: '',
            text: `${accuracy.tasks} tasks: both resolved ${counts.both}, the baseline alone ${counts.baselineOnly}, the candidate alone ${counts.candidateOnly}, none ${counts.neither}`,
          },
        ]),
    ...leftOutTexts(tasks).map((text) => ({ what: '', text })),
    ...(pairsToDecide === undefined
      ? []
      : [{ what: 'to decide', text: toDecideText(accuracy, pairsToDecide) }]),
  ];
}

function differenceText(
  { baselineRate, candidateRate, difference, limits, limitsBy, p }: GateResult['accuracy'],
  { alpha, margin }: GateResult['settings'],
): string {
  const rates = `baseline ${percentText(baselineRate ?? 0)}, candidate ${percentText(candidateRate ?? 0)}`;
  const interval =
    limits === undefined
      ? ''
      : ` [${pointsText(limits.low)}, ${pointsText(limits.high)}] by ${limitsBy}, each limit at alpha ${alpha}`;
  const chance = p === undefined ? '' : `; one-sided p ${chanceText(p)}`;
  return `${rates}: ${pointsText(difference ?? 0)}${interval}${chance}; margin ${percentText(margin)}`;
}

function toDecideText({ tasks, design }: GateResult['accuracy'], pairs: GateFigure): string {
  if (pairs.status === 'refused') return `how many trials would: unknown (${pairs.reason})`;
  const needed = Math.ceil(pairs.value);
  const about = design === 'repeated' ? 'about ' : '';
  return design === 'single' && needed <= tasks
    ? 'another night of this size would decide it with a chance of 80 % or more, if tonight’s rates are the true ones'
    : `${about}${needed} pairs of trials in all would, with a chance of 80 % if tonight’s rates are the true ones`;
}

const states: readonly (readonly [GateTaskResult['state'], string])[] = [
  ['quarantined', 'quarantined, run and shown but not counted'],
  ['without-verdict', 'without a verdict on one side, not counted'],
  ['only-in-baseline', 'not tried by the candidate, not counted'],
  ['only-in-candidate', 'not in the baseline, not counted'],
];

function leftOutTexts(tasks: readonly GateTaskResult[]): string[] {
  return states.flatMap(([state, text]) => {
    const ids = tasks.filter((task) => task.state === state).map(({ id }) => id);
    return ids.length === 0 ? [] : [`${ids.length} ${text}: ${someOf(ids)}`];
  });
}

export function latencyLines({ latency, settings }: GateResult): Line[] {
  const names = { ttft: 'time to first token', time: 'time to answer, tasks that both resolved' } as const;
  return (['ttft', 'time'] as const).map((metric) => {
    const counted = metric === settings.metric ? '' : ' (shown, not gated)';
    return {
      what: metric === 'ttft' ? 'latency' : '',
      text: `${names[metric]}${counted}: ${latencyText(latency[metric], settings)}`,
    };
  });
}

export function latencyText(
  result: GateLatency,
  { latencyMargin, latencyFloorMs }: GateResult['settings'],
): string {
  if (result.status === 'refused') return `not measured: ${result.reason}`;
  const { verdict, reason, ratio, limits, tasks, medianSlowdownMs, controlRatio } = result;
  const figures = [
    ...(ratio === undefined ? [] : [`candidate / baseline ${ratio.toFixed(3)}${limitsText(limits)}`]),
    `${tasks} tasks`,
    `median difference ${medianSlowdownMs.toFixed(0)} ms`,
    ...(controlRatio === undefined ? [] : [`A/A ratio ${controlRatio.toFixed(3)}`]),
    `margin ${latencyMargin}, floor ${latencyFloorMs} ms`,
  ];
  return `${verdict.toUpperCase()}: ${reason} (${figures.join('; ')})`;
}

function limitsText(limits: { readonly low: number; readonly high: number } | undefined): string {
  return limits === undefined ? '' : ` [${limits.low.toFixed(3)}, ${limits.high.toFixed(3)}]`;
}

export function strengthLines({ strength, flips, settings, accuracy }: GateResult): Line[] {
  const { smallestDrop, size, sizeBy, healthyPasses, falseAlarm, falseAlarmNote } = strength;
  const atAlpha = `at alpha ${settings.alpha}`;
  return [
    {
      what: 'could see',
      text: smallestDropText(smallestDrop, `${accuracy.tasks} tasks${flipSource(strength)}`),
    },
    { what: 'flip rate', text: flipsText(flips) },
    {
      what: 'size',
      text: figureText(
        size,
        (value) =>
          `an unchanged candidate fails with a chance of ${smallPercent(value)} (the whole accuracy rule ${atAlpha}, ${sizeBy === 'sign flips' ? 'by turning the signs of tonight’s differences' : sizeBy})`,
      ),
    },
    {
      what: 'passes',
      text: figureText(
        healthyPasses,
        (value) => `an unchanged candidate passes with a chance of ${percentText(value)}`,
      ),
    },
    {
      what: 'false alarms',
      text: figureText(
        falseAlarm,
        (value) =>
          `a chance of ${smallPercent(value)} for one or more in ${settings.nights} nights, ${falseAlarmNote}`,
      ),
    },
  ];
}

function smallestDropText(drop: GateFigure, by: string): string {
  return drop.status === 'refused'
    ? `no drop with a chance of 80 % (${by}): ${drop.reason}`
    : `the smallest true drop that fails with a chance of 80 % is ${percentText(drop.value)} (${by})`;
}

function flipSource({ flipRate, flipRateFrom }: GateResult['strength']): string {
  if (flipRate.status === 'refused') return ', normal approximation over repeats';
  const source = flipRateFrom === 'measured' ? 'measured by A/A' : 'assumed: the share that differs tonight';
  return `, ${percentText(flipRate.value)} flips, ${source}`;
}

function flipsText(flips: GateResult['flips']): string {
  if (flips.status === 'not-measured') return `A/A: not measured (${flips.reason})`;
  const { rate, interval, tasks, runs } = flips;
  const range =
    interval === undefined ? '' : ` [${percentText(interval.low)}, ${percentText(interval.high)}]`;
  return `A/A: ${percentText(rate)}${range} of ${tasks} tasks, runs ${runs.join(' and ')}`;
}

function figureText(figure: GateFigure, text: (value: number) => string): string {
  return figure.status === 'refused' ? `not known: ${figure.reason}` : text(figure.value);
}

/** Two digits that mean something, however small. */
function smallPercent(share: number): string {
  return share === 0 ? '0 %' : `${Number((share * 100).toPrecision(2))} %`;
}

export function confirmationLines({ confirmation }: GateResult): Line[] {
  if (confirmation === undefined) return [];
  const { baseline, runs, discordant, concordant, pairs, baselineOnly, candidateOnly, p, confirmed } =
    confirmation;
  const against =
    baseline === 'fresh'
      ? 'both sides run again'
      : 'the candidate run again, against the kept verdicts of the baseline';
  return [
    {
      what: 'confirmation',
      text: `${confirmed ? 'confirmed' : 'NOT confirmed'}: ${against}, on ${discordant} tasks that differed and ${concordant} that did not (runs ${runs.join(', ')})`,
    },
    {
      what: '',
      text: `${pairs} fresh pairs: the baseline alone ${baselineOnly}, the candidate alone ${candidateOnly}, one-sided p ${chanceText(p)}; no result is replaced by them`,
    },
  ];
}

export function warningLines({ warnings }: GateResult): Line[] {
  return warnings.map((text) => ({ what: 'warning', text }));
}

export function quarantineLines({ tasks }: GateResult): Line[] {
  return tasks.flatMap(({ id, quarantine, baseline, candidate }) => {
    if (quarantine === undefined) return [];
    const { reason, owner, expires } = quarantine;
    return [
      {
        what: 'quarantine',
        text: `${id}: ${scoreText(baseline)}, candidate ${scoreText(candidate)} (${reason}; ${owner}, until ${expires})`,
      },
    ];
  });
}

export function scoreText(score: GateTaskResult['baseline']): string {
  if (score === undefined) return 'not tried';
  if (score.judged === 0) return 'no verdict';
  if (score.judged > 1) return `${score.resolved} of ${score.judged}`;
  return score.resolved === 1 ? 'resolved' : 'unresolved';
}

/** With plain spaces and signs, which a log can be searched for. */
function percentText(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

function pointsText(share: number): string {
  return `${share > 0 ? '+' : ''}${Number((share * 100).toFixed(1))} points`;
}

function chanceText(p: number): string {
  return p < 0.0001 ? '< 0.0001' : String(Number(p.toPrecision(2)));
}
