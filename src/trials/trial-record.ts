import { costUsd } from '../domain/model.ts';
import type { Outcome } from '../domain/outcome.ts';
import { type TrialRecord, trialRecordSchemaVersion, type WorkingStyle } from '../domain/record.ts';
import { type RequestRecord, ttftUs } from '../domain/request-record.ts';
import type { PlannedTrial } from '../domain/trial.ts';
import type { PreparedImage } from '../sandbox/sandbox.ts';
import type { Try } from '../scheduler/run-all.ts';
import { median } from '../statistics/percentile.ts';
import type { AgentStation } from './agent-station.ts';
import { ledgerOf } from './ledger.ts';
import type { ScrubProof } from './scrub-repository.ts';
import type { StepResult } from './step-results.ts';
import type { TrialDependencies } from './trial-dependencies.ts';
import type { TrialLog } from './trial-log.ts';

export interface EndedTry {
  readonly trial: PlannedTrial;
  readonly attempt: Try;
  readonly outcome: Outcome;
  readonly startUs: number;
  readonly endUs: number;
  readonly startedAt: string;
  readonly folder: string;
  readonly agent: AgentStation;
  readonly log: TrialLog;
  readonly steps: readonly StepResult[];
  readonly image: PreparedImage | undefined;
  readonly scrub: ScrubProof | undefined;
  readonly style: WorkingStyle | undefined;
}

/** The line of trials.jsonl; whether it is the trial's final one is for the caller to say. */
export function trialRecordOf(ended: EndedTry, dependencies: TrialDependencies): TrialRecord {
  const { trial, agent } = ended;
  const { task } = trial;
  const model = dependencies.modelOf(trial.arm);
  const cost = agent.requests.length === 0 ? undefined : costUsd(agent.usage, model?.prices);
  return {
    schemaVersion: trialRecordSchemaVersion,
    runId: dependencies.runId,
    trialId: trial.id,
    taskId: task.id,
    taskHash: task.hash,
    dataset: task.dataset.name,
    ...(task.difficulty === undefined ? {} : { difficulty: task.difficulty }),
    ...(task.category === undefined ? {} : { category: task.category }),
    ...(task.language === undefined ? {} : { language: task.language }),
    ...(task.group === undefined ? {} : { group: task.group }),
    arm: trial.arm,
    attempt: trial.attempt,
    try: ended.attempt.number,
    final: false,
    simulated: model?.provider.kind === 'simulated',
    seed: dependencies.seed,
    startedAt: ended.startedAt,
    endedAt: new Date(dependencies.clock.wallMs()).toISOString(),
    outcome: ended.outcome,
    ...(task.steps.length === 1 ? {} : { steps: ended.steps.map(stepLine) }),
    queueUs: ended.startUs - ended.attempt.queuedUs,
    wallUs: ended.endUs - ended.startUs,
    ledger: ledgerOf(ended.log.spans, ended.startUs, ended.endUs),
    ...(agent.wallUs === undefined
      ? {}
      : { agentWallUs: agent.wallUs, agentWorkingUs: agent.wallUs - agent.backoffUs }),
    ...(agent.message === undefined ? {} : { agentMessage: agent.message.slice(0, 4000) }),
    turns: agent.turns,
    toolCalls: agent.trajectory.reduce((sum, step) => sum + (step.toolCalls?.length ?? 0), 0),
    requests: {
      completed: agent.requests.filter(({ status }) => status === 'completed' || status === 'incomplete')
        .length,
      failed: agent.requests.filter(({ status }) => status === 'failed').length,
    },
    usage: agent.usage,
    ...(agent.networkUse === undefined ? {} : { network: agent.networkUse }),
    ...(cost === undefined ? {} : { costUsd: cost }),
    ttft: ttftOf(agent.requests),
    ...(agent.intervention === undefined ? {} : { intervention: agent.intervention }),
    ...(ended.style === undefined ? {} : { style: ended.style }),
    ...(ended.image === undefined ? {} : { image: imageLine(ended.image) }),
    ...(ended.scrub === undefined ? {} : { scrub: ended.scrub }),
    notes: ended.log.notes,
    folder: ended.folder,
  };
}

function stepLine({ name, ending, rewards, skipped }: StepResult): NonNullable<TrialRecord['steps']>[number] {
  return {
    name,
    ...(ending === undefined ? {} : { ending }),
    ...(rewards === undefined ? {} : { rewards }),
    skipped,
  };
}

function imageLine({ name, digest, standIns }: PreparedImage): NonNullable<TrialRecord['image']> {
  return { name, digest, standIns: standIns.map(({ from, to }) => ({ from, to })) };
}

/** Over the turns that brought a token; prewarm and compaction are no turns. */
function ttftOf(requests: readonly RequestRecord[]): TrialRecord['ttft'] {
  const times = requests
    .filter(({ kind, status }) => kind === 'turn' && status !== 'failed')
    .map(ttftUs)
    .filter((time) => time !== undefined);
  const [first] = times;
  const middle = median(times);
  if (first === undefined || middle === undefined) return { n: 0 };
  return { firstUs: first, medianUs: Math.round(middle), n: times.length };
}
