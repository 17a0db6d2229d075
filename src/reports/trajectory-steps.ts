import { z } from 'zod';
import type { TrialPage } from './report-document.ts';
import type { TextLimit } from './text-limit.ts';

/** ATIF as far as a page shows it; lenient, since imported trajectories come from many agents. */
const contentSchema = z.unknown().transform(textOf);
const callSchema = z.object({
  tool_call_id: z.string().optional(),
  function_name: z.string().optional(),
  arguments: z.unknown(),
});
const resultSchema = z.object({
  source_call_id: z.string().nullish(),
  content: contentSchema,
  extra: z.object({ duration_us: z.number().optional(), exit_code: z.number().optional() }).nullish(),
});
const stepSchema = z.object({
  timestamp: z.string().nullish(),
  source: z.enum(['system', 'user', 'agent']).catch('agent'),
  message: contentSchema,
  reasoning_content: z.string().nullish(),
  tool_calls: z.array(callSchema).nullish(),
  observation: z.object({ results: z.array(resultSchema).nullish() }).nullish(),
});
export const trajectorySchema = z.object({ steps: z.array(stepSchema) });
type Step = z.infer<typeof stepSchema>;

type PageStep = TrialPage['steps'][number];

const mostSteps = 2_000;

/** Steps with their time since the trial's start, or since the first step where that is not known. */
export function pageSteps(
  steps: readonly Step[],
  startedAt: string | undefined,
  limit: TextLimit,
): PageStep[] {
  const first = steps.find(({ timestamp }) => typeof timestamp === 'string')?.timestamp;
  const start = Date.parse(startedAt ?? first ?? '');
  return limit.first(steps, mostSteps, 'steps').map((step, index) => {
    const at = (Date.parse(step.timestamp ?? '') - start) / 1000;
    const what = `step ${index + 1}`;
    return {
      source: step.source,
      atSeconds: Number.isFinite(at) ? at : 0,
      message: limit.keep(step.message, `${what}, message`),
      ...(typeof step.reasoning_content === 'string'
        ? { reasoning: limit.keep(step.reasoning_content, `${what}, reasoning`) }
        : {}),
      toolCalls: toolCallsOf(step, what, limit),
    };
  });
}

function toolCallsOf(step: Step, what: string, limit: TextLimit): PageStep['toolCalls'] {
  const results = step.observation?.results ?? [];
  return (step.tool_calls ?? []).map((call, index) => {
    const result = results.find(({ source_call_id: id }) => id === call.tool_call_id) ?? results[index];
    const { duration_us: us, exit_code: exitCode } = result?.extra ?? {};
    const name = call.function_name ?? 'tool';
    return {
      name,
      arguments: limit.keep(argumentsText(call.arguments), `${what}, arguments of ${name}`),
      output: limit.keep(result?.content ?? '', `${what}, output of ${name}`),
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(us === undefined ? {} : { seconds: us / 1e6 }),
    };
  });
}

function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value, null, 1);
}

/** A text, or ATIF's list of parts, of which the texts are shown. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (!Array.isArray(value)) return JSON.stringify(value);
  return value
    .map((part: unknown) =>
      typeof part === 'object' && part !== null && 'text' in part ? String(part.text) : '(not a text)',
    )
    .join('\n');
}
