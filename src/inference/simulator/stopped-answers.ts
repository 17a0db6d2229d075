import type { AnswerPlan } from './answer-plan.ts';

export interface SendStamps {
  readonly received: number;
  firstToken?: number;
  lastToken?: number;
  completed?: number;
}

/** Where the stamps of one trial's answers go that nobody read to their end. */
export interface TrialStamps {
  readonly keep: (stamps: SendStamps) => void;
  /** Those that were kept, once. */
  readonly take: () => SendStamps | undefined;
}

const mostTrials = 10_000;

/**
 * Stamps of answers whose reader left: they can no longer be sent with the answer itself, and go out with the
 * same trial's next one.
 */
export class StoppedAnswers {
  readonly #byTrial = new Map<string, SendStamps>();

  of({ metadata }: AnswerPlan): TrialStamps {
    const trial = metadata['trial'] ?? '';
    return {
      keep: (stamps) => this.#keep(trial, stamps),
      take: () => {
        const stamps = this.#byTrial.get(trial);
        this.#byTrial.delete(trial);
        return stamps;
      },
    };
  }

  #keep(trial: string, stamps: SendStamps): void {
    if (trial === '') return;
    this.#byTrial.set(trial, stamps);
    const [oldest] = this.#byTrial.keys();
    if (this.#byTrial.size > mostTrials && oldest !== undefined) this.#byTrial.delete(oldest);
  }
}
