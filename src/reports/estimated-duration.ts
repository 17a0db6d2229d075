import { z } from 'zod';
import { isJudged, type ReportArm } from './report-arms.ts';

const figure = z.object({ value: z.number().positive() });
const profileSchema = z.object({
  ttftMedianMs: figure,
  tokensPerSecond: figure,
  roundTripOverheadMs: figure,
});

/**
 * A model of the duration, not a measurement, as OpenAI's chart of SWE-Bench Pro estimates it (Introducing
 * GPT-5.3-Codex-Spark, 2026-02-12): output tokens / speed + prefill + tool time + network. No prefill speed is
 * published: the median time to first token of each request stands for it. Mean over judged trials; undefined where the
 * run does not hold the model's figures.
 */
export function estimatedMinutes({ arm, loaded, trials }: ReportArm): number | undefined {
  const model = loaded.run.models.find(({ alias }) => alias === arm.model);
  const profile = profileSchema.safeParse(model?.simulation);
  if (!profile.success) return undefined;
  const { ttftMedianMs, tokensPerSecond, roundTripOverheadMs } = profile.data;
  const perTurn = (ttftMedianMs.value + roundTripOverheadMs.value) / 1000;
  const seconds = trials.filter(isJudged).flatMap(({ usage, turns, ledger }) => {
    const toolUs = ledger['tool'];
    if (usage === undefined || turns === undefined || toolUs === undefined) return [];
    return [usage.output / tokensPerSecond.value + turns * perTurn + toolUs / 1e6];
  });
  if (seconds.length === 0) return undefined;
  return seconds.reduce((sum, value) => sum + value, 0) / seconds.length / 60;
}
