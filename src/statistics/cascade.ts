/** Run the fast arm; run the deep one when a verifier says no. */
export interface Cascade {
  readonly fastTime: number;
  readonly deepTime: number;
  readonly fastAccuracy: number;
  /** Of tasks that the fast arm failed. */
  readonly deepAccuracyOnRest: number;
  /** How often the verifier passes a wrong answer: never 0 outside a benchmark's own tests. */
  readonly falsePassRate: number;
  /** How often it rejects a right answer; the deep arm is then assumed to get it right again. */
  readonly falseFailRate: number;
}

export interface CascadeOutcome {
  readonly meanTime: number;
  readonly accuracy: number;
  /** Share of tasks that go on to the deep arm. */
  readonly escalated: number;
}

/** Expected time = mean fast + P(escalated) x mean deep, with the verifier's real error rates. */
export function cascade(arms: Cascade): CascadeOutcome {
  const wrong = 1 - arms.fastAccuracy;
  const caught = wrong * (1 - arms.falsePassRate);
  const escalated = caught + arms.fastAccuracy * arms.falseFailRate;
  return {
    meanTime: arms.fastTime + escalated * arms.deepTime,
    accuracy: arms.fastAccuracy + caught * arms.deepAccuracyOnRest,
    escalated,
  };
}
