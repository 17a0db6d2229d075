import type { RunEvent } from '../domain/events.ts';
import type { TrialRecord } from '../domain/record.ts';
import type { Progress, ProgressOptions } from './progress.ts';
import { shortTrialName } from './short-trial-name.ts';
import { Tally } from './tally.ts';

/** A line for each thing that happened, for pipes and logs. */
export function plainProgress({ stderr, verbose, nowMs }: ProgressOptions): Progress {
  const tally = new Tally();
  return {
    emit: (event) => {
      tally.take(event, nowMs());
      const line = lineOf(event, tally, verbose, nowMs());
      if (line !== undefined) stderr.write(`${line}\n`);
    },
    close: () => undefined,
  };
}

function lineOf(event: RunEvent, tally: Tally, verbose: boolean, nowMs: number): string | undefined {
  switch (event.type) {
    case 'run-start':
      return `${event.title}\n${event.trials} trials to run${event.finished > 0 ? `, ${event.finished} finished before` : ''}, results in ${event.folder}`;
    case 'notice':
      return event.message;
    case 'trial-retry':
      return retryLine(event);
    case 'trial-end':
      return `${endLine(event.record)}  [${tally.summary(nowMs)}]`;
    case 'trial-start':
      return verbose ? `${shortTrialName(event.trialId)}: started` : undefined;
    case 'trial-phase':
      return verbose ? `${shortTrialName(event.trialId)}: ${event.phase}` : undefined;
    case 'image-progress':
      return verbose ? `${shortTrialName(event.trialId)}: ${event.line}` : undefined;
    default:
      return undefined;
  }
}

export function retryLine({ trialId, afterMs, reason }: RunEvent & { type: 'trial-retry' }): string {
  return `${shortTrialName(trialId)}: tried again in ${Math.round(afterMs / 1000)} s (${reason})`;
}

/** One line that says how a try ended. */
export function endLine(record: TrialRecord): string {
  const { outcome } = record;
  const seconds = record.wallUs === undefined ? 'no times' : `${(record.wallUs / 1e6).toFixed(1)} s`;
  const name = shortTrialName(record.trialId);
  switch (outcome.status) {
    case 'judged': {
      const ending = outcome.ending === 'finished' ? '' : ` (${outcome.ending})`;
      return `${outcome.resolved ? 'resolved    ' : 'not resolved'} ${name} ${seconds}${ending}`;
    }
    case 'errored':
      return `errored      ${name} ${seconds} in ${outcome.phase}: ${outcome.message}`;
    case 'cancelled':
      return `cancelled    ${name} ${seconds} in ${outcome.phase}`;
    default:
      return outcome satisfies never;
  }
}
