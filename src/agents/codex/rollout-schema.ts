import { z } from 'zod';

const text = z.looseObject({ text: z.string().optional(), refusal: z.string().optional() });

/** The lines of a rollout that tell what was said and done; all others are passed over. */
export const rolloutLineSchema = z.looseObject({
  /** The model can write into this file as well as Codex. */
  timestamp: z.string().refine((time) => !Number.isNaN(Date.parse(time)), 'is no time'),
  type: z.string(),
  payload: z.looseObject({
    type: z.string().optional(),
    base_instructions: z.looseObject({ text: z.string() }).nullish(),
    role: z.string().optional(),
    content: z.array(text).nullish(),
    summary: z.union([z.array(text), z.string()]).nullish(),
    name: z.string().nullish(),
    arguments: z.unknown().optional(),
    input: z.unknown().optional(),
    output: z.unknown().optional(),
    call_id: z.string().optional(),
    response_id: z.string().optional(),
    usage: z
      .looseObject({
        input_tokens: z.number(),
        cached_input_tokens: z.number().default(0),
        output_tokens: z.number(),
        reasoning_output_tokens: z.number().default(0),
      })
      .nullish(),
    item: z
      .looseObject({
        type: z.string(),
        id: z.string(),
        exit_code: z.number().nullish(),
      })
      .nullish()
      .catch(undefined),
    time_to_first_token_ms: z.number().nullish(),
  }),
});
export type RolloutLine = z.infer<typeof rolloutLineSchema>;
export type RolloutPayload = RolloutLine['payload'];
