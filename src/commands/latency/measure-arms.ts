import type { ModelProfile } from '../../domain/model.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import type {
  ConversationItem,
  InferenceClient,
  InferenceSession,
  ModelAnswer,
  ModelRequest,
} from '../../inference/client.ts';
import { latencyTask } from '../../inference/simulator/play-latency.ts';
import { seededRandom } from '../../lib/random.ts';
import type { MeasuredArm } from './arm-figures.ts';
import { instructions, nextInput, tools } from './round-trip-prompts.ts';

export interface MeasureOptions {
  readonly client: InferenceClient;
  /** A model and its transport each. */
  readonly models: readonly ModelProfile[];
  readonly rounds: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onRecord: (record: RequestRecord) => void;
  readonly onRound: (round: number) => void;
}

/**
 * One request of every arm, then the next of every arm, one at a time: what drifts on the host, on the way or at
 * the provider hits all arms alike. The order within a round is drawn, so that no arm always follows the same other.
 */
export async function measureArms(options: MeasureOptions): Promise<readonly MeasuredArm[]> {
  const arms = options.models.map((model) => new Arm(model, options));
  try {
    const random = seededRandom(options.seed, 'order');
    for (let round = 0; round <= options.rounds && !options.signal.aborted; round += 1) {
      options.onRound(round);
      for (const arm of shuffled(arms, random)) await arm.next();
    }
    return arms.map((arm) => arm.measured());
  } finally {
    for (const arm of arms) await arm.close();
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** One conversation that grows by a call and its result each round. */
class Arm {
  readonly #options: MeasureOptions;
  readonly #model: ModelProfile;
  readonly #session: InferenceSession;
  readonly #records: RequestRecord[] = [];
  #request: ModelRequest;
  #round = 0;
  #endedBy: string | undefined;

  constructor(model: ModelProfile, options: MeasureOptions) {
    this.#options = options;
    this.#model = model;
    const trialId = `latency.${model.alias}.${model.transport}`;
    const { rounds, seed } = options;
    this.#session = options.client.openSession({
      model,
      trialId,
      metadata: {
        task: latencyTask,
        step: 'main',
        attempt: '1',
        model: model.alias,
        trial: trialId,
        rounds: String(rounds + 1),
      },
      onRecord: (record) => {
        this.#records.push(record);
        options.onRecord(record);
      },
    });
    this.#request = { instructions, input: nextInput([], 0, seed), tools };
  }

  /** After a failure that retries did not mend an arm is over; the others go on. */
  async next(): Promise<void> {
    if (this.#endedBy !== undefined || this.#options.signal.aborted) return;
    const answer = await this.#session.respond(this.#request, { signal: this.#options.signal });
    if (answer.status !== 'completed') {
      this.#endedBy = reasonOf(answer);
      return;
    }
    this.#round += 1;
    const input: readonly ConversationItem[] = [...this.#request.input, ...answer.items];
    const added = nextInput(answer.items, this.#round, this.#options.seed);
    this.#request = { ...this.#request, input: [...input, ...added] };
  }

  measured(): MeasuredArm {
    return { model: this.#model, records: this.#records, endedBy: this.#endedBy };
  }

  async close(): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

function reasonOf(answer: Exclude<ModelAnswer, { status: 'completed' }>): string {
  switch (answer.status) {
    case 'failed':
      return `${answer.error.kind}: ${answer.error.message}`;
    case 'incomplete':
      return `the answer was cut: ${answer.reason}`;
    case 'refused':
      return `the model refused: ${answer.message}`;
    case 'aborted':
      return 'interrupted';
    default:
      return answer satisfies never;
  }
}
