import { EvalrunError, messageOf } from '../../domain/errors.ts';
import { DifferenceCount, type Differences } from './difference-count.ts';
import { type AskedRequest, type Found, PlayedTry } from './played-try.ts';
import { type Cassette, readTry, type StoredExchange } from './read-cassette.ts';
import { textDifferences } from './text-differences.ts';
import { triesToPlay } from './tries-to-play.ts';

interface PlayingTrial {
  played: PlayedTry;
  /** Settled when the recording has been read; never rejects. */
  ready: Promise<void>;
  failure: string | undefined;
}

export interface TrialRequest extends AskedRequest {
  readonly trialId: string;
}

/** What of a cassette has been played to whom: the whole state of a replay, without its sockets. */
export class Replay {
  readonly #cassette: Cassette;
  readonly #strict: boolean;
  readonly #trials = new Map<string, PlayingTrial>();
  readonly #begun = new Map<string, number>();
  readonly #count = new DifferenceCount();

  constructor(cassette: Cassette, strict: boolean) {
    this.#cassette = cassette;
    this.#strict = strict;
  }

  /** Reads the next recorded try; one that cannot be read fails the requests of this trial, not the others. */
  async beginTry(trialId: string): Promise<void> {
    await this.#begin(trialId).ready;
  }

  /** Why the try cannot be scored; undefined where it was played as recorded. */
  async endTry(trialId: string): Promise<string | undefined> {
    const trial = this.#trials.get(trialId);
    this.#trials.delete(trialId);
    await trial?.ready;
    if (trial === undefined || trial.failure !== undefined) return trial?.failure;
    const { notAskedFor } = trial.played;
    this.#count.addNotAskedFor(notAskedFor);
    if (!this.#strict || notAskedFor === 0) return undefined;
    return `the replay of ${trialId} differs: ${notAskedFor} recorded requests were not asked for (--replay-strict)`;
  }

  differences(): Differences {
    return this.#count.toJSON();
  }

  /** The recorded exchange that answers a request; what does not match also fails its try. */
  async find(asked: TrialRequest): Promise<Found & { readonly hasLater: boolean }> {
    const trial = await this.#playing(asked.trialId);
    if (trial.failure !== undefined) return { ...mismatch(trial.failure), hasLater: false };
    const found = this.#checked(trial.played.take(asked), asked);
    if (found.kind === 'exchange') return { ...found, hasLater: trial.played.hasLater(found.exchange) };
    trial.failure = `the replay of ${asked.trialId} does not match its recording: ${found.message}`;
    return { ...mismatch(trial.failure), hasLater: false };
  }

  /** A connection that could not be made when it was recorded. */
  async findAttempt(asked: Omit<TrialRequest, 'body'>): Promise<StoredExchange | undefined> {
    const trial = await this.#playing(asked.trialId);
    return trial.failure === undefined ? trial.played.takeAttempt(asked) : undefined;
  }

  #checked(found: Found, { trialId, body }: TrialRequest): Found {
    if (found.kind === 'mismatch') return found;
    const { exchange } = found;
    const differences = textDifferences(exchange.body, body);
    this.#count.add(trialId, exchange.number, differences);
    const [first] = differences;
    if (!this.#strict || first === undefined) return found;
    return mismatch(
      `request ${exchange.number}: ${first.where} differs (${first.kind}), which --replay-strict refuses`,
    );
  }

  async #playing(trialId: string): Promise<PlayingTrial> {
    const trial = this.#trials.get(trialId) ?? this.#begin(trialId);
    await trial.ready;
    return trial;
  }

  #begin(trialId: string): PlayingTrial {
    const at = this.#begun.get(trialId) ?? 0;
    this.#begun.set(trialId, at + 1);
    const trial: PlayingTrial = {
      played: new PlayedTry([]),
      ready: Promise.resolve(),
      failure: undefined,
    };
    trial.ready = this.#load(trialId, at).then(
      (played) => {
        trial.played = played;
      },
      (error: unknown) => {
        trial.failure = messageOf(error);
      },
    );
    this.#trials.set(trialId, trial);
    return trial;
  }

  /** A try more than were recorded plays the last again. */
  async #load(trialId: string, at: number): Promise<PlayedTry> {
    const tries = triesToPlay(this.#cassette.tries.get(trialId) ?? []);
    const recorded = tries[at] ?? tries.at(-1);
    if (recorded === undefined) {
      throw new EvalrunError(`there is no recording of ${trialId} in ${this.#cassette.folder}`, {
        code: 'usage',
      });
    }
    return new PlayedTry(await readTry(this.#cassette.folder, recorded));
  }
}

function mismatch(message: string): Found & { readonly kind: 'mismatch' } {
  return { kind: 'mismatch', message };
}
